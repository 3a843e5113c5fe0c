import type { JobSpec } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';
import type { Occurrence, OverlapPolicy } from '../../domain/schedules/schedule.js';

/**
 * Where schedules are kept: each in the queue that it feeds, so that its firing and its job are one step, and its id in
 * a directory of the whole system, so that it is there once.
 *
 * Every change names the revision that it was decided on, and is refused where another has come before it.
 */
export abstract class ScheduleStore {
  /** The queue of each schedule, by id. */
  abstract places(): Promise<ReadonlyMap<string, string>>;

  /** The queue of one; `undefined` when there is none of that id. */
  abstract place(id: string): Promise<string | undefined>;

  /** The schedules of those ids, as far as they are there, and the time of a queue. */
  abstract read(queue: string, ids: readonly string[]): Promise<ScheduleReading>;

  /**
   * Adds or replaces a schedule. One that moves from another queue is removed there first, so that it never fires in
   * both.
   */
  abstract put(request: PutSchedule): Promise<PutReceipt>;

  /** Answers whether it was there. */
  abstract remove(id: string): Promise<boolean>;

  /** What is due in the queue, at most so many, by time. Changes nothing: of many processes that ask, one fires. */
  abstract due(queue: string, limit: number): Promise<DueSchedules>;

  /**
   * Fires one occurrence: decides about overlap, submits its job, keeps the books and sets the next time, all in one
   * step, and only if the schedule is as it was when this was decided and due by the store's clock.
   */
  abstract fire(request: FireSchedule): Promise<FireReceipt>;
}

/** A schedule as a store keeps it. */
export interface StoredSchedule {
  readonly id: string;
  readonly queue: string;
  /** JSON text: a store never looks inside. */
  readonly definition: string;
  /** Grows with every change, firings included; 1 at first. */
  readonly revision: number;
  /** Absent when it is not to fire. */
  readonly next?: Occurrence;
  /** When a job was last submitted by the timetable. */
  readonly lastRun?: number;
  readonly runCount: number;
  /** The occurrence that waits until the jobs before it have ended. */
  readonly waiting?: number;
  /** Ids of its last jobs, the newest first. */
  readonly recent: readonly string[];
}

export interface ScheduleReading {
  /** The store's time, epoch milliseconds. */
  readonly now: number;
  readonly schedules: readonly StoredSchedule[];
}

export interface PutSchedule {
  readonly id: string;
  readonly queue: string;
  readonly definition: string;
  /** What it replaces, as it was read; absent for one that must not be there. */
  readonly replaces?: StoredSchedule;
  readonly next?: Occurrence;
  /** Keeps what waits; else it is forgotten. */
  readonly keepsWaiting: boolean;
  /** Schedules that there may be in the whole system. */
  readonly max: number;
}

export type PutReceipt =
  | { readonly status: 'put'; readonly revision: number }
  /** It has changed since it was read: read again. */
  | { readonly status: 'conflict' }
  /** There are as many schedules as there may be. */
  | { readonly status: 'too-many' };

export interface DueSchedules {
  /** The store's time, epoch milliseconds. */
  readonly now: number;
  readonly due: readonly StoredSchedule[];
  /** Those with an occurrence that waits, and need wait no longer. */
  readonly released: readonly StoredSchedule[];
  /** How many have an occurrence that waits still. */
  readonly waiting: number;
  /** Milliseconds until the first that is not due yet; absent when there is none. */
  readonly nextIn?: number;
}

export interface FireSchedule {
  readonly queue: string;
  readonly id: string;
  /**
   * `due`: its time has come. `released`: what waited need wait no longer; the next time stays. `by-hand`: now, and
   * nothing else of it changes; overlap does not apply, nor need the revision be right.
   */
  readonly cause: 'due' | 'released' | 'by-hand';
  readonly revision: number;
  /** The time that follows, for `due`; absent when there is none. */
  readonly next?: Occurrence;
  readonly overlap: OverlapPolicy;
  /** Runs after which there is no next time; 0 is without end. */
  readonly maxRuns: number;
  /** Absent when the occurrence is passed over. */
  readonly job?: JobSpec;
}

export type FireReceipt =
  /** Its job was submitted, in that state: `failed` where a full queue drops the newest. */
  | { readonly status: 'fired'; readonly state: JobState }
  /** A job of this id is there: nothing was submitted, and the next time is set. */
  | { readonly status: 'duplicate'; readonly state: JobState }
  /** It was to be passed over, and was. */
  | { readonly status: 'passed' }
  /** A job before it has not ended, or an occurrence waits already. */
  | { readonly status: 'skipped' }
  /** It waits for the job before it. */
  | { readonly status: 'waits' }
  /** The queue has no room: nothing was changed. */
  | { readonly status: 'full'; readonly maxDepth: number }
  /** It was changed, fired or removed meanwhile, or is not due yet: nothing was changed. */
  | { readonly status: 'stale' };
