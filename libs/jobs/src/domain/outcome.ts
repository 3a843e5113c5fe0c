import { parseDuration } from './duration.js';
import { RetryLaterError } from './errors/errors.js';
import { describeFailure, type Failure } from './failure.js';
import { isRetryable, retryDelay, type RetryPolicy } from './retry-policy.js';

/** Why a job goes back without having used an attempt. */
export type ReleaseReason = 'not-started' | 'shutdown' | 'no-handler' | 'deferred';

/** What an attempt came to: the one thing a worker tells the store about a job it holds. */
export type Outcome =
  | { readonly kind: 'completed'; /** JSON text; absent when there is none. */ readonly result?: string }
  | { readonly kind: 'retry'; readonly delay: number; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'snoozed'; readonly delay: number }
  | { readonly kind: 'released'; readonly reason: ReleaseReason; readonly delay?: number };

export type OutcomeKind = Outcome['kind'];

/** How the handler's run ended, before anything is decided about it. */
export type Ending =
  | { readonly kind: 'returned'; readonly result?: string }
  | {
      readonly kind: 'threw';
      readonly error: Error;
      /** No further attempt could end otherwise. */ readonly final?: boolean;
    }
  | { readonly kind: 'snoozed'; readonly delay: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'shut-down' };

/** What the decision needs to know of the job. */
export interface Tried {
  /** The attempt that has just ended; the first is 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/**
 * Decides an attempt's outcome: the only place that says what a result, an error, a cancel or a shutdown leads to.
 *
 * @param random a number in [0, 1), for the jitter
 */
export function decideOutcome(job: Tried, ending: Ending, policy: RetryPolicy, random: number): Outcome {
  switch (ending.kind) {
    case 'returned':
      return ending.result === undefined ? { kind: 'completed' } : { kind: 'completed', result: ending.result };
    case 'snoozed':
      return { kind: 'snoozed', delay: ending.delay };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'shut-down':
      return { kind: 'released', reason: 'shutdown' };
    case 'threw':
      return ending.final === true
        ? { kind: 'failed', failure: describeFailure(ending.error) }
        : afterError(job, ending.error, policy, random);
  }
}

function afterError(job: Tried, error: Error, policy: RetryPolicy, random: number): Outcome {
  const failure = describeFailure(error);
  if (job.attempt >= job.maxAttempts || !isRetryable(policy, error)) {
    return { kind: 'failed', failure };
  }
  return { kind: 'retry', delay: askedDelay(error) ?? retryDelay(policy, job.attempt, error, random), failure };
}

/** The delay a handler chose by throwing `RetryLaterError`; one that cannot be read falls back to the policy's. */
function askedDelay(error: Error): number | undefined {
  if (!(error instanceof RetryLaterError)) {
    return undefined;
  }
  try {
    return parseDuration(error.delay);
  } catch {
    return undefined;
  }
}

/** How often a job of a type that no handler here knows goes back before it fails as `no-handler`. */
export const MAX_STRAYS = 10;

const STRAY_DELAY = 1_000;
const MAX_STRAY_DELAY = 30_000;

/**
 * Decides about a job whose type has no handler in this process, as happens in a rolling deploy: it goes back with a
 * growing delay, {@link MAX_STRAYS} times, and then fails.
 */
export function decideStray(job: { readonly type: string; readonly strays: number }): Outcome {
  return job.strays < MAX_STRAYS
    ? { kind: 'released', reason: 'no-handler', delay: Math.min(STRAY_DELAY * 2 ** job.strays, MAX_STRAY_DELAY) }
    : {
        kind: 'failed',
        failure: {
          code: 'no-handler',
          name: 'NoHandlerError',
          message: `No process that works this queue has a handler for job type '${job.type}'; deploy one and retry the job`,
        },
      };
}
