import * as fc from 'fast-check';
import { InvalidOptionError, RetryLaterError, UnrecoverableError } from './errors/errors.js';
import {
  type BackoffName,
  BACKOFFS,
  DEFAULT_RETRY,
  isRetryable,
  MAX_ATTEMPTS,
  parseRetry,
  resolveRetry,
  retryDelay,
  type RetryOptions,
} from './retry-policy.js';

const error = new Error('x');
const MIDDLE = 0.5;

const delays = (options: RetryOptions, attempts = 5): readonly number[] =>
  Array.from({ length: attempts }, (_, index) => retryDelay(parseRetry(options), index + 1, error, MIDDLE));

describe('retryDelay', () => {
  it.each<[BackoffName, readonly number[]]>([
    ['none', [0, 0, 0, 0, 0]],
    ['fixed', [1_000, 1_000, 1_000, 1_000, 1_000]],
    ['linear', [1_000, 2_000, 3_000, 4_000, 5_000]],
    ['exponential', [1_000, 2_000, 4_000, 8_000, 16_000]],
  ])('grows %s', (backoff, expected) => {
    expect(delays({ backoff })).toEqual(expected);
  });

  it('is never longer than the cap, jitter included', () => {
    expect(delays({ backoff: 'exponential', maxDelay: '3s' })).toEqual([1_000, 2_000, 3_000, 3_000, 3_000]);
    expect(retryDelay(parseRetry({ maxDelay: '1s', jitter: 1 }), 9, error, 0.999)).toBe(1_000);
  });

  it("takes a function's delay, with attempt and error, capped", () => {
    const backoff = jest.fn((attempt: number) => `${attempt}m` as const);
    expect(delays({ backoff, maxDelay: '2m' }, 3)).toEqual([60_000, 120_000, 120_000]);
    expect(backoff).toHaveBeenLastCalledWith(3, error);
  });

  it.each([
    () => Number.NaN,
    () => 'soon' as never,
    () => -1,
    (): never => {
      throw new Error('in the backoff');
    },
  ])('falls back to exponential where a function answers nonsense', (backoff) => {
    expect(delays({ backoff }, 3)).toEqual([1_000, 2_000, 4_000]);
  });

  it('is always a whole number within the cap and the jitter', () => {
    fc.assert(
      fc.property(
        fc.record({
          backoff: fc.constantFrom(...BACKOFFS),
          initialDelay: fc.integer({ min: 0, max: 10_000_000 }),
          factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
          maxDelay: fc.integer({ min: 0, max: 100_000_000 }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: MAX_ATTEMPTS }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (options, attempt, random) => {
          const policy = parseRetry(options);
          const delay = retryDelay(policy, attempt, error, random);
          const plain = retryDelay({ ...policy, jitter: 0 }, attempt, error, random);
          expect(Number.isSafeInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(policy.maxDelay);
          expect(Math.abs(delay - plain)).toBeLessThanOrEqual(plain * policy.jitter + 1);
          expect(plain).toBeGreaterThanOrEqual(
            attempt === 1 ? 0 : retryDelay({ ...policy, jitter: 0 }, attempt - 1, error, random),
          );
        },
      ),
    );
  });
});

describe('isRetryable', () => {
  it('retries every error unless told', () => {
    expect(isRetryable(DEFAULT_RETRY, error)).toBe(true);
  });

  it('retries only what retryOn names, and never what giveUpOn names', () => {
    const policy = parseRetry({ retryOn: [TypeError, 'network'], giveUpOn: 'E_STOP' });
    expect(isRetryable(policy, new TypeError('x'))).toBe(true);
    expect(isRetryable(policy, error)).toBe(false);
    expect(isRetryable(policy, Object.assign(new TypeError('x'), { code: 'E_STOP' }))).toBe(false);
  });

  it('never retries an UnrecoverableError', () => {
    expect(isRetryable(parseRetry({ retryOn: Error }), new UnrecoverableError('x'))).toBe(false);
  });

  it('is true for a RetryLaterError that retryOn does not list, unless giveUpOn does', () => {
    expect(isRetryable(parseRetry({ retryOn: TypeError }), new RetryLaterError('5m'))).toBe(true);
    expect(isRetryable(parseRetry({ giveUpOn: 'retry-later' }), new RetryLaterError('5m'))).toBe(false);
  });
});

describe('parseRetry', () => {
  it('fills in the defaults', () => {
    expect(parseRetry({})).toEqual(DEFAULT_RETRY);
    expect(parseRetry({ attempts: undefined, factor: undefined })).toEqual(DEFAULT_RETRY);
  });

  it.each<[string, unknown]>([
    ['attempts', 0],
    ['attempts', 1.5],
    ['attempts', MAX_ATTEMPTS + 1],
    ['attempts', '3'],
    ['backoff', 'quadratic'],
    ['factor', 0.5],
    ['factor', Number.NaN],
    ['factor', 1_001],
    ['jitter', -0.1],
    ['jitter', 1.1],
    ['initialDelay', -1],
    ['maxDelay', 'soon'],
    ['retryOn', 42],
    ['giveUpOn', ['']],
  ])('refuses %s: %p, naming it', (option, value) => {
    expect(() => parseRetry({ [option]: value })).toThrow(InvalidOptionError);
    expect(() => parseRetry({ [option]: value }, 'defaults.retry')).toThrow(`defaults.retry.${option}: `);
  });
});

describe('resolveRetry', () => {
  it('lets the first layer that says something win', () => {
    const policy = resolveRetry({ attempts: 9 }, undefined, { attempts: 7, factor: 3 }, { factor: 5, jitter: 0 });
    expect(policy).toEqual({ ...DEFAULT_RETRY, attempts: 9, factor: 3, jitter: 0 });
  });

  it('does not let an undefined value win', () => {
    expect(resolveRetry({ attempts: undefined }, { attempts: 7 }).attempts).toBe(7);
  });
});
