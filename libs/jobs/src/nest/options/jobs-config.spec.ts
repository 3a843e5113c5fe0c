import 'reflect-metadata';
import { type DynamicModule, Inject, Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService, type ConfigType } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { InvalidConfigurationError } from '../../domain/errors/errors.js';
import { findProblems } from './check-options.js';
import { VARIABLES } from './environment.js';
import { jobsConfig, readEnvironment } from './jobs-config.js';
import type { JobsModuleOptions } from './module-options.js';
import { ModuleSchema } from './option-schema.js';
import { resolveOptions } from './resolve-options.js';

/** One right text for every variable; the table has no variable without one. */
const EVERYTHING: Readonly<Record<string, string>> = {
  JOBS_ENABLED: 'yes',
  JOBS_PRESET: 'production',
  JOBS_STORE: 'redis',
  REDIS_URL: 'redis://me:secret@host:6380/1',
  JOBS_DURABILITY_REPLICAS: '1',
  JOBS_DURABILITY_APPEND_ONLY: 'true',
  JOBS_DURABILITY_TIMEOUT: '2s',
  JOBS_PREFIX: 'shop',
  JOBS_SUBMIT_PATIENCE: '3s',
  JOBS_SUBMIT_MAX_WAITING: '50',
  JOBS_WORKER_ENABLED: 'on',
  JOBS_WORKER_NAME: 'mill',
  JOBS_WORKER_SIZE: 'cpus',
  JOBS_WORKER_CONCURRENCY: '7',
  JOBS_WORKER_QUEUES: 'orders:100, mail:50',
  JOBS_LEASE: '30s',
  JOBS_HEARTBEAT: '3000',
  JOBS_SHUTDOWN_DEADLINE: '1m',
  JOBS_MAX_PAYLOAD_SIZE: '2048',
  JOBS_DEAD_LETTER_WARNING: '5',
  JOBS_LOG_SUMMARY: '10m',
  JOBS_GLOBAL_ENHANCERS: 'true',
  JOBS_DEFAULT_QUEUE: 'main',
  JOBS_DEFAULT_PRIORITY: 'high',
  JOBS_DEFAULT_TIMEOUT: '10s',
  JOBS_DEFAULT_MAX_CRASHES: '0',
  JOBS_DEFAULT_RETAIN: '1h',
  JOBS_DEFAULT_EXPIRES_IN: '1d',
  JOBS_DEFAULT_ATTEMPTS: '9',
  JOBS_DEFAULT_BACKOFF: 'linear',
  JOBS_DEFAULT_INITIAL_DELAY: '2s',
  JOBS_DEFAULT_FACTOR: '1.5',
  JOBS_DEFAULT_MAX_DELAY: '1h',
  JOBS_DEFAULT_JITTER: '0.2',
};

function problems(env: Record<string, string>): readonly string[] {
  try {
    readEnvironment(env);
  } catch (error) {
    return (error as InvalidConfigurationError).problems;
  }
  return [];
}

describe('readEnvironment', () => {
  it('reads every variable of the table', () => {
    expect(Object.keys(EVERYTHING)).toEqual(VARIABLES.map(({ name }) => name));
    const options = readEnvironment(EVERYTHING);
    expect(options).toEqual({
      enabled: true,
      preset: 'production',
      store: 'redis',
      redis: {
        url: 'redis://me:secret@host:6380/1',
        durability: { replicas: 1, appendOnly: true, timeout: '2s' },
      },
      prefix: 'shop',
      submits: { patience: '3s', maxWaiting: 50 },
      worker: { name: 'mill', size: 'cpus', concurrency: 7, queues: { orders: 100, mail: 50 } },
      lease: '30s',
      heartbeat: 3_000,
      shutdown: { deadline: '1m' },
      maxPayloadSize: 2_048,
      deadLetterWarning: 5,
      log: { summary: '10m' },
      handlers: { globalEnhancers: true },
      defaults: {
        queue: 'main',
        priority: 'high',
        timeout: '10s',
        maxCrashes: 0,
        retain: '1h',
        expiresIn: '1d',
        retry: { attempts: 9, backoff: 'linear', initialDelay: '2s', factor: 1.5, maxDelay: '1h', jitter: 0.2 },
      },
    });
    expect(resolveOptions(options, {}).preset).toBe('production');
  });

  it('tells nothing of what is empty or not set', () => {
    expect(readEnvironment({})).toEqual({});
    expect(readEnvironment(Object.fromEntries(VARIABLES.map(({ name }) => [name, ' '])))).toEqual({});
  });

  it('reads lists of queues in strict order', () => {
    expect(readEnvironment({ JOBS_WORKER_QUEUES: 'a, b' })).toEqual({ worker: { queues: ['a', 'b'] } });
    expect(readEnvironment({ JOBS_WORKER_QUEUES: 'eu:mail' })).toEqual({ worker: { queues: ['eu:mail'] } });
    expect(readEnvironment({ JOBS_WORKER_QUEUES: 'eu:mail:3' })).toEqual({ worker: { queues: { 'eu:mail': 3 } } });
  });

  it('switches the workers off, and still reads what is said of them', () => {
    expect(readEnvironment({ JOBS_WORKER_ENABLED: 'false', JOBS_WORKER_SIZE: '3' })).toEqual({ worker: false });
    expect(problems({ JOBS_WORKER_ENABLED: 'no', JOBS_WORKER_SIZE: 'x' })).toEqual([
      expect.stringMatching(/^JOBS_WORKER_SIZE: "x" is not allowed; use an integer from 1 to 10000, or one of cpus$/),
    ]);
  });

  it('leaves REDIS_URL alone when the memory store is told', () => {
    expect(readEnvironment({ JOBS_STORE: 'memory', REDIS_URL: 'https://cache' })).toEqual({ store: 'memory' });
  });

  it.each([
    ['JOBS_ENABLED', 'maybe', /^JOBS_ENABLED: "maybe" is not allowed; use true or false$/],
    ['JOBS_WORKER_ENABLED', 'maybe', /^JOBS_WORKER_ENABLED: "maybe" is not allowed; use true or false$/],
    ['JOBS_PRESET', 'test', /^JOBS_PRESET: "test" .* development, production$/],
    ['JOBS_STORE', 'sqlite', /^JOBS_STORE: "sqlite" .* redis, memory$/],
    ['REDIS_URL', 'http://me:hunter2@h', /^REDIS_URL: "http:\/\/\*\*\*@h" is not allowed; use a URL/],
    ['JOBS_WORKER_QUEUES', 'a:1,b', /^JOBS_WORKER_QUEUES: "a:1,b" is not allowed; use a list of queue names/],
    ['JOBS_WORKER_QUEUES', 'a:1,a:2', /^JOBS_WORKER_QUEUES: "a:1,a:2"/],
    ['JOBS_WORKER_QUEUES', ',', /^JOBS_WORKER_QUEUES: ","/],
    ['JOBS_WORKER_QUEUES', '__proto__:3,b:1', /^JOBS_WORKER_QUEUES: /],
    ['JOBS_LEASE', 'soon', /^JOBS_LEASE: "soon" is not allowed; use a number of milliseconds/],
    ['JOBS_HEARTBEAT', '10s', /^JOBS_HEARTBEAT: "10s" is not allowed; use at most half the lease \(15s\)/],
    ['JOBS_DEFAULT_ATTEMPTS', '-1', /^JOBS_DEFAULT_ATTEMPTS: "-1" is not allowed; use an integer from 1 to 10000$/],
    ['JOBS_DEFAULT_JITTER', '2', /^JOBS_DEFAULT_JITTER: "2" is not allowed; use a number from 0 to 1$/],
    ['JOBS_DEFAULT_PRIORITY', 'top', /^JOBS_DEFAULT_PRIORITY: "top" .*critical/],
  ])('refuses %s=%s', (name, value, line) => {
    expect(problems({ [name]: value })).toEqual([expect.stringMatching(line)]);
  });

  it('names every wrong variable at once', () => {
    expect(problems({ JOBS_LEASE: 'x', JOBS_STORE: 'y', JOBS_WORKER_SIZE: '0' })).toHaveLength(3);
  });

  it('answers any text with options that pass or an InvalidConfigurationError', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('1', '5s', 'true', 'a:1', 'a,b', 'redis', '-3', 'constructor:2'),
    );
    const env = fc.dictionary(fc.constantFrom(...VARIABLES.map(({ name }) => name)), word);
    fc.assert(
      fc.property(env, (variables) => {
        try {
          expect(findProblems(ModuleSchema, readEnvironment(variables))).toEqual([]);
        } catch (error) {
          if (!(error instanceof InvalidConfigurationError)) {
            throw error;
          }
          expect(error.problems.every((line) => /^(JOBS_\w+|REDIS_URL): /.test(line))).toBe(true);
        }
      }),
    );
  });
});

describe('jobsConfig', () => {
  const before = { ...process.env };
  beforeEach(() => {
    process.env['JOBS_PREFIX'] = 'shop';
  });
  afterEach(() => {
    for (const { name } of VARIABLES) {
      delete process.env[name];
      Object.assign(process.env, before[name] === undefined ? {} : { [name]: before[name] });
    }
  });

  @Injectable()
  class Reader {
    constructor(
      @Inject(jobsConfig.KEY) readonly options: ConfigType<typeof jobsConfig>,
      readonly config: ConfigService,
    ) {}
  }

  it.each<[string, () => DynamicModule | Promise<DynamicModule>]>([
    ['ConfigModule.forFeature', () => ConfigModule.forFeature(jobsConfig)],
    ['ConfigModule.forRoot', () => ConfigModule.forRoot({ load: [jobsConfig], ignoreEnvFile: true })],
  ])('is read by %s', async (_name, configuration) => {
    @Module({ imports: [configuration()], providers: [Reader] })
    class App {}
    const app = await Test.createTestingModule({ imports: [App] }).compile();
    const { options, config } = app.get(Reader);
    expect(options).toEqual({ prefix: 'shop' });
    expect(config.get('jobs.prefix')).toBe('shop');
    await app.close();
  });

  it('stops the boot on a bad variable', async () => {
    process.env['JOBS_LEASE'] = 'soon';
    await expect(
      Test.createTestingModule({ imports: [ConfigModule.forFeature(jobsConfig)] }).compile(),
    ).rejects.toThrow(/JOBS_LEASE: "soon" is not allowed/);
  });

  it('is a provider of options for forRootAsync', async () => {
    const provider = jobsConfig.asProvider();
    const app = await Test.createTestingModule({
      imports: provider.imports,
      providers: [{ provide: 'options', useFactory: provider.useFactory, inject: provider.inject }],
    }).compile();
    expect(app.get<JobsModuleOptions>('options')).toEqual({ prefix: 'shop' });
    await app.close();
  });
});
