import type * as port from '../../../libs/jobs/src/application/ports/job-inspector.js';
import { JOB_STATES, type JobState } from '../../../libs/jobs/src/domain/job-state.js';
import { jobRecord } from './reference-job.js';
import type { ReferenceQueues } from './reference-queue.js';

/** Shows what the reference model holds. Of lists it knows whole ones, without filters or pages. */
export class ReferenceInspector implements Pick<port.JobInspector, 'list' | 'counts'> {
  constructor(private readonly queues: ReferenceQueues) {}

  async list({ queue, state }: port.ListQuery): Promise<port.JobPage> {
    const jobs = this.queues
      .of(queue)
      .inState(state)
      .map((job) => jobRecord(job, queue));
    return { jobs, scanned: jobs.length };
  }

  async counts(queue: string): Promise<port.QueueCounts> {
    const held = this.queues.of(queue);
    const { lastProcessedAt, now, paused, processed } = held;
    const pending = held.inState('pending');
    const levels = new Map(pending.map(({ priority }) => [priority, 0]));
    pending.forEach(({ priority }) => levels.set(priority, (levels.get(priority) ?? 0) + 1));
    const heads = [undefined, ...levels.keys()].map((level) =>
      pending.find(({ suspect, priority }) => (suspect ? undefined : priority) === level),
    );
    const oldest = Math.min(...heads.map((head) => head?.since ?? now));
    return {
      byState: Object.fromEntries(JOB_STATES.map((state) => [state, held.inState(state).length])) as Record<
        JobState,
        number
      >,
      pendingByPriority: levels,
      paused,
      processed,
      ...(lastProcessedAt === undefined ? {} : { lastProcessedAt }),
      ...(pending.length === 0 ? {} : { oldestPendingAt: oldest, oldestPendingFor: now - oldest }),
      holders: [...held.holders.values()].filter((leaseEnds) => leaseEnds > now).length,
    };
  }
}
