import type { Log } from '../application/ports/log.js';
import { priorityLabel } from '../domain/priority.js';
import { BoundedLabel, OTHER } from './bounded-label.js';
import type { LimitOptions } from './metrics-options.js';

/** The labels that what is counted of jobs carries. */
export const JOB_LABELS = ['type', 'queue', 'priority'] as const;

/** Their values. */
export type JobLabels = Readonly<Record<(typeof JOB_LABELS)[number], string>>;

/** Finds the labels of a job, which are bounded in number. */
export class JobLabelSource {
  private readonly types: BoundedLabel;
  private readonly queues: BoundedLabel;
  private readonly priorities: BoundedLabel<number>;

  constructor(limits: Required<LimitOptions>, log: Log) {
    this.types = new BoundedLabel('type', limits.types, log);
    this.queues = new BoundedLabel('queue', limits.queues, log);
    this.priorities = new BoundedLabel<number>('priority', limits.priorities, log, priorityLabel);
  }

  type(type: string): string {
    return this.types.of(type);
  }

  queue(queue: string): string {
    return this.queues.of(queue);
  }

  priority(priority: number): string {
    return this.priorities.of(priority);
  }
}

/** What is counted of each type, queue and priority: found by a job's own words. */
export class SeriesMap<T> {
  private readonly series = new Map<string, Map<string, Map<string, T>>>();
  private readonly list: T[] = [];
  private rest: T | undefined;

  constructor(
    private readonly labels: JobLabelSource,
    private readonly most: number,
    private readonly make: (labels: JobLabels) => T,
  ) {}

  of(type: string, queue: string, priority: number): T {
    const labels = {
      type: this.labels.type(type),
      queue: this.labels.queue(queue),
      priority: this.labels.priority(priority),
    };
    return this.series.get(labels.type)?.get(labels.queue)?.get(labels.priority) ?? this.add(labels);
  }

  all(): readonly T[] {
    return this.list;
  }

  private add(labels: JobLabels): T {
    if (this.list.length >= this.most) {
      // It may be there already, where each of the labels has run full by itself.
      this.rest ??=
        this.series.get(OTHER)?.get(OTHER)?.get(OTHER) ?? this.made({ type: OTHER, queue: OTHER, priority: OTHER });
      return this.rest;
    }
    const queues = entry(this.series, labels.type, () => new Map<string, Map<string, T>>());
    const priorities = entry(queues, labels.queue, () => new Map<string, T>());
    return entry(priorities, labels.priority, () => this.made(labels));
  }

  private made(labels: JobLabels): T {
    const series = this.make(labels);
    this.list.push(series);
    return series;
  }
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
