import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { statsOf } from './job-stats.js';
import type { QueueCounts } from '../ports/job-inspector.js';

function counts(byState: Partial<Record<JobState, number>>, more: Partial<QueueCounts> = {}): QueueCounts {
  return {
    byState: Object.fromEntries(JOB_STATES.map((state) => [state, byState[state] ?? 0])) as Record<JobState, number>,
    pendingByPriority: new Map(),
    paused: false,
    processed: { completed: 0, failed: 0, cancelled: 0 },
    holders: 0,
    ...more,
  };
}

describe('statsOf', () => {
  it('is all zero without queues', () => {
    const stats = statsOf([]);
    expect(stats).toMatchObject({ total: 0, byPriority: {}, byQueue: {}, processed: { completed: 0 } });
    expect(Object.values(stats.byState)).toEqual(JOB_STATES.map(() => 0));
    expect(stats).not.toHaveProperty('lastProcessedAt');
  });

  it('adds queues up, names priorities, and takes the latest time', () => {
    const stats = statsOf([
      [
        'a',
        counts(
          { pending: 3, completed: 2 },
          {
            pendingByPriority: new Map([
              [200, 1],
              [7, 2],
            ]),
            processed: { completed: 2, failed: 1, cancelled: 0 },
            lastProcessedAt: 5,
          },
        ),
      ],
      [
        'b',
        counts(
          { pending: 1, failed: 4 },
          {
            pendingByPriority: new Map([[200, 1]]),
            paused: true,
            processed: { completed: 1, failed: 4, cancelled: 2 },
            lastProcessedAt: 9,
          },
        ),
      ],
    ]);
    expect(stats).toMatchObject({
      total: 10,
      byState: { pending: 4, completed: 2, failed: 4 },
      byPriority: { critical: 2, '7': 2 },
      byQueue: { a: { total: 5, paused: false }, b: { total: 5, paused: true } },
      processed: { completed: 3, failed: 5, cancelled: 2 },
      lastProcessedAt: new Date(9),
    });
  });
});
