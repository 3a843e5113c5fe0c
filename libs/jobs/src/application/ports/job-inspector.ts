import type { JobRecord } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';

/** The read side: nothing on the hot path goes through it, and nothing it does changes a job. */
export abstract class JobInspector {
  /** Whole records, in order; `undefined` for ids that are not there. */
  abstract get(queue: string, ids: readonly string[]): Promise<readonly (JobRecord | undefined)[]>;

  /**
   * A page of the jobs of one queue in one state: pending in the order they will run, scheduled and retrying by due
   * time, running by start, finished ones newest first. Other filters scan: at most {@link SCAN_LIMIT} entries a call,
   * and the page then has fewer jobs than asked for and a cursor to go on from.
   */
  abstract list(query: ListQuery): Promise<JobPage>;

  abstract counts(queue: string): Promise<QueueCounts>;
}

/** Entries a `list` looks at in one call, at most. */
export const SCAN_LIMIT = 1_000;

export interface ListQuery {
  readonly queue: string;
  readonly state: JobState;
  readonly type?: string;
  readonly tag?: string;
  readonly priority?: number;
  /** Created at or after this time, epoch milliseconds. */
  readonly from?: number;
  /** Created before this time, epoch milliseconds. */
  readonly to?: number;
  /** Entries to skip before the first; not with `cursor`. */
  readonly offset?: number;
  /** Jobs at most. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

export interface JobPage {
  readonly jobs: readonly JobRecord[];
  /** Absent when there is nothing more. */
  readonly cursor?: string;
  /** Entries looked at. */
  readonly scanned: number;
}

/** Counts of one queue: kept, not counted. */
export interface QueueCounts {
  /** Jobs in each state. */
  readonly byState: Readonly<Record<JobState, number>>;
  /** Pending jobs by priority; levels without jobs are left out. */
  readonly pendingByPriority: ReadonlyMap<number, number>;
  /** Nothing of it is given out. */
  readonly paused: boolean;
  /** Since the queue began. */
  readonly processed: { readonly completed: number; readonly failed: number; readonly cancelled: number };
  /** When an attempt was last settled, store time. */
  readonly lastProcessedAt?: number;
  /** Since when the job that has waited longest at the head of a level is pending, store time. */
  readonly oldestPendingAt?: number;
  /** Milliseconds for which that is, by the store's clock. */
  readonly oldestPendingFor?: number;
  /** Holders whose lease has not passed. */
  readonly holders: number;
}
