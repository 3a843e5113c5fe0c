import type { Due, JobControl, MoveReceipt } from '../../../libs/jobs/src/application/ports/job-control.js';
import type { QueueControl } from '../../../libs/jobs/src/application/ports/queue-control.js';
import type { JobState } from '../../../libs/jobs/src/domain/job-state.js';
import type { QueueSettings } from '../../../libs/jobs/src/domain/queue-settings.js';
import type { ReferenceJob } from './reference-job.js';
import { dueAtOf } from './reference-jobs.js';
import type { ReferenceQueue, ReferenceQueues } from './reference-queue.js';

/** What people do to jobs of the reference model. */
export class ReferenceJobControl implements JobControl {
  constructor(private readonly queues: ReferenceQueues) {}

  async cancel(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, ['scheduled', 'pending', 'retrying', 'running'], cancelOne);
  }

  async retry(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, ['failed', 'cancelled'], (held, job) =>
      held.move(job, 'pending', { attempts: 0, crashes: 0, strays: 0, expiresAt: undefined }),
    );
  }

  async promote(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, ['scheduled', 'retrying'], (held, job) => held.move(job, 'pending'));
  }

  async reschedule(queue: string, ids: readonly string[], due: Due): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, ['scheduled', 'pending', 'retrying'], (held, job) =>
      held.move(job, job.state === 'retrying' ? 'retrying' : 'scheduled', { dueAt: dueAtOf(due, held.now) }),
    );
  }

  async reprioritise(queue: string, ids: readonly string[], priority: number): Promise<readonly MoveReceipt[]> {
    return this.each(queue, ids, ['scheduled', 'pending', 'retrying'], (held, job) => {
      job.priority = priority;
      if (job.state === 'pending') {
        held.putLast(job);
      }
    });
  }

  async remove(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    const all: readonly JobState[] = ['scheduled', 'pending', 'retrying', 'completed', 'failed', 'cancelled'];
    return this.each(queue, ids, all, (held, { spec }) => held.jobs.delete(spec.id));
  }

  private each(
    queue: string,
    ids: readonly string[],
    accepted: readonly JobState[],
    move: (held: ReferenceQueue, job: ReferenceJob) => unknown,
  ): readonly MoveReceipt[] {
    const held = this.queues.of(queue);
    return ids.map((id) => {
      const job = held.jobs.get(id);
      if (job === undefined) {
        return { status: 'missing' };
      }
      if (!accepted.includes(job.state)) {
        return { status: 'illegal', state: job.state };
      }
      move(held, job);
      return job.state === 'running' ? { status: 'requested', state: 'running' } : { status: 'ok', state: job.state };
    });
  }
}

/** A job that waits ends at once; one that runs is asked to. */
export function cancelOne(held: ReferenceQueue, job: ReferenceJob): void {
  if (job.state === 'running') {
    job.cancelRequested = true;
  } else {
    held.finish(job, 'cancelled');
  }
}

/** What is done to queues of the reference model as a whole. */
export class ReferenceQueueControl implements QueueControl {
  constructor(private readonly queues: ReferenceQueues) {}

  async configure(queue: string, settings: QueueSettings): Promise<void> {
    this.queues.of(queue).settings = settings;
  }

  async settings(queue: string): Promise<QueueSettings> {
    return this.queues.of(queue).settings;
  }

  async pause(queue: string): Promise<void> {
    this.queues.of(queue).paused = true;
  }

  async resume(queue: string): Promise<void> {
    this.queues.of(queue).paused = false;
  }

  async clear(queue: string): Promise<number> {
    const held = this.queues.of(queue);
    const waiting = [...held.timed, ...held.inState('pending')];
    waiting.forEach(({ spec }) => held.jobs.delete(spec.id));
    return waiting.length;
  }
}
