import type { Counter, Histogram } from 'prom-client';
import type { HandlerRegistry } from '../application/handlers/handler-registry.js';
import type { JobEvents } from '../application/job-events.js';
import type { Clock } from '../application/ports/clock.js';
import type { JobTypeEntry } from '../application/ports/job-directory.js';
import type { JobEvent, JobEventOf } from '../application/ports/job-observer.js';
import type { Log } from '../application/ports/log.js';
import type { Lanes } from '../application/working/lanes.js';
import type { MetricSet } from './metric-set.js';
import type { MetricsSettings } from './metrics-options.js';
import { JOB_LABELS, type JobLabels, JobLabelSource, SeriesMap } from './series-map.js';

/** How an attempt can end: the word of its event is the `status` of `jobs_processed_total`. */
const STATUSES = ['completed', 'retrying', 'failed', 'cancelled', 'snoozed', 'released', 'lost-lease'] as const;
type Status = (typeof STATUSES)[number];

/** Counts what this process submits and works: every number here is of this process alone, and grows until it ends. */
export class JobCounters {
  private readonly submits: SeriesMap<Counter.Internal>;
  private readonly work: SeriesMap<WorkSeries>;
  private readonly stops: (() => void)[] = [];

  constructor(
    set: MetricSet,
    { buckets, limits }: MetricsSettings,
    private readonly lanes: Lanes,
    private readonly clock: Clock,
    log: Log,
  ) {
    const labels = new JobLabelSource(limits, log);
    const enqueued = set.counter({
      name: 'jobs_enqueued_total',
      help: 'Jobs that this process submitted and the store added.',
      labelNames: JOB_LABELS,
    });
    const metrics = workMetrics(set, buckets);
    this.submits = new SeriesMap(labels, limits.series, (values) => startedAtZero(enqueued, values));
    this.work = new SeriesMap(labels, limits.series, (values) => new WorkSeries(metrics, values));
  }

  /** Counts from now on, and begins the series of the types that have a handler here. */
  start(events: JobEvents, handlers: HandlerRegistry): void {
    for (const handler of handlers.all()) {
      this.expectWork(handler);
    }
    this.stops.push(
      handlers.onAdded((handler) => this.expectWork(handler)),
      events.on('submitted', ({ type, queue, priority }) => this.submits.of(type, queue, priority).inc()),
      events.on('started', (event) => this.seriesOf(event).begin(this.waited(event))),
      events.on('completed', (event) => this.seriesOf(event).complete(event.duration)),
      events.on('retrying', (event) => this.seriesOf(event).retry(event.duration)),
      events.on('failed', (event) => this.seriesOf(event).giveUp(event.duration, hasBegun(event))),
      events.on('cancelled', (event) => this.endOther(event, event.duration)),
      events.on('snoozed', (event) => this.endOther(event, event.duration)),
      events.on('released', (event) => this.endOther(event)),
      events.on('lost-lease', (event) => this.endOther(event)),
    );
  }

  /** Counts no more. */
  stop(): void {
    for (const stop of this.stops.splice(0)) {
      stop();
    }
  }

  /** Begins the series of a type that this process may submit. */
  expectSubmits({ type, queue, priority }: Pick<JobTypeEntry, 'type' | 'queue' | 'priority'>): void {
    this.submits.of(type, queue, priority);
  }

  private expectWork(handler: Pick<JobTypeEntry, 'type' | 'queue' | 'priority'>): void {
    this.expectSubmits(handler);
    this.work.of(handler.type, handler.queue, handler.priority);
  }

  private seriesOf({ type, queue, priority }: JobEvent): WorkSeries {
    return this.work.of(type, queue, priority);
  }

  /** Milliseconds, by the store's clock: that of this process may be wrong. */
  private waited({ queue, job }: JobEventOf<'started'>): number {
    return job === undefined ? 0 : this.lanes.lane(queue).storeTimeAt(this.clock.monotonic()) - job.pendingSince;
  }

  private endOther(event: JobEventOf<'cancelled' | 'snoozed' | 'released' | 'lost-lease'>, duration?: number): void {
    if (hasBegun(event)) {
      this.seriesOf(event).end(event.kind, duration);
    }
  }
}

/** A job that goes back, or ends, before it has begun here is no attempt. */
function hasBegun({ worker }: JobEvent): boolean {
  return worker !== undefined;
}

type WorkMetrics = ReturnType<typeof workMetrics>;

function workMetrics(set: MetricSet, buckets: MetricsSettings['buckets']) {
  const counter = (name: string, help: string): Counter => set.counter({ name, help, labelNames: JOB_LABELS });
  const histogram = (name: string, help: string, bounds: readonly number[]): Histogram =>
    set.histogram({ name, help, labelNames: JOB_LABELS }, bounds);
  return {
    dequeued: counter('jobs_dequeued_total', 'Attempts that began in this process.'),
    completed: counter('jobs_completed_total', 'Jobs that this process completed.'),
    failed: counter('jobs_failed_total', 'Attempts that failed in this process, whether or not another one comes.'),
    retries: counter('jobs_retries_total', 'Failed attempts of this process after which another one comes.'),
    deadLettered: counter('jobs_dead_lettered_total', 'Jobs that this process gave up: they are dead letters.'),
    processed: set.counter({
      name: 'jobs_processed_total',
      help: 'Attempts that ended in this process, by how.',
      labelNames: [...JOB_LABELS, 'status'],
    }),
    duration: histogram(
      'jobs_duration_seconds',
      'How long attempts took whose handler ended, whatever it came to.',
      buckets.duration,
    ),
    wait: histogram(
      'jobs_wait_seconds',
      'How long jobs were pending before an attempt began: since they were submitted, due, or given back.',
      buckets.wait,
    ),
  };
}

/** The series of one type, queue and priority, all begun at 0. */
class WorkSeries {
  private readonly dequeued: Counter.Internal;
  private readonly completed: Counter.Internal;
  private readonly failed: Counter.Internal;
  private readonly retries: Counter.Internal;
  private readonly deadLettered: Counter.Internal;
  private readonly processed: Readonly<Record<Status, Counter.Internal>>;
  private readonly duration: Histogram.Internal<string>;
  private readonly wait: Histogram.Internal<string>;

  constructor(metrics: WorkMetrics, labels: JobLabels) {
    this.dequeued = startedAtZero(metrics.dequeued, labels);
    this.completed = startedAtZero(metrics.completed, labels);
    this.failed = startedAtZero(metrics.failed, labels);
    this.retries = startedAtZero(metrics.retries, labels);
    this.deadLettered = startedAtZero(metrics.deadLettered, labels);
    this.processed = Object.fromEntries(
      STATUSES.map((status) => [status, startedAtZero(metrics.processed, { ...labels, status })]),
    ) as Record<Status, Counter.Internal>;
    metrics.duration.zero(labels);
    metrics.wait.zero(labels);
    this.duration = metrics.duration.labels(labels);
    this.wait = metrics.wait.labels(labels);
  }

  begin(waited: number): void {
    this.dequeued.inc();
    // The store's time is known here to within a round trip.
    this.wait.observe(Math.max(waited, 0) / 1_000);
  }

  complete(duration: number): void {
    this.completed.inc();
    this.end('completed', duration);
  }

  retry(duration: number): void {
    this.failed.inc();
    this.retries.inc();
    this.end('retrying', duration);
  }

  giveUp(duration: number, hasBegun: boolean): void {
    this.deadLettered.inc();
    if (hasBegun) {
      this.failed.inc();
      this.end('failed', duration);
    }
  }

  end(status: Status, duration?: number): void {
    this.processed[status].inc();
    if (duration !== undefined) {
      this.duration.observe(duration / 1_000);
    }
  }
}

function startedAtZero(counter: Counter, labels: Readonly<Record<string, string>>): Counter.Internal {
  counter.inc(labels, 0);
  return counter.labels(labels);
}
