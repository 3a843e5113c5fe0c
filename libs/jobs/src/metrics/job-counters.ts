import type { Histogram } from 'prom-client';
import type { HandlerRegistry } from '../application/handlers/handler-registry.js';
import type { JobEvents } from '../application/job-events.js';
import type { Clock } from '../application/ports/clock.js';
import type { JobTypeEntry } from '../application/ports/job-directory.js';
import type { JobEvent, JobEventOf } from '../application/ports/job-observer.js';
import type { Log } from '../application/ports/log.js';
import type { Lanes } from '../application/working/lanes.js';
import type { MetricSet, Sample } from './metric-set.js';
import type { MetricsSettings } from './metrics-options.js';
import { JOB_LABELS, type JobLabels, JobLabelSource, SeriesMap } from './series-map.js';

/** How an attempt can end: the word of its event is the `status` of `jobs_processed_total`. */
const STATUSES = ['completed', 'retrying', 'failed', 'cancelled', 'snoozed', 'released', 'lost-lease'] as const;
type Status = (typeof STATUSES)[number];

/** Counts what this process submits and works: every number here is of this process alone, and grows until it ends. */
export class JobCounters {
  private readonly submits: SeriesMap<SubmitSeries>;
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
    const duration = set.histogram(
      {
        name: 'jobs_duration_seconds',
        help: 'How long attempts took whose handler ended, whatever it came to.',
        labelNames: JOB_LABELS,
      },
      buckets.duration,
    );
    const wait = set.histogram(
      {
        name: 'jobs_wait_seconds',
        help: 'How long jobs were pending before an attempt began: since they were submitted, due, or given back.',
        labelNames: JOB_LABELS,
      },
      buckets.wait,
    );
    this.submits = new SeriesMap(labels, limits.series, (values) => new SubmitSeries(values));
    this.work = new SeriesMap(labels, limits.series, (values) => new WorkSeries(values, duration, wait));
    this.register(set);
  }

  /** Counts from now on, and begins the series of the types that have a handler here. */
  start(events: JobEvents, handlers: HandlerRegistry): void {
    for (const handler of handlers.all()) {
      this.expectWork(handler);
    }
    this.stops.push(
      handlers.onAdded((handler) => this.expectWork(handler)),
      events.on('submitted', ({ type, queue, priority }) => this.submits.of(type, queue, priority).count()),
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

  private register(set: MetricSet): void {
    const counter = (name: string, help: string, read: () => readonly Sample[], more: readonly string[] = []): void =>
      set.readCounter({ name, help, labelNames: [...JOB_LABELS, ...more] }, async () => read());
    const work = (value: (series: WorkSeries) => number) => () =>
      this.work.all().map((series) => ({ labels: series.labels, value: value(series) }));
    counter('jobs_enqueued_total', 'Jobs that this process submitted and the store added.', () =>
      this.submits.all().map(({ labels, enqueued }) => ({ labels, value: enqueued })),
    );
    counter(
      'jobs_dequeued_total',
      'Attempts that began in this process.',
      work(({ dequeued }) => dequeued),
    );
    counter(
      'jobs_completed_total',
      'Jobs that this process completed.',
      work(({ completed }) => completed),
    );
    counter(
      'jobs_failed_total',
      'Attempts that failed in this process, whether or not another one comes.',
      work(({ failed }) => failed),
    );
    counter(
      'jobs_retries_total',
      'Failed attempts of this process after which another one comes.',
      work(({ retries }) => retries),
    );
    counter(
      'jobs_dead_lettered_total',
      'Jobs that this process gave up: they are dead letters.',
      work(({ deadLettered }) => deadLettered),
    );
    counter(
      'jobs_processed_total',
      'Attempts that ended in this process, by how.',
      () => this.work.all().flatMap((series) => series.statuses()),
      ['status'],
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

/** What is submitted of one type, queue and priority. */
class SubmitSeries {
  enqueued = 0;

  constructor(readonly labels: JobLabels) {}

  count(): void {
    this.enqueued++;
  }
}

/**
 * What is worked of one type, queue and priority. Its counts are plain numbers that are read when somebody asks:
 * finding a series of prom-client for each would cost a job several times as much.
 */
class WorkSeries {
  dequeued = 0;
  completed = 0;
  failed = 0;
  retries = 0;
  deadLettered = 0;
  readonly processed = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  private readonly duration: Histogram.Internal<string>;
  private readonly wait: Histogram.Internal<string>;

  constructor(
    readonly labels: JobLabels,
    duration: Histogram,
    wait: Histogram,
  ) {
    duration.zero(labels);
    wait.zero(labels);
    this.duration = duration.labels(labels);
    this.wait = wait.labels(labels);
  }

  begin(waited: number): void {
    this.dequeued++;
    // The store's time is known here to within a round trip.
    this.wait.observe(Math.max(waited, 0) / 1_000);
  }

  complete(duration: number): void {
    this.completed++;
    this.end('completed', duration);
  }

  retry(duration: number): void {
    this.failed++;
    this.retries++;
    this.end('retrying', duration);
  }

  giveUp(duration: number, hasBegun: boolean): void {
    this.deadLettered++;
    if (hasBegun) {
      this.failed++;
      this.end('failed', duration);
    }
  }

  end(status: Status, duration?: number): void {
    this.processed[status]++;
    if (duration !== undefined) {
      this.duration.observe(duration / 1_000);
    }
  }

  /** Its counts by how attempts ended. */
  statuses(): readonly Sample[] {
    return STATUSES.map((status) => ({ labels: { ...this.labels, status }, value: this.processed[status] }));
  }
}
