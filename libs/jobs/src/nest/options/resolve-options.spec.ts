import 'reflect-metadata';
import Redis, { Cluster } from 'ioredis';
import { DEFAULT_SCHEDULES } from '../../application/settings.js';
import { InvalidConfigurationError } from '../../domain/errors/errors.js';
import type { JobsModuleOptions } from './module-options.js';
import { resolveOptions } from './resolve-options.js';

const REDIS = { kind: 'redis', prefix: 'jobs' };

function resolve(options: unknown, env: Record<string, string> = {}) {
  return resolveOptions(options as JobsModuleOptions, env);
}

function problems(options: unknown, env: Record<string, string> = {}): readonly string[] {
  try {
    resolve(options, env);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}

describe('resolveOptions', () => {
  it('decides everything that is not told', () => {
    expect(resolve({})).toEqual({
      enabled: true,
      isGlobal: true,
      preset: 'development',
      store: { kind: 'memory' },
      globalEnhancers: false,
      notices: [expect.stringContaining("process's memory")],
      settings: {
        defaults: { retry: { attempts: 3 } },
        queues: new Map(),
        maxPayloadSize: 1_048_576,
        lease: 15_000,
        heartbeat: 5_000,
        workers: [{ name: 'worker', size: 10, concurrency: 5, queues: { order: 'all' } }],
        shutdownDeadline: 30_000,
        submits: { patience: 20_000, maxWaiting: 10_000 },
        deadLetterWarning: 1_000,
        logSummary: 60_000,
        middleware: [],
        schedules: DEFAULT_SCHEDULES,
      },
    });
    expect(resolve(undefined)).toEqual(resolve({}));
  });

  it('reads every option', () => {
    const backoff = () => 5;
    const middleware = async (_job: unknown, next: () => Promise<unknown>) => next();
    class Passing extends Error {}
    const { settings, ...rest } = resolve({
      isGlobal: false,
      preset: 'production',
      store: 'memory',
      lease: '30s',
      heartbeat: 2_000,
      shutdown: { deadline: '1m' },
      maxPayloadSize: 10,
      submits: { patience: 0, maxWaiting: 3 },
      deadLetterWarning: 7,
      log: { summary: '10s' },
      middleware: [middleware],
      schedules: { max: 5, undeclared: 'keep' },
      handlers: { globalEnhancers: true },
      defaults: { queue: 'main', priority: 'high', timeout: '1s', retry: { backoff, retryOn: Passing, attempts: 9 } },
      worker: [
        { name: 'fast', size: 2, concurrency: 1, queues: ['a', 'b'] },
        { size: 'cpus', queues: { orders: 100, mail: 50 } },
      ],
      queues: {
        mail: {
          concurrency: 2,
          retain: { age: '1h' },
          blockTimeout: 0,
          priorities: ['low', 'urgent', 200],
          defaults: { maxCrashes: 0, retain: '1d', expiresIn: '2h', retry: { giveUpOn: ['E1'] } },
        },
        plain: {},
      },
    });
    expect(rest).toEqual({
      enabled: true,
      isGlobal: false,
      preset: 'production',
      store: { kind: 'memory' },
      globalEnhancers: true,
      notices: [],
    });
    expect(settings).toEqual({
      defaults: { queue: 'main', priority: 100, timeout: 1_000, retry: { backoff, retryOn: Passing, attempts: 9 } },
      queues: new Map<string, unknown>([
        [
          'mail',
          {
            settings: { concurrency: 2, onFull: 'block', retainAge: 3_600_000, retainCount: 10_000 },
            blockTimeout: 0,
            priorities: [-100, 200],
            defaults: { maxCrashes: 0, retain: 86_400_000, expiresIn: 7_200_000, retry: { giveUpOn: ['E1'] } },
          },
        ],
        ['plain', { defaults: {}, blockTimeout: 30_000 }],
      ]),
      maxPayloadSize: 10,
      lease: 30_000,
      heartbeat: 2_000,
      workers: [
        { name: 'fast', size: 2, concurrency: 1, queues: { order: 'strict', queues: ['a', 'b'] } },
        {
          name: 'worker-2',
          size: expect.any(Number),
          concurrency: 5,
          queues: {
            order: 'weighted',
            weights: new Map([
              ['orders', 100],
              ['mail', 50],
            ]),
          },
        },
      ],
      shutdownDeadline: 60_000,
      submits: { patience: 0, maxWaiting: 3 },
      deadLetterWarning: 7,
      logSummary: 10_000,
      middleware: [middleware],
      schedules: { ...DEFAULT_SCHEDULES, max: 5, undeclared: 'keep' },
    });
    expect(settings.defaults.retry?.retryOn).toBe(Passing);
    expect(settings.middleware[0]).toBe(middleware);
  });

  it('says a summary as often as the preset has it, as it is told, or never', () => {
    expect(resolve({ store: 'memory', preset: 'production' }).settings.logSummary).toBe(300_000);
    expect(resolve({ log: {} }).settings.logSummary).toBe(60_000);
    expect(resolve({ log: { summary: false } }).settings.logSummary).toBe(0);
    expect(resolve({ log: { summary: 0 } }).settings.logSummary).toBe(0);
  });

  it('takes the preset from NODE_ENV, and any option over it', () => {
    const env = { NODE_ENV: 'production', REDIS_URL: 'redis://host' };
    expect(resolve({}, env).settings).toMatchObject({ defaults: { retry: { attempts: 5 } }, workers: [{ size: 20 }] });
    expect(resolve({ preset: 'development' }, env).settings).toMatchObject({ workers: [{ size: 10 }] });
    expect(resolve({ worker: { size: 1 }, defaults: { retry: { attempts: 1 } } }, env).settings).toMatchObject({
      defaults: { retry: { attempts: 1 } },
      workers: [{ size: 1 }],
    });
    expect(resolve({ defaults: { retry: { attempts: undefined } } }, env).settings.defaults.retry).toEqual({
      attempts: 5,
    });
  });

  it('runs no workers when told so', () => {
    expect(resolve({ worker: false }).settings.workers).toEqual([]);
    expect(resolve({ enabled: false })).toMatchObject({ enabled: false, notices: [], settings: { workers: [] } });
  });

  it('beats thrice a lease when only a short lease is told', () => {
    expect(resolve({ lease: '3s' }).settings).toMatchObject({ lease: 3_000, heartbeat: 1_000 });
  });

  describe('the store', () => {
    it.each([
      [{}, {}, { kind: 'memory' }],
      [{ redis: {} }, {}, { kind: 'memory' }],
      [{ redis: { url: undefined } }, {}, { kind: 'memory' }],
      [{ redis: '' }, {}, { kind: 'memory' }],
      [{ redis: 'redis://a' }, { REDIS_URL: 'redis://b' }, { ...REDIS, url: 'redis://a', options: {} }],
      [{ redis: { url: '', connectionName: 'x' } }, {}, { kind: 'memory' }],
      [{}, { REDIS_URL: '  ' }, { kind: 'memory' }],
      [{ store: 'memory', redis: { url: 'redis://a' } }, { REDIS_URL: 'redis://b' }, { kind: 'memory' }],
      [{ store: 'memory' }, { REDIS_URL: 'nonsense' }, { kind: 'memory' }],
      [{ store: 'redis' }, {}, { ...REDIS, options: {} }],
      [{}, { REDIS_URL: 'redis://b' }, { ...REDIS, url: 'redis://b', options: {} }],
      [
        { redis: { url: 'rediss://a', db: 2 }, prefix: 'shop' },
        { REDIS_URL: 'redis://b' },
        { kind: 'redis', prefix: 'shop', url: 'rediss://a', db: 2, options: {} },
      ],
      [
        { redis: { url: undefined, password: 'p' } },
        { REDIS_URL: 'redis://b' },
        { ...REDIS, url: 'redis://b', password: 'p', options: {} },
      ],
      [{ redis: { host: 'a' } }, { REDIS_URL: 'redis://b' }, { ...REDIS, host: 'a', options: {} }],
      [
        { redis: { sentinels: [{ host: 'a' }], name: 'main', tls: {}, family: 6 } },
        {},
        {
          ...REDIS,
          sentinels: [{ host: 'a', port: 26_379 }],
          name: 'main',
          tls: {},
          options: { family: 6 },
        },
      ],
      [
        { redis: { nodes: [7000, { host: 'a' }, 'redis://b'], options: { redisOptions: { password: 'p' } } } },
        {},
        {
          ...REDIS,
          nodes: [{ host: '127.0.0.1', port: 7000 }, { host: 'a', port: 6379 }, 'redis://b'],
          options: { redisOptions: { password: 'p' } },
        },
      ],
    ])('%j with %j', (options, env, store) => {
      expect(resolve(options, env as Record<string, string>).store).toEqual(store);
    });

    it('must be chosen in production', () => {
      expect(problems({}, { NODE_ENV: 'production' })).toEqual([
        expect.stringMatching(/^store: none is chosen.*REDIS_URL.*store: 'memory'/),
      ]);
      expect(problems({ store: 'memory' }, { NODE_ENV: 'production' })).toEqual([]);
      expect(problems({ enabled: false }, { NODE_ENV: 'production' })).toEqual([]);
      expect(problems({}, { NODE_ENV: 'production', REDIS_URL: 'redis://a' })).toEqual([]);
    });

    it('leaves aside what the engine decides of connections, and says so', () => {
      const retryStrategy = () => 1;
      const { store, notices } = resolve({
        redis: { host: 'a', maxRetriesPerRequest: null, retryStrategy, noDelay: true },
      });
      expect(store).toEqual({ ...REDIS, host: 'a', options: { noDelay: true } });
      expect(notices).toEqual([
        expect.stringMatching(/^redis\.maxRetriesPerRequest, redis\.retryStrategy are decided/),
      ]);
      const cluster = { nodes: [1], options: { scaleReads: 'slave', redisOptions: { lazyConnect: true, family: 4 } } };
      expect(resolve({ redis: cluster })).toMatchObject({
        store: { options: { redisOptions: { family: 4 } } },
        notices: [expect.stringMatching(/^redis\.options\.scaleReads, redis\.options\.redisOptions\.lazyConnect/)],
      });
    });

    it("keeps the application's own client as it is", () => {
      const redis = new Redis({ lazyConnect: true });
      const cluster = new Cluster([7000], { lazyConnect: true });
      for (const client of [redis, cluster]) {
        const options: JobsModuleOptions = { redis: { client } };
        const { store } = resolveOptions(options, {});
        expect(store.kind === 'redis' && store.client).toBe(client);
        client.disconnect();
      }
      const prefixed = new Redis({ lazyConnect: true, keyPrefix: 'x:' });
      expect(problems({ redis: { client: prefixed } })).toEqual([expect.stringMatching(/^redis\.client: .*keyPrefix/)]);
      prefixed.disconnect();
    });
  });

  describe('refuses', () => {
    it.each([
      [5, /^options: 5 is not allowed; use an object/],
      [null, /^options: null/],
      [Promise.resolve({}), /^options: "\[object Promise\]"/],
      [
        { worker: { sise: 3 } },
        /^worker\.sise: 3 is an unknown option \(did you mean size\?\); allowed here: name, size/,
      ],
      [{ constructor: 1 }, /^constructor: 1 is an unknown option; allowed here: enabled/],
      [JSON.parse('{"__proto__":{"enabled":false}}'), /^__proto__: .* is an unknown option/],
      [{ enabled: 'yes' }, /^enabled: "yes" is not allowed; use true or false$/],
      [{ preset: 'staging' }, /^preset: "staging" is not allowed; use one of development, production$/],
      [{ store: 'postgres' }, /^store: "postgres" is not allowed; use one of redis, memory$/],
      [{ prefix: '{jobs}' }, /^prefix: .* use 1 to 64/],
      [{ lease: '-5s' }, /^lease: "-5s" is not allowed; use a number of milliseconds/],
      [{ lease: null }, /^lease: null is not allowed/],
      [{ lease: 1 }, /^lease: 1 is not allowed; use a duration of at least 100ms and at most 1d$/],
      [{ heartbeat: '10s' }, /^heartbeat: "10s" is not allowed; use at most half the lease \(15s\)/],
      [{ shutdown: { deadline: {} } }, /^shutdown\.deadline: \{\} is not allowed/],
      [{ worker: true }, /^worker: true is not allowed; use an object .*, or false for a process that only submits$/],
      [{ worker: [] }, /^worker: \[\] is not allowed/],
      [
        { worker: [{ size: 0 }] },
        /^worker\[0\]\.size: 0 is not allowed; use an integer from 1 to 10000, or one of cpus$/,
      ],
      [{ worker: { queues: [] } }, /^worker\.queues: \[\] is not allowed; use a list/],
      [{ worker: { queues: ['a', 'a'] } }, /^worker\.queues: /],
      [{ worker: { queues: { a: 0 } } }, /^worker\.queues: \{"a":0\}/],
      [{ worker: [{ name: 'a' }, { name: 'a' }] }, /^worker\[1\]\.name: "a" is not allowed; use a name that no other/],
      [{ queues: [] }, /^queues: \[\] is not allowed; use an object of names/],
      [{ queues: { 'a b': {} } }, /^queues: .* for the queue "a b" a name of 1 to 128/],
      [{ queues: { a: 3 } }, /^queues\.a: 3 is not allowed; use an object/],
      [{ queues: { a: { maxScheduled: 0 } } }, /^queues\.a\.maxScheduled: 0 is not allowed; use an integer/],
      [{ queues: { a: { onFull: 'drop' } } }, /^queues\.a\.onFull: "drop" .* block, drop-newest, drop-oldest$/],
      [{ queues: { a: { retain: { age: 'long' } } } }, /^queues\.a\.retain\.age: "long"/],
      [{ queues: { a: { priorities: ['top'] } } }, /^queues\.a\.priorities: \["top"\] .*critical/],
      [{ queues: { a: { defaults: { queue: 'b' } } } }, /^queues\.a\.defaults\.queue: "b" is an unknown option/],
      [{ defaults: { retry: { attempts: 0 } } }, /^defaults\.retry\.attempts: 0 .* integer from 1 to 10000$/],
      [{ defaults: { retry: { initialDelay: null } } }, /^defaults\.retry\.initialDelay: null/],
      [{ defaults: { retry: { backoff: 'quadratic' } } }, /^defaults\.retry\.backoff: "quadratic".*or a function$/],
      [{ defaults: { timeout: 0 } }, /^defaults\.timeout: 0 is not allowed; use a duration of at least 1ms$/],
      [{ middleware: [1] }, /^middleware: \[1\] is not allowed; use a list of functions/],
      [{ redis: 'http://u:p@h' }, /^redis\.url: "http:\/\/\*\*\*@h" is not allowed; use a URL/],
      [{ redis: 6379 }, /^redis: 6379 is not allowed; use a URL, or an object/],
      [{ redis: { url: 'http://u:p@h' } }, /^redis\.url: "http:\/\/\*\*\*@h" is not allowed; use a URL/],
      [{ redis: { url: 'redis://u:100%@h' } }, /^redis\.url: "redis:\/\/\*\*\*@h" .*%-escapes/],
      [{ redis: { port: '6379' } }, /^redis\.port: "6379"/],
      [{ redis: { keyPrefix: 'x' } }, /^redis\.keyPrefix is an unknown option/],
      [{ redis: { sentinels: [{ host: 'a' }] } }, /^redis\.name is missing/],
      [{ redis: { url: 'redis://a', host: 'b' } }, /^redis\.host and redis\.url are two addresses/],
      [{ redis: { client: {} } }, /^redis\.client: \{\} is not allowed; use an ioredis Redis or Cluster$/],
      [{ redis: { nodes: [] } }, /^redis\.nodes: \[\]/],
      [{ redis: { nodes: [7000], password: 'p' } }, /^redis\.password goes with no Cluster; use redis\.options/],
      [{ redis: { nodes: [7000], options: { maxRedirection: 1 } } }, /^redis\.options\.maxRedirection is an unknown/],
    ])('%j', (options, line) => {
      expect(problems(options)).toEqual([expect.stringMatching(line)]);
    });

    it('everything that is wrong at once', () => {
      expect(
        problems({ store: 'x', lease: 'y', worker: { size: -1, colour: 1 }, queues: { a: { maxDepth: 0 } } }),
      ).toEqual([
        expect.stringMatching(/^store/),
        expect.stringMatching(/^lease/),
        expect.stringMatching(/^queues\.a\.maxDepth/),
        expect.stringMatching(/^worker\.colour/),
        expect.stringMatching(/^worker\.size/),
      ]);
    });

    it('a REDIS_URL that is none, when it is the one that counts', () => {
      expect(problems({}, { REDIS_URL: 'user:hunter2@host' })).toEqual([
        expect.stringMatching(/^REDIS_URL: "\*\*\*@host" is not allowed; use a URL/),
      ]);
      expect(problems({ redis: { host: 'a' } }, { REDIS_URL: 'nonsense' })).toEqual([]);
    });
  });
});
