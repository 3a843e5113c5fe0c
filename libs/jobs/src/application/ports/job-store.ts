import type { UnconfirmedWrite } from '../../domain/errors/durability-errors.js';
import type { ClaimedJob, Json, JobSpec } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';
import type { Outcome } from '../../domain/outcome.js';

/**
 * The write side that every job passes: submit, claim, settle, report, tick.
 *
 * All verbs take and answer arrays, in order, for one queue, because batching is where the speed is. Every verb may be
 * called again after a lost reply by the adapter itself: an answer that was once given is answered again, not acted on
 * again. All times a store compares are its own clock's, and that clock never goes back within a queue.
 *
 * What every adapter promises is written down as `jobStoreContract` in `nestjs-jobs/testing`.
 */
export abstract class JobStore {
  /**
   * Adds jobs. Receipts come in the order of the specs.
   *
   * @throws StoreUnavailableError, StoreFullError when nothing, or only a leading part in whole chunks, was added
   */
  abstract submit(request: SubmitRequest): Promise<readonly SubmitReceipt[]>;

  /**
   * Leases up to `limit` ready jobs to the holder: by priority, then in order of arrival. Due and scheduled jobs become
   * ready first. Also counts as a heartbeat. A paused queue, or one at its `concurrency`, gives none.
   */
  abstract claim(request: ClaimRequest): Promise<Claim>;

  /** Ends attempts. An outcome is taken only from the holder and token that hold the job; any other is `lost-lease`. */
  abstract settle(request: SettleRequest): Promise<readonly SettleReceipt[]>;

  /** Keeps progress and log lines of running jobs, fenced like `settle`; log lines that are `late`, of any job. */
  abstract report(request: ReportRequest): Promise<readonly ReportReceipt[]>;

  /**
   * The heartbeat of a holder in one queue, and its share of the upkeep, bounded to some hundreds of entries a call:
   * makes due jobs ready, takes back the jobs of holders whose lease has passed, drops what is past its retention,
   * gives back leases that the holder does not know of, and tells which of its jobs were lost or are to be cancelled.
   *
   * Call it only while no claim of this holder in this queue is under way: a claim whose reply is still travelling
   * would look like a lease the holder does not know of.
   */
  abstract tick(request: TickRequest): Promise<TickReply>;

  /** The holder ends: its heartbeat goes, and whatever it still holds in the queue goes back at once, unharmed. */
  abstract retire(request: { readonly queue: string; readonly holder: string }): Promise<void>;
}

export interface SubmitRequest {
  readonly queue: string;
  /** One boot of one process. */
  readonly holder: string;
  readonly specs: readonly JobSpec[];
  /** Milliseconds for which it is sent again while the store does not answer; 0 sends it once. Default: as the store has it. */
  readonly patience?: number;
}

/** What the store said of a job that is in it. */
export type KeptReceipt = Kept & {
  /** The job is stored, but not yet where this store was told to have it before it answers. */
  readonly unconfirmed?: UnconfirmedWrite;
};

type Kept =
  /** `state` is what it was added as: pending or scheduled. */
  | { readonly status: 'added'; readonly state: JobState }
  /** A job with this id is there, in `state`; nothing was changed. */
  | { readonly status: 'duplicate'; readonly state: JobState }
  /** The queue is full and its `onFull` is `drop-newest`: kept as failed, with code `dropped`. */
  | { readonly status: 'dropped'; readonly maxDepth: number };

/** What the store said of a job that it did not take: nothing of it was kept. */
export type RefusedReceipt =
  /** The queue is full and its `onFull` is `block`: the caller may wait and submit again. */
  | { readonly status: 'rejected'; readonly maxDepth: number }
  /** The job is to wait for a time, and as many lie scheduled as may: whatever `onFull` is. */
  | { readonly status: 'too-many-scheduled'; readonly maxScheduled: number };

export type SubmitReceipt = KeptReceipt | RefusedReceipt;

export interface ClaimRequest {
  readonly queue: string;
  readonly holder: string;
  /** How many jobs at most. */
  readonly limit: number;
  /** Milliseconds for which the holder counts as alive after this call. */
  readonly lease: number;
  /** Whether one suspect may be among them. */
  readonly suspects: boolean;
  /**
   * Once there is nothing left to claim, the holder has room for as many jobs in all, and stands by: until its next claim
   * the store may hand it jobs as they come, up to what the claim leaves of that room. Default: 0.
   */
  readonly standBy?: number;
}

export interface Claim {
  /** Drawn once a claim; greater than any before it in the queue. 0 when there are no jobs. */
  readonly token: number;
  readonly jobs: readonly ClaimedJob[];
  /** More jobs are ready now than were given, suspects apart. */
  readonly more: boolean;
  /** Suspects are ready that another claim would get: this one was not allowed any, or has brought the one it was. */
  readonly moreSuspects: boolean;
  /** Milliseconds until the next scheduled or retrying job is due; absent when there is none. */
  readonly dueIn?: number;
  /** The store's time, epoch milliseconds. */
  readonly now: number;
}

export interface Settlement {
  readonly id: string;
  readonly token: number;
  /** The worker's id and when it began (store time), for the history of a failed attempt. */
  readonly worker?: string;
  readonly startedAt?: number;
  readonly outcome: Outcome;
}

export interface SettleRequest {
  readonly queue: string;
  readonly holder: string;
  readonly settlements: readonly Settlement[];
}

/**
 * `cancelled`: the attempt would have let the job come back, but to cancel it had been asked for, so it was settled as
 * cancelled.
 */
export type SettleReceipt = ReportReceipt | 'cancelled';

export type ReportReceipt = 'ok' | 'lost-lease';

export interface Report {
  readonly id: string;
  readonly token: number;
  readonly attempt: number;
  readonly progress?: Json;
  readonly log?: readonly string[];
  /** The log lines are kept whoever holds the job now, also when it has ended; `lost-lease` where it is gone. */
  readonly late?: boolean;
}

export interface ReportRequest {
  readonly queue: string;
  readonly holder: string;
  readonly reports: readonly Report[];
}

/** A job the holder believes to hold. */
export interface HeldJob {
  readonly id: string;
  readonly token: number;
  /** It was a suspect and has outlived a heartbeat: it is under suspicion no more. */
  readonly cleared?: boolean;
}

export interface TickRequest {
  readonly queue: string;
  readonly holder: string;
  /** Milliseconds for which the holder counts as alive after this call. */
  readonly lease: number;
  readonly held: readonly HeldJob[];
  /**
   * Until when, by the store's clock, this call may take back what other holders hold, epoch milliseconds: a caller that has
   * not reached the store for long cannot tell who is dead from who could not reach it either. Default: no bound.
   */
  readonly reclaimsUntil?: number;
}

export interface TickReply {
  /** Held jobs that this holder holds no more: abort them, their outcome counts for nothing. */
  readonly lost: readonly { readonly id: string; readonly token: number }[];
  /** Held jobs whose cancel was asked for. */
  readonly cancelled: readonly string[];
  /** There is upkeep left: tick again soon. */
  readonly more: boolean;
  readonly dueIn?: number;
  /** Milliseconds until the next of those who live now counts as dead, unless it says something. */
  readonly lapsesIn: number;
  /** Jobs ready now. */
  readonly ready: boolean;
  readonly now: number;
}
