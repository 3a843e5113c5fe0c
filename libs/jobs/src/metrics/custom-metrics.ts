import type { Counter, Histogram } from 'prom-client';
import type { JobEvents } from '../application/job-events.js';
import { JOB_EVENT_KINDS, type JobEventKind, type JobEventOf } from '../application/ports/job-observer.js';
import { InvalidOptionError } from '../domain/errors/errors.js';
import { parseWord } from '../domain/options/word.js';
import { buckets } from './bucket-bounds.js';
import type { MetricSet } from './metric-set.js';

/** A metric of your own, fed by the events of one job type in this process. */
export type CustomJobMetric = { [K in JobEventKind]: CustomMetricOf<K> }[JobEventKind];

/** The same for one kind of event. */
export interface CustomMetricOf<K extends JobEventKind> {
  /** Without the prefix, such as `orders_exported_total`. */
  readonly name: string;
  readonly help: string;
  /** The job type. */
  readonly type: string;
  /** The event it is fed by, such as `completed`. */
  readonly on: K;
  /** What it is. Default: `counter`. */
  readonly as?: 'counter' | 'histogram';
  /** What a counter grows by and a histogram observes; `undefined` is left out. Default: 1. */
  readonly value?: (event: JobEventOf<K>) => number | undefined;
  /** Names of its labels. Default: none. */
  readonly labelNames?: readonly string[];
  /** Their values; keep them few: each combination is a series. */
  readonly labels?: (event: JobEventOf<K>) => Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets, ascending. Default: those of the module's own. */
  readonly buckets?: readonly number[];
}

/**
 * Makes the metrics and feeds them; the answer ends it. What a metric's functions throw is logged, as of any listener.
 *
 * @throws InvalidOptionError, UsageError where a name is taken
 */
export function feedCustomMetrics(
  metrics: readonly CustomJobMetric[],
  set: MetricSet,
  events: JobEvents,
): readonly (() => void)[] {
  return metrics.map((metric, at) => feed(metric as CustomMetricOf<JobEventKind>, `custom.${at}`, set, events));
}

function feed(metric: CustomMetricOf<JobEventKind>, path: string, set: MetricSet, events: JobEvents): () => void {
  const { name, help, type, on, as = 'counter', value = () => 1, labelNames = [], labels = () => ({}) } = metric;
  for (const [key, text] of Object.entries({ name, help, type })) {
    if (typeof text !== 'string' || text === '') {
      throw new InvalidOptionError(`${path}.${key}`, text, 'a text');
    }
  }
  parseWord(JOB_EVENT_KINDS, on, `${path}.on`);
  if (as !== 'counter' && as !== 'histogram') {
    throw new InvalidOptionError(`${path}.as`, as, 'counter or histogram');
  }
  const described = { name, help, labelNames };
  const add: (labels: Readonly<Record<string, string>>, number: number) => void =
    as === 'counter'
      ? counting(set.counter(described), labelNames)
      : observing(set.histogram(described, buckets(metric.buckets, `${path}.buckets`)));
  return events.on(on, (event) => {
    if (event.type === type) {
      const number = value(event);
      if (number !== undefined) {
        add(labels(event), number);
      }
    }
  });
}

function counting(counter: Counter, labelNames: readonly string[]) {
  if (labelNames.length === 0) {
    counter.inc(0);
  }
  return (labels: Readonly<Record<string, string>>, number: number): void => counter.inc(labels, number);
}

function observing(histogram: Histogram) {
  return (labels: Readonly<Record<string, string>>, number: number): void => histogram.observe(labels, number);
}
