import type { Log } from '../application/ports/log.js';
import type { QueueCounts } from '../application/ports/job-inspector.js';
import type { WorkerPool } from '../application/working/worker-pool.js';
import { JOB_STATES } from '../domain/job-state.js';
import { PRIORITIES, priorityLabel } from '../domain/priority.js';
import type { WorkerView } from '../domain/processes/worker-view.js';
import { BoundedLabel } from './bounded-label.js';
import type { MetricSet, Sample } from './metric-set.js';
import type { StoreReading, SystemFacts } from './store-reading.js';

/**
 * Shows the whole system, as the store knows it: every process exports the same numbers, so whoever adds processes up
 * takes their maximum. Without an answer from the store only `jobs_store_up` is left.
 */
export class SystemGauges {
  private readonly priorities: BoundedLabel<number>;
  /** Priorities that a queue has had: they go back to 0, and not away. */
  private readonly seen = new Map<string, Set<string>>();

  constructor(
    private readonly reading: StoreReading,
    private readonly pool: WorkerPool,
    private readonly holder: string,
    mostPriorities: number,
    log: Log,
  ) {
    this.priorities = new BoundedLabel<number>('priority', mostPriorities, log, priorityLabel);
  }

  register(set: MetricSet): void {
    const ofQueues =
      (samples: (queue: string, counts: QueueCounts) => readonly Sample[]) =>
      ({ queues }: SystemFacts): readonly Sample[] =>
        queues.flatMap(([queue, counts]) => samples(queue, counts));
    const ofWorkers =
      (samples: (active: readonly WorkerView[]) => readonly Sample[]) =>
      (facts: SystemFacts): readonly Sample[] =>
        samples(this.activeWorkers(facts));
    const read = (samples: (facts: SystemFacts) => readonly Sample[]) => async (): Promise<readonly Sample[]> => {
      const facts = await this.reading.latest();
      return facts === undefined ? [] : samples(facts);
    };
    const gauge = (
      name: string,
      help: string,
      labelNames: readonly string[] | undefined,
      samples: (facts: SystemFacts) => readonly Sample[],
    ): void => set.readGauge({ name, help, ...(labelNames === undefined ? {} : { labelNames }) }, read(samples));

    gauge(
      'jobs_queue_size',
      'Jobs of the whole system by queue and state; pending ones by priority too.',
      ['queue', 'priority', 'state'],
      ofQueues((queue, counts) => this.sizes(queue, counts)),
    );
    gauge(
      'jobs_dead_letters',
      'Jobs that were given up, for whatever reason, and lie in the store.',
      ['queue'],
      ofQueues((queue, { byState }) => [{ labels: { queue }, value: byState.failed }]),
    );
    gauge(
      'jobs_oldest_pending_seconds',
      'For how long the job at the head of the queue that has waited longest is pending; 0 when none is.',
      ['queue'],
      ofQueues((queue, { oldestPendingFor = 0 }) => [{ labels: { queue }, value: oldestPendingFor / 1_000 }]),
    );
    gauge(
      'jobs_queue_paused',
      '1 while nothing of the queue is given out.',
      ['queue'],
      ofQueues((queue, { paused }) => [{ labels: { queue }, value: paused ? 1 : 0 }]),
    );
    set.readCounter(
      {
        name: 'jobs_queue_finished_total',
        help: 'Jobs of the whole system that ended, by the store, since the queue began.',
        labelNames: ['queue', 'state'],
      },
      read(
        ofQueues((queue, { processed }) =>
          Object.entries(processed).map(([state, value]) => ({ labels: { queue, state }, value })),
        ),
      ),
    );
    gauge(
      'jobs_active_workers',
      'Workers of the whole system that take jobs.',
      undefined,
      ofWorkers((active) => [{ value: active.length }]),
    );
    gauge(
      'jobs_workers_busy',
      'Active workers that run a job.',
      undefined,
      ofWorkers((active) => [{ value: active.filter(({ busy }) => busy > 0).length }]),
    );
    gauge(
      'jobs_workers_idle',
      'Active workers that run none.',
      undefined,
      ofWorkers((active) => [{ value: active.filter(({ busy }) => busy === 0).length }]),
    );
    gauge(
      'jobs_worker_slots',
      'Jobs that the active workers can run at once, by whether they do.',
      ['state'],
      ofWorkers(slots),
    );
    set.readGauge(
      { name: 'jobs_store_up', help: '1 when the store answered the latest reading of this process in time.' },
      async () => [{ value: (await this.reading.latest()) === undefined ? 0 : 1 }],
    );
  }

  private sizes(queue: string, { byState, pendingByPriority }: QueueCounts): readonly Sample[] {
    const seen = this.seen.get(queue) ?? new Set(Object.values(PRIORITIES).map((each) => this.priorities.of(each)));
    this.seen.set(queue, seen);
    const pending = new Map<string, number>();
    for (const [priority, count] of pendingByPriority) {
      const label = this.priorities.of(priority);
      pending.set(label, (pending.get(label) ?? 0) + count);
      seen.add(label);
    }
    return [
      ...[...seen].map((priority) => ({
        labels: { queue, priority, state: 'pending' },
        value: pending.get(priority) ?? 0,
      })),
      ...JOB_STATES.filter((state) => state !== 'pending').map((state) => ({
        labels: { queue, priority: '', state },
        value: byState[state],
      })),
    ];
  }

  /** Those of this process as they are now, those of others as published; dead ones and those that take nothing are left out. */
  private activeWorkers({ workers }: SystemFacts): readonly WorkerView[] {
    const others = workers.filter(({ holder, silent }) => holder !== this.holder && !silent);
    return [...this.pool.workers(), ...others].filter(({ state }) => state === 'running');
  }
}

function slots(active: readonly WorkerView[]): readonly Sample[] {
  const busy = active.reduce((sum, worker) => sum + Math.min(worker.busy, worker.concurrency), 0);
  const all = active.reduce((sum, { concurrency }) => sum + concurrency, 0);
  return [
    { labels: { state: 'busy' }, value: busy },
    { labels: { state: 'free' }, value: all - busy },
  ];
}
