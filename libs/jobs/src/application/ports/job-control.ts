import type { JobState } from '../../domain/job-state.js';

/**
 * Moves a person (or an application's code) makes on single jobs: array-first, one queue a call, receipts in order.
 * Which states each move accepts is in the table of transitions.
 */
export abstract class JobControl {
  /**
   * Cancels waiting jobs at once. A running job is asked to stop: its receipt is `requested`, its holder is told, and
   * it ends as `cancelled` unless its handler completes first.
   */
  abstract cancel(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]>;

  /** Failed and cancelled jobs become pending with a fresh budget of attempts; their history stays. */
  abstract retry(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]>;

  /** Scheduled and retrying jobs become pending now. */
  abstract promote(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]>;

  /** Scheduled, pending and retrying jobs become due at another time (a pending job becomes scheduled). */
  abstract reschedule(queue: string, ids: readonly string[], due: Due): Promise<readonly MoveReceipt[]>;

  /** Scheduled, blocked, pending and retrying jobs get another priority; a pending one goes to the end of its new level. */
  abstract reprioritise(queue: string, ids: readonly string[], priority: number): Promise<readonly MoveReceipt[]>;

  /** Forgets jobs in any state but running. */
  abstract remove(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]>;
}

/** When a job is due: milliseconds from the store's now, or an epoch time. */
export type Due = { readonly delay: number } | { readonly at: number };

export type MoveReceipt =
  /** Done; `state` is the state it is in now (for `remove`, the state it was in). */
  | { readonly status: 'ok'; readonly state: JobState }
  /** A running job was asked to stop. */
  | { readonly status: 'requested'; readonly state: 'running' }
  | { readonly status: 'missing' }
  /** Its state does not allow the move. */
  | { readonly status: 'illegal'; readonly state: JobState };
