import { type Duration, MAX_DURATION, parseDuration } from './duration.js';
import { type ErrorMatcher, matchesError } from './error-matcher.js';
import { defined } from './options/defined.js';
import { InvalidOptionError, RetryLaterError, UnrecoverableError } from './errors/errors.js';

export const BACKOFFS = ['none', 'fixed', 'linear', 'exponential'] as const;

/** How the delay grows: not at all and at once, the same each time, by steps, or by a factor. */
export type BackoffName = (typeof BACKOFFS)[number];

/** The handler's own backoff: gets the number of the attempt that failed (1 is the first) and its error. */
export type BackoffFunction = (attempt: number, error: Error) => Duration;

/** The part of a retry policy that can travel with a job. */
export interface StoredRetry {
  /** Attempts in all, the first one included; `1` never retries. Default 3, in production 5. */
  readonly attempts?: number;
  /** Default `exponential`. */
  readonly backoff?: BackoffName;
  /** Delay before the second attempt. Default 1 s. */
  readonly initialDelay?: Duration;
  /** What an exponential delay is multiplied by each time. Default 2. */
  readonly factor?: number;
  /** No delay is longer, jitter included. Default 1 h. */
  readonly maxDelay?: Duration;
  /** Each delay is drawn from ± this share of it, so that failures do not come back together. Default 0.1. */
  readonly jitter?: number;
  /** Only errors with these codes or names, or of a preset, are retried. Default: all. */
  readonly retryOn?: string | readonly string[];
  /** Errors with these codes or names, or of a preset, are never retried; wins over `retryOn`. Default: none. */
  readonly giveUpOn?: string | readonly string[];
}

/** How failed attempts are retried. */
export interface RetryOptions extends Omit<StoredRetry, 'backoff' | 'retryOn' | 'giveUpOn'> {
  /** How the delay grows: by a name, or by a function that answers each delay. Default `exponential`. */
  readonly backoff?: BackoffName | BackoffFunction;
  /** Only these errors are retried. Default: all. */
  readonly retryOn?: ErrorMatcher | readonly ErrorMatcher[];
  /** These errors are never retried; wins over `retryOn`. Default: none. */
  readonly giveUpOn?: ErrorMatcher | readonly ErrorMatcher[];
}

/** A retry policy with everything decided; delays in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly backoff: BackoffName | BackoffFunction;
  readonly initialDelay: number;
  readonly factor: number;
  readonly maxDelay: number;
  readonly jitter: number;
  readonly retryOn?: readonly ErrorMatcher[];
  readonly giveUpOn: readonly ErrorMatcher[];
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 3,
  backoff: 'exponential',
  initialDelay: 1_000,
  factor: 2,
  maxDelay: 3_600_000,
  jitter: 0.1,
  giveUpOn: [],
};

export const MAX_ATTEMPTS = 10_000;

/** Lays the options over each other: what an earlier layer says wins, what none says is the default. */
export function resolveRetry(...layers: readonly (RetryOptions | undefined)[]): RetryPolicy {
  const merged: { -readonly [K in keyof RetryOptions]: RetryOptions[K] } = {};
  for (const layer of layers.toReversed()) {
    for (const [key, value] of Object.entries(layer ?? {})) {
      if (value !== undefined) {
        Object.assign(merged, { [key]: value });
      }
    }
  }
  return parseRetry(merged);
}

/**
 * Reads retry options over the defaults.
 *
 * @throws InvalidOptionError naming the option
 */
export function parseRetry(options: RetryOptions, path = 'retry'): RetryPolicy {
  const { attempts, backoff, factor, jitter } = { ...DEFAULT_RETRY, ...defined(options) };
  check(
    Number.isInteger(attempts) && attempts >= 1 && attempts <= MAX_ATTEMPTS,
    `${path}.attempts`,
    attempts,
    `an integer from 1 to ${MAX_ATTEMPTS}`,
  );
  check(
    typeof backoff === 'function' || BACKOFFS.includes(backoff),
    `${path}.backoff`,
    backoff,
    `one of ${BACKOFFS.join(', ')}, or a function`,
  );
  check(
    typeof factor === 'number' && factor >= 1 && factor <= 1_000,
    `${path}.factor`,
    factor,
    'a number from 1 to 1000',
  );
  check(typeof jitter === 'number' && jitter >= 0 && jitter <= 1, `${path}.jitter`, jitter, 'a number from 0 to 1');
  return {
    attempts,
    backoff,
    initialDelay: parseDuration(options.initialDelay ?? DEFAULT_RETRY.initialDelay, `${path}.initialDelay`),
    factor,
    maxDelay: parseDuration(options.maxDelay ?? DEFAULT_RETRY.maxDelay, `${path}.maxDelay`),
    jitter,
    ...(options.retryOn === undefined ? {} : { retryOn: parseMatchers(options.retryOn, `${path}.retryOn`) }),
    giveUpOn: parseMatchers(options.giveUpOn ?? [], `${path}.giveUpOn`),
  };
}

/** True when the error is one that the policy tries again, attempts permitting. */
export function isRetryable(policy: RetryPolicy, error: Error): boolean {
  if (error instanceof UnrecoverableError || policy.giveUpOn.some((matcher) => matchesError(error, matcher))) {
    return false;
  }
  // A handler that names the delay of its next attempt asks for one, whatever retryOn lists.
  return (
    policy.retryOn === undefined ||
    error instanceof RetryLaterError ||
    policy.retryOn.some((matcher) => matchesError(error, matcher))
  );
}

/**
 * Milliseconds to wait after the given attempt failed.
 *
 * none: 0 · fixed: d · linear: d·n · exponential: d·factor^(n−1), capped at `maxDelay` before and after the jitter,
 * which draws evenly from ± `jitter` of it. A backoff function's delay is capped and jittered alike; one that throws
 * or answers nonsense counts as `exponential`.
 *
 * @param random a number in [0, 1)
 */
export function retryDelay(policy: RetryPolicy, attempt: number, error: Error, random: number): number {
  const base = Math.min(baseDelay(policy, attempt, error), policy.maxDelay);
  return Math.round(Math.min(base * (1 + policy.jitter * (2 * random - 1)), policy.maxDelay));
}

function baseDelay(policy: RetryPolicy, attempt: number, error: Error): number {
  const { backoff, initialDelay, factor } = policy;
  switch (backoff) {
    case 'none':
      return 0;
    case 'fixed':
      return initialDelay;
    case 'linear':
      return initialDelay * attempt;
    case 'exponential':
      // The power is bounded first: 0 × Infinity is not a number.
      return Math.min(initialDelay * Math.min(factor ** (attempt - 1), MAX_DURATION), MAX_DURATION);
    default:
      try {
        return parseDuration(backoff(attempt, error), 'backoff()');
      } catch {
        return baseDelay({ ...policy, backoff: 'exponential' }, attempt, error);
      }
  }
}

/** Reads what names errors, one or many. @throws InvalidOptionError naming the option */
export function parseMatchers(value: ErrorMatcher | readonly ErrorMatcher[], path: string): readonly ErrorMatcher[] {
  const list = (Array.isArray(value) ? [...(value as readonly ErrorMatcher[])] : [value]) as readonly ErrorMatcher[];
  for (const matcher of list) {
    check(
      typeof matcher === 'function' || (typeof matcher === 'string' && matcher !== ''),
      path,
      matcher,
      "error classes, predicates, error codes, 'network' or 'database'",
    );
  }
  return list;
}

function check(allowed: boolean, option: string, value: unknown, allowedValues: string): void {
  if (!allowed) {
    throw new InvalidOptionError(option, value, allowedValues);
  }
}
