import type { StoredSchedule } from '../../libs/jobs/src/application/ports/schedule-store.js';
import type { FailedAttempt } from '../../libs/jobs/src/domain/failure.js';
import type { JobRecord } from '../../libs/jobs/src/domain/job.js';
import { JOB_STATES, type JobState } from '../../libs/jobs/src/domain/job-state.js';
import { IDS } from './command.js';
import type { Side } from './side.js';

/** All that can be seen of a queue, without what may differ between stores: parts of units, and tokens. */
export interface Snapshot {
  readonly lists: Readonly<Record<string, readonly object[]>>;
  readonly counts: object;
  readonly schedules: readonly object[];
}

/** @param states whose lists are read; of others the counts tell */
export async function snapshotOf(
  side: Side,
  queue: string,
  states: readonly JobState[] = JOB_STATES,
): Promise<Snapshot> {
  const { inspector, schedules } = side.ports;
  const [counts, reading, ...pages] = await Promise.all([
    inspector.counts(queue),
    schedules.read(queue, side.schedules.ids),
    ...states.map((state) => inspector.list({ queue, state, limit: IDS + 1 })),
  ]);
  const { lastProcessedAt, oldestPendingAt, oldestPendingFor, pendingByPriority, ...plain } = counts;
  return {
    lists: Object.fromEntries(
      states.map((state, index) => [state, pages[index]?.jobs.map((job) => jobFacts(side, job)) ?? []]),
    ),
    counts: {
      ...plain,
      pendingByPriority: [...pendingByPriority].toSorted(([a], [b]) => a - b),
      processed: { ...plain.processed },
      lastProcessed: side.at(lastProcessedAt),
      oldestPending: side.at(oldestPendingAt),
      isPending: oldestPendingFor !== undefined,
    },
    schedules: reading.schedules.map((schedule) => scheduleFacts(side, schedule)),
  };
}

/** The snapshot with the lists of these states only. */
export function narrowed(snapshot: Snapshot, states: readonly JobState[]): Snapshot {
  return { ...snapshot, lists: Object.fromEntries(states.map((state) => [state, snapshot.lists[state] ?? []])) };
}

/** Those that have jobs. */
export function statesOf({ lists }: Snapshot): readonly JobState[] {
  return JOB_STATES.filter((state) => (lists[state]?.length ?? 0) > 0);
}

/** Each job's state. */
export function statesIn({ lists }: Snapshot): ReadonlyMap<string, JobState> {
  return new Map(
    JOB_STATES.flatMap((state) => (lists[state] as readonly JobRecord[]).map(({ id }) => [id, state] as const)),
  );
}

function jobFacts(side: Side, record: JobRecord): object {
  const { createdAt, expiresAt, scheduledAt, startedAt, finishedAt, error, history, log, ...rest } = record;
  return {
    ...rest,
    created: side.at(createdAt),
    expires: side.at(expiresAt),
    scheduled: side.at(scheduledAt),
    started: side.at(startedAt),
    finished: side.at(finishedAt),
    error: error && failureFacts(side, error),
    history: history.map((failure) => failureFacts(side, failure)),
    log: log.map(({ at, attempt, message }) => ({ at: side.at(at), attempt, message })),
  };
}

function failureFacts(
  side: Side,
  { attempt, code, process, worker, startedAt, failedAt, delay }: FailedAttempt,
): object {
  return { attempt, code, process, worker, delay, started: side.at(startedAt), failed: side.at(failedAt) };
}

function scheduleFacts(side: Side, { next, lastRun, ...rest }: StoredSchedule): object {
  return { ...rest, next: next?.time, due: side.at(next?.due), lastRun: side.at(lastRun) };
}
