import {
  JobInspector,
  type JobPage,
  type ListQuery,
  type QueueCounts,
  SCAN_LIMIT,
} from '../../application/ports/job-inspector.js';
import type { JobRecord } from '../../domain/job.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { isFinished, JOB_STATES, type JobState } from '../../domain/job-state.js';
import type { MemoryData } from './memory-data.js';
import { hasTag, type MemoryJob, toRecord } from './memory-job.js';
import { type MemoryQueue, SUSPECTS } from './memory-queue.js';
import type { Entry, Position } from './sorted-index.js';

/** Reads the memory store. */
export class MemoryJobInspector extends JobInspector {
  constructor(private readonly data: MemoryData) {
    super();
  }

  override async get(queue: string, ids: readonly string[]): Promise<readonly (JobRecord | undefined)[]> {
    const { jobs } = this.data.read(queue);
    return ids.map((id) => {
      const job = jobs.get(id);
      return job && toRecord(job, queue);
    });
  }

  /** A page ends at its limit or after {@link SCAN_LIMIT} entries; the cursor is the place of the last one looked at. */
  override async list(query: ListQuery): Promise<JobPage> {
    const index = this.data.read(query.queue).byState[query.state];
    const from = query.cursor === undefined ? undefined : parseCursor(query.cursor);
    const entries = isFinished(query.state) ? index.descending(from) : index.ascending(from);
    let toSkip = query.cursor === undefined ? (query.offset ?? 0) : 0;
    const jobs: JobRecord[] = [];
    let scanned = 0;
    let last: Entry<MemoryJob> | undefined;
    for (const entry of entries) {
      if (toSkip > 0) {
        toSkip--;
        continue;
      }
      if (jobs.length >= query.limit || scanned === SCAN_LIMIT) {
        return { jobs, scanned, cursor: writeCursor(last ?? entry) };
      }
      scanned++;
      last = entry;
      if (isAskedFor(entry.value, query)) {
        jobs.push(toRecord(entry.value, query.queue));
      }
    }
    return { jobs, scanned };
  }

  override async counts(name: string): Promise<QueueCounts> {
    const queue = this.data.read(name);
    const { paused, lastProcessedAt, holders } = queue;
    const oldest = oldestPending(queue);
    return {
      byState: Object.fromEntries(JOB_STATES.map((state) => [state, queue.byState[state].size])) as Record<
        JobState,
        number
      >,
      pendingByPriority: new Map(queue.pendingByPriority),
      paused,
      processed: { ...queue.processed },
      ...(lastProcessedAt === undefined ? {} : { lastProcessedAt }),
      ...(oldest === undefined ? {} : { oldestPendingAt: oldest, oldestPendingFor: Math.max(queue.now - oldest, 0) }),
      holders: [...holders.values()].filter(({ leaseEnds }) => leaseEnds > queue.now).length,
    };
  }
}

function isAskedFor(job: MemoryJob, { type, tag, priority, from = -Infinity, to = Infinity }: ListQuery): boolean {
  return (
    (type === undefined || job.type === type) &&
    (priority === undefined || job.priority === priority) &&
    job.createdAt >= from &&
    job.createdAt < to &&
    (tag === undefined || hasTag(job, tag))
  );
}

function oldestPending(queue: MemoryQueue): number | undefined {
  const { pending } = queue.byState;
  const levels = [SUSPECTS, ...[...queue.pendingByPriority.keys()].map((priority) => -priority)];
  const heads = levels.map((major) => pending.firstFrom({ major, minor: -Infinity })?.value.pendingSince ?? Infinity);
  const oldest = Math.min(...heads);
  return oldest === Infinity ? undefined : oldest;
}

function writeCursor({ major, minor }: Position): string {
  return `${major}:${minor}`;
}

function parseCursor(cursor: string): Position {
  const [major, minor] = cursor.split(':').map(Number);
  if (major === undefined || minor === undefined || Number.isNaN(major) || Number.isNaN(minor)) {
    throw new InvalidOptionError('cursor', cursor, 'the cursor of a page of the same list');
  }
  return { major, minor };
}
