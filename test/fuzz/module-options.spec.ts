import 'reflect-metadata';
import * as fc from 'fast-check';
import type { JobsModuleOptions } from 'nestjs-jobs';
import { InvalidConfigurationError } from '../../libs/jobs/src/domain/errors/errors.js';
import { VARIABLES } from '../../libs/jobs/src/nest/options/environment.js';
import { readEnvironment } from '../../libs/jobs/src/nest/options/jobs-config.js';
import { resolveOptions } from '../../libs/jobs/src/nest/options/resolve-options.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judgedNow } from './judge.js';
import { damaged, nastyText } from './nasty-texts.js';
import { mostlyRight, nasty } from './nasty-values.js';
import { duration } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

/** The longest that is said of one wrong option. */
const LONGEST_PROBLEM = 2_000;

const count = fc.nat({ max: 100 });
const url = fc.oneof(
  fc.constantFrom('redis://localhost:6379/0', 'rediss://user:p%40ss@host', 'redis://[::1]:1', ''),
  damaged(fc.constant('redis://user:hunter2-secret@host:6379/0')),
);
const redis = fc.oneof(
  mostlyRight({
    url,
    host: fc.constant('h'),
    port: fc.integer({ min: 1, max: 65_535 }),
    password: nastyText,
    tls: fc.constant({}),
    db: count,
  }),
  mostlyRight({
    nodes: fc.array(fc.oneof(url, fc.constant({ host: 'h', port: 1 })), { maxLength: 3 }),
    options: mostlyRight({ redisOptions: nasty }),
  }),
);
const retry = mostlyRight({
  attempts: fc.integer({ min: 1, max: 9 }),
  backoff: fc.constantFrom('fixed', 'none'),
  jitter: fc.constant(0.1),
  initialDelay: duration,
});
const defaults = mostlyRight({
  queue: fc.constant('mail'),
  priority: fc.constant('high'),
  timeout: duration,
  retry,
  maxCrashes: count,
  retain: duration,
  expiresIn: duration,
});
const queue = mostlyRight({
  concurrency: fc.integer({ min: 1, max: 9 }),
  maxDepth: fc.integer({ min: 1, max: 9 }),
  onFull: fc.constantFrom('block', 'reject'),
  retain: mostlyRight({ age: duration, count }),
  defaults,
  priorities: fc.array(fc.constantFrom<unknown>('high', 5), { minLength: 1, maxLength: 3 }),
  blockTimeout: duration,
});
const worker = mostlyRight({
  name: fc.constantFrom('a', 'b'),
  size: fc.constantFrom<unknown>(1, 'cpus'),
  concurrency: fc.integer({ min: 1, max: 9 }),
  queues: fc.constantFrom<unknown>(['mail'], { mail: 5 }),
});
const moduleOptions = mostlyRight({
  enabled: fc.boolean(),
  isGlobal: fc.boolean(),
  preset: fc.constantFrom('development', 'production'),
  store: fc.constantFrom('memory', 'redis'),
  redis,
  prefix: fc.oneof({ weight: 3, arbitrary: fc.constant('app') }, { weight: 1, arbitrary: nastyText }),
  queues: fc.dictionary(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom('mail', 'a:b') }, { weight: 1, arbitrary: nastyText }),
    queue,
    { maxKeys: 3 },
  ),
  defaults,
  worker: fc.oneof(worker, fc.array(worker, { maxLength: 2 }), fc.constant(false)),
  lease: fc.constantFrom<unknown>('15s', 60_000),
  heartbeat: fc.constantFrom<unknown>('5s', 1_000),
  shutdown: mostlyRight({ deadline: duration }),
  maxPayloadSize: fc.integer({ min: 1, max: 1_000_000 }),
  deadLetterWarning: count,
  log: mostlyRight({ summary: fc.oneof(duration, fc.constant(false)) }),
  middleware: fc.constant([]),
  handlers: mostlyRight({ globalEnhancers: fc.boolean() }),
  schedules: nasty,
});

it('any options of the module are a configuration, or every wrong one is named and no secret shown', async () => {
  await fuzz(
    fc.tuple(moduleOptions, url, fc.constantFrom('production', '')),
    2_500,
    ([options, REDIS_URL, NODE_ENV]) => {
      const resolved = judgedNow(() => resolveOptions(options as JobsModuleOptions, { REDIS_URL, NODE_ENV }));
      if (resolved.ok) {
        expect(resolved.value.settings.lease).toBeGreaterThan(0);
      } else {
        expectNamed(resolved.error);
      }
    },
  );
});

it('any environment is read as options, or every wrong variable is named', async () => {
  const names = VARIABLES.map((variable) => variable.name);
  const text = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'true',
        'off',
        '5',
        '30s',
        'cpus',
        'high',
        'a,b',
        'a:1,b:2',
        'memory',
        'redis',
        'fixed',
        '0.5',
        'mail',
      ),
    },
    { weight: 3, arbitrary: nastyText },
  );
  const environment = fc
    .tuple(fc.dictionary(fc.constantFrom(...names), text, { maxKeys: 6 }), fc.option(url, { nil: undefined }))
    .map(([env, REDIS_URL]) => (REDIS_URL === undefined ? env : { ...env, REDIS_URL }));
  await fuzz(environment, 2_500, (env) => {
    const read = judgedNow(() => readEnvironment(env));
    if (read.ok) {
      judgedNow(() => resolveOptions(read.value, {}));
    } else {
      expectNamed(read.error);
      const { problems } = read.error as InvalidConfigurationError;
      expect(problems.filter((problem) => !/^(JOBS_|REDIS_URL|heartbeat)/.test(problem))).toEqual([]);
    }
  });
});

function expectNamed(error: Error): void {
  expect(error).toBeInstanceOf(InvalidConfigurationError);
  const { problems } = error as InvalidConfigurationError;
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.filter((problem) => problem.length > LONGEST_PROBLEM)).toEqual([]);
  expect(error.message).not.toContain('hunter2-secret');
}
