import { type Due, JobControl, type MoveReceipt } from '../../application/ports/job-control.js';
import { type JobState, statesThatAllow } from '../../domain/job-state.js';
import type { MemoryData } from './memory-data.js';
import type { MemoryJob } from './memory-job.js';
import type { MemoryQueue } from './memory-queue.js';
import { dueAt } from './memory-submit.js';

const WAITING: readonly JobState[] = ['scheduled', 'blocked', 'pending', 'retrying'];
const NOT_RUNNING: readonly JobState[] = [...WAITING, 'completed', 'failed', 'cancelled'];

/** Moves by hand on jobs of the memory store. */
export class MemoryJobControl extends JobControl {
  constructor(private readonly data: MemoryData) {
    super();
  }

  override async cancel(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, statesThatAllow('cancelled'), cancel);
  }

  /** A person asks for it: the job has its whole budget again, and is no longer held to the time it had to begin. */
  override async retry(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, statesThatAllow('retried-by-hand'), (held, job) => {
      job.attempts = job.crashes = job.strays = 0;
      job.expiresAt = undefined;
      held.makePending(job, 'retried-by-hand');
      return ok(job);
    });
  }

  override async promote(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, statesThatAllow('promoted'), (held, job) => {
      held.makePending(job, 'promoted');
      return ok(job);
    });
  }

  override async reschedule(queue: string, ids: readonly string[], due: Due): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, statesThatAllow('rescheduled'), (held, job) => {
      held.makeDueAt(job, job.state === 'retrying' ? 'retrying' : 'scheduled', 'rescheduled', dueAt(due, held.now));
      return ok(job);
    });
  }

  override async reprioritise(
    queue: string,
    ids: readonly string[],
    priority: number,
  ): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, WAITING, (held, job) => {
      held.reorder(job, priority);
      return ok(job);
    });
  }

  override async remove(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, NOT_RUNNING, (held, job) => {
      held.forget(job);
      return ok(job);
    });
  }

  private each(
    queue: string,
    ids: readonly string[],
    accepted: readonly JobState[],
    move: (held: MemoryQueue, job: MemoryJob) => MoveReceipt,
  ): readonly MoveReceipt[] {
    return this.data.act(queue, (held) =>
      ids.map((id): MoveReceipt => {
        const job = held.jobs.get(id);
        if (job === undefined) {
          return { status: 'missing' };
        }
        return accepted.includes(job.state) ? move(held, job) : { status: 'illegal', state: job.state };
      }),
    );
  }
}

/** Ends a waiting job at once, and asks a running one to stop. */
export function cancel(held: MemoryQueue, job: MemoryJob): MoveReceipt {
  if (job.state !== 'running') {
    held.finish(job, 'cancelled', 'cancelled');
    return ok(job);
  }
  job.cancelRequested = true;
  held.news.cancels.push(job.id);
  return { status: 'requested', state: 'running' };
}

function ok({ state }: MemoryJob): MoveReceipt {
  return { status: 'ok', state };
}
