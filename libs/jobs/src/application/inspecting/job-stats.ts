import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { priorityLabel } from '../../domain/priority.js';
import type { QueueCounts } from '../ports/job-inspector.js';

/** Counts over all queues. */
export interface JobStats {
  /** Jobs that are in the store, finished ones included. */
  readonly total: number;
  /** Jobs in each state, over all queues. */
  readonly byState: Readonly<Record<JobState, number>>;
  /** Pending jobs by priority; named priorities by name. */
  readonly byPriority: Readonly<Record<string, number>>;
  /** Each known queue, by name. */
  readonly byQueue: Readonly<Record<string, QueueStats>>;
  /** Since the queues began. */
  readonly processed: { readonly completed: number; readonly failed: number; readonly cancelled: number };
  /** When an attempt last ended. */
  readonly lastProcessedAt?: Date;
}

/** Counts of one queue. */
export interface QueueStats {
  /** Its jobs that are in the store, finished ones included. */
  readonly total: number;
  /** Its jobs in each state. */
  readonly byState: Readonly<Record<JobState, number>>;
  /** Nothing of it is given out. */
  readonly paused: boolean;
}

/** Adds the counts of queues up. */
export function statsOf(queues: readonly (readonly [string, QueueCounts])[]): JobStats {
  const byState = Object.fromEntries(
    JOB_STATES.map((state) => [state, sum(queues.map(([, counts]) => counts.byState[state]))]),
  ) as Record<JobState, number>;
  const byPriority = new Map<string, number>();
  for (const [, { pendingByPriority }] of queues) {
    for (const [priority, count] of pendingByPriority) {
      byPriority.set(priorityLabel(priority), (byPriority.get(priorityLabel(priority)) ?? 0) + count);
    }
  }
  const last = Math.max(...queues.map(([, { lastProcessedAt }]) => lastProcessedAt ?? 0), 0);
  return {
    total: sum(Object.values(byState)),
    byState,
    byPriority: Object.fromEntries(byPriority),
    byQueue: Object.fromEntries(
      queues.map(([queue, counts]) => [
        queue,
        { total: sum(Object.values(counts.byState)), byState: counts.byState, paused: counts.paused },
      ]),
    ),
    processed: {
      completed: sum(queues.map(([, { processed }]) => processed.completed)),
      failed: sum(queues.map(([, { processed }]) => processed.failed)),
      cancelled: sum(queues.map(([, { processed }]) => processed.cancelled)),
    },
    ...(last === 0 ? {} : { lastProcessedAt: new Date(last) }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
