import * as fc from 'fast-check';
import { nastyText } from './nasty-texts.js';
import { exotic, mostlyRight, nasty, nastyJson } from './nasty-values.js';

export const duration = fc.oneof(
  {
    weight: 18,
    arbitrary: fc.constantFrom<unknown>('250ms', '30s', '5m', '1.5h', '1d', '2w', 1, 1_000, '100 d', '36500d'),
  },
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 1_000_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(0, -0, '0s', '0.0001ms', '36501d', '-1s', '1 week', '') },
);

const retry = mostlyRight({
  attempts: fc.integer({ min: 1, max: 10_000 }),
  backoff: fc.constantFrom('none', 'fixed', 'linear', 'exponential'),
  initialDelay: duration,
  factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
  maxDelay: duration,
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  retryOn: fc.oneof(fc.string({ minLength: 1 }), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 })),
  giveUpOn: fc.constantFrom<unknown>('network', ['database', 'E_X']),
});

export const queueName = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom('mail', 'a:b', 'a/b.c-d_e', '0', 'constructor', 'toString', 'a'.repeat(128)),
  },
  { weight: 2, arbitrary: nastyText },
);

export const jobId = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('x', '{}', 'a|b{c}:d', '😀', '#1#x', '.', '0', '__proto__', 'é'.repeat(128)),
  },
  { weight: 1, arbitrary: fc.uuid() },
  { weight: 2, arbitrary: nastyText },
);

const wholeOptions = mostlyRight({
  id: jobId,
  queue: queueName,
  priority: fc.oneof(
    fc.constantFrom('low', 'normal', 'high', 'critical', 'urgent'),
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
  ),
  delay: duration,
  runAt: fc.oneof(
    fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.constantFrom<unknown>('2030-01-01T00:00:00Z', 0),
  ),
  retry,
  timeout: duration,
  expiresIn: duration,
  maxCrashes: fc.nat({ max: 1_000_000 }),
  metadata: fc.oneof(
    { weight: 1, arbitrary: nastyJson },
    { weight: 5, arbitrary: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })) },
  ),
  tags: fc.array(fc.string({ minLength: 1, maxLength: 128 }), { maxLength: 20 }),
  retain: duration,
});

/** Options of a submit: most have no more than one of the two times, as they must. */
export const submitOptions = fc.tuple(wholeOptions, fc.nat({ max: 9 })).map(([options, chance]) => {
  if (typeof options !== 'object' || options === null || chance === 0 || !Object.hasOwn(options, 'delay')) {
    return options;
  }
  const { runAt: _, ...rest } = options as Readonly<Record<string, unknown>>;
  return rest;
});

/** A type that is handled here, one that is not, and what is no type at all. */
export const jobType = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('known', 'known', 'unknown', 'constructor') },
  { weight: 2, arbitrary: nastyText },
  { weight: 1, arbitrary: exotic },
);

export const payload = fc.oneof({ weight: 6, arbitrary: nastyJson }, { weight: 1, arbitrary: nasty });

export interface Submission {
  readonly type: unknown;
  readonly payload: unknown;
  readonly options: unknown;
}

export const submission: fc.Arbitrary<Submission> = fc.record({ type: jobType, payload, options: submitOptions });
