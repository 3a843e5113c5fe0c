import { Injectable } from '@nestjs/common';
import { InvalidOptionError, JobsError } from '../../domain/errors/errors.js';
import type { JobKey, JobRecord } from '../../domain/job.js';
import { JOB_STATES, type JobState, statesThatAllow } from '../../domain/job-state.js';
import { readOptions } from '../../domain/options/read-options.js';
import { JobControl, type MoveReceipt } from '../ports/job-control.js';
import { JobDirectory } from '../ports/job-directory.js';
import { type JobFilter, JobSearch } from './job-search.js';

/** What can be done to many jobs at once. */
export const BULK_ACTIONS = ['cancel', 'retry', 'remove'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** Which jobs: at least one condition, and those that are not in a state the action works on are left alone. */
export interface BulkFilter extends Omit<JobFilter, 'page' | 'pageSize' | 'cursor'> {
  /** The code of the error that ended them, such as `timeout`. */
  readonly code?: string;
}

/** How many jobs a filter means. */
export interface BulkCount {
  readonly matched: number;
  /** Jobs that were looked at. */
  readonly scanned: number;
  /** False when there is more than was looked at: then `matched` is the least that it can be. */
  readonly complete: boolean;
}

/** What a bulk operation has done so far. */
export interface BulkTally {
  /** Jobs moved, or asked to stop. */
  readonly done: number;
  /** Jobs that matched and were in another state, or gone, by the time they came up. */
  readonly skipped: number;
  /** Jobs that the store refused to move. */
  readonly failed: number;
}

/** What a bulk operation is told beside its filter. */
export interface BulkRun {
  /** Jobs that were submitted later (for a retry: ended later) are left alone. Store time, epoch milliseconds. */
  readonly until: number;
  /** Called after each step. */
  readonly onStep?: (step: BulkTally & { readonly moved: readonly JobKey[] }) => void;
  readonly signal?: AbortSignal;
  /** Jobs that are never touched: the one that does the work. */
  readonly except?: JobKey;
}

/** Jobs that a dry run looks at, at most. */
export const COUNTED = 10_000;

/** Jobs moved in one step. */
const STEP = 100;

/** Goes over a list again after a pass that moved something, in case its cursor shifted; no list needs as many. */
const MOST_PASSES = 100;

const CONDITIONS: Readonly<Record<keyof BulkFilter, true>> = {
  queue: true,
  state: true,
  type: true,
  tag: true,
  priority: true,
  from: true,
  to: true,
  code: true,
};

const CONDITION_NAMES = Object.keys(CONDITIONS) as readonly (keyof BulkFilter)[];

function readFilter(filter: BulkFilter): BulkFilter {
  return readOptions<BulkFilter>(filter, 'filter', CONDITION_NAMES, 'filter.');
}

const STATES: Readonly<Record<BulkAction, readonly JobState[]>> = {
  cancel: statesThatAllow('cancelled'),
  retry: statesThatAllow('retried-by-hand'),
  remove: JOB_STATES.filter((state) => state !== 'running'),
};

/** Cancels, retries or removes all jobs that match, in bounded steps; may be run again after it was cut off. */
@Injectable()
export class BulkMoves {
  constructor(
    private readonly search: JobSearch,
    private readonly control: JobControl,
    private readonly directory: JobDirectory,
  ) {}

  /**
   * The states it would look at.
   *
   * @throws InvalidOptionError for a filter without a condition, an unknown one, a state that the action does not work
   *   on, or a removal that names no state
   */
  check(action: BulkAction, filter: BulkFilter): readonly JobState[] {
    if (!BULK_ACTIONS.includes(action)) {
      throw new InvalidOptionError('action', action, BULK_ACTIONS.join(', '));
    }
    const { state, ...others } = readFilter(filter);
    if (state === undefined && Object.keys(others).length === 0) {
      throw new InvalidOptionError('filter', filter, `at least one of ${CONDITION_NAMES.join(', ')}`);
    }
    const states = STATES[action];
    if (state === undefined ? action === 'remove' : !states.includes(state)) {
      throw new InvalidOptionError('filter.state', state, `one of ${states.join(', ')}, for ${action}`);
    }
    return state === undefined ? states : [state];
  }

  /** Counts what would be moved, and moves nothing. Looks at {@link COUNTED} jobs at most. @throws InvalidOptionError */
  async count(action: BulkAction, told: BulkFilter): Promise<BulkCount> {
    const filter = readFilter(told);
    const { code, ...rest } = filter;
    let [matched, scanned] = [0, 0];
    for (const state of this.check(action, filter)) {
      let cursor: string | undefined;
      do {
        if (scanned >= COUNTED) {
          return { matched, scanned, complete: false };
        }
        const page = await this.search.list({ ...rest, state, pageSize: STEP, ...(cursor && { cursor }) });
        matched += page.jobs.filter((job) => isMeant(job, action, code)).length;
        scanned += page.scanned;
        cursor = page.cursor;
      } while (cursor !== undefined);
    }
    return { matched, scanned, complete: true };
  }

  /** @throws InvalidOptionError · StoreUnavailableError, after which it may be run again · the signal's reason */
  async run(action: BulkAction, told: BulkFilter, run: BulkRun): Promise<BulkTally> {
    const filter = readFilter(told);
    const states = this.check(action, filter);
    const tally = { done: 0, skipped: 0, failed: 0 };
    const queues = filter.queue === undefined ? await this.directory.queues() : [filter.queue];
    for (const queue of queues) {
      for (const state of states) {
        let moved = 0;
        for (let pass = 0; pass === 0 || (moved > 0 && pass < MOST_PASSES); pass++) {
          moved = await this.walk(action, { ...filter, queue, state }, run, tally);
        }
      }
    }
    return tally;
  }

  /** One pass over the jobs of one queue in one state; answers how many it moved. */
  private async walk(
    action: BulkAction,
    { code, ...filter }: BulkFilter & { readonly queue: string },
    run: BulkRun,
    tally: { done: number; skipped: number; failed: number },
  ): Promise<number> {
    const before = tally.done;
    let ids: string[] = [];
    const step = async (): Promise<void> => {
      run.signal?.throwIfAborted();
      const receipts = await this.move(action, filter.queue, ids);
      const moved = ids.filter((_, index) => isDone(receipts[index]));
      tally.done += moved.length;
      tally.failed += receipts.length === 0 ? ids.length : 0;
      tally.skipped += receipts.length === 0 ? 0 : ids.length - moved.length;
      run.onStep?.({ ...tally, moved: moved.map((id) => ({ queue: filter.queue, id })) });
      ids = [];
    };
    for await (const job of this.search.all(filter)) {
      if (isMeant(job, action, code) && isInTime(job, action, run.until) && !isSame(job, run.except)) {
        ids.push(job.id);
      }
      if (ids.length === STEP) {
        await step();
      }
    }
    if (ids.length > 0) {
      await step();
    }
    return tally.done - before;
  }

  /** None where the store refuses: a store that is away is another matter, and ends the run. */
  private async move(action: BulkAction, queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    try {
      return await this.control[action](queue, ids);
    } catch (error) {
      if (error instanceof JobsError && error.code !== 'store-unavailable') {
        return [];
      }
      throw error;
    }
  }
}

/** A job that was asked to stop is not asked again: it stays in its list until its handler has ended. */
function isMeant(job: JobRecord, action: BulkAction, code: string | undefined): boolean {
  return (code === undefined || job.error?.code === code) && !(action === 'cancel' && job.cancelRequested);
}

function isInTime(job: JobRecord, action: BulkAction, until: number): boolean {
  return (action === 'retry' ? (job.finishedAt ?? job.createdAt) : job.createdAt) <= until;
}

function isSame(job: JobKey, other: JobKey | undefined): boolean {
  return job.id === other?.id && job.queue === other.queue;
}

function isDone(receipt: MoveReceipt | undefined): boolean {
  return receipt?.status === 'ok' || receipt?.status === 'requested';
}
