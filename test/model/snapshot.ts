import type { JobRecord } from '../../libs/jobs/src/domain/job.js';
import { JOB_STATES, type JobState } from '../../libs/jobs/src/domain/job-state.js';
import type { QueueSide } from './queue-side.js';

/** All that can be seen of a queue, without what may differ between stores: times and tokens. */
export interface Snapshot {
  readonly lists: Readonly<Record<string, readonly object[]>>;
  readonly counts: object;
}

export async function snapshotOf({ ports, queue }: QueueSide): Promise<Snapshot> {
  const [counts, ...pages] = await Promise.all([
    ports.inspector.counts(queue),
    ...JOB_STATES.map((state) => ports.inspector.list({ queue, state, limit: 1_000 })),
  ]);
  const { lastProcessedAt, oldestPendingAt, oldestPendingFor, pendingByPriority, ...plain } = counts;
  return {
    lists: Object.fromEntries(JOB_STATES.map((state, index) => [state, pages[index]?.jobs.map(facts) ?? []])),
    counts: {
      ...plain,
      pendingByPriority: [...pendingByPriority].toSorted(([a], [b]) => a - b),
      isProcessed: lastProcessedAt !== undefined,
      isPending: oldestPendingAt !== undefined && oldestPendingFor !== undefined,
    },
  };
}

/** Each job's state. */
export function statesIn({ lists }: Snapshot): ReadonlyMap<string, JobState> {
  return new Map(
    JOB_STATES.flatMap((state) => (lists[state] as readonly JobRecord[]).map(({ id }) => [id, state] as const)),
  );
}

function facts({ createdAt, expiresAt, scheduledAt, startedAt, finishedAt, ...record }: JobRecord): object {
  return {
    ...record,
    expires: expiresAt !== undefined,
    scheduled: scheduledAt !== undefined,
    started: startedAt !== undefined && startedAt >= createdAt,
    finished: finishedAt !== undefined && finishedAt >= createdAt,
    error: record.error?.code,
    history: record.history.map(({ attempt, code, process, worker }) => ({ attempt, code, process, worker })),
    log: record.log.map(({ message }) => message),
  };
}
