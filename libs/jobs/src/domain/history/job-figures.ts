import { addSparse, type Histogram, newHistogram, sparse } from './duration-histogram.js';

/** What is counted, in the order it is kept: a new one goes to the end. */
export const COUNTED = [
  'submitted',
  'started',
  'completed',
  'retried',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'lostLeases',
] as const;

/** Something that is counted. */
export type Counted = (typeof COUNTED)[number];

/** Where each count lies. */
export const COUNTED_AT = Object.fromEntries(COUNTED.map((name, at) => [name, at])) as Readonly<
  Record<Counted, number>
>;

/** Stands for the queue and the type of series beyond the most that a minute keeps. No queue or type has this name. */
export const OTHER = '(other)';

/** The figures of one job type in one queue as they travel and are kept. */
export interface SeriesFigures {
  readonly queue: string;
  readonly type: string;
  /** By the order of {@link COUNTED}. */
  readonly counts: readonly number[];
  /** Sparse histogram: bucket, count, bucket, count … */
  readonly wait: readonly number[];
  readonly duration: readonly number[];
}

/** Counts of what happened to jobs, and how long they waited and ran; to be added to. */
export class JobFigures {
  readonly counts = new Float64Array(COUNTED.length);
  readonly wait: Histogram = newHistogram();
  readonly duration: Histogram = newHistogram();

  get isEmpty(): boolean {
    return this.counts.every((count) => count === 0);
  }

  of(name: Counted): number {
    return this.counts[COUNTED_AT[name]] ?? 0;
  }

  count(at: number): void {
    this.counts[at] = (this.counts[at] as number) + 1;
  }

  add({ counts, wait, duration }: Pick<SeriesFigures, 'counts' | 'wait' | 'duration'>): void {
    for (let at = 0; at < this.counts.length; at++) {
      this.counts[at] = (this.counts[at] as number) + (counts[at] ?? 0);
    }
    addSparse(this.wait, wait);
    addSparse(this.duration, duration);
  }

  /** What there is, and begins again at nothing. */
  take(queue: string, type: string): SeriesFigures {
    const taken = {
      queue,
      type,
      counts: [...this.counts],
      wait: sparse(this.wait),
      duration: sparse(this.duration),
    };
    this.counts.fill(0);
    this.wait.fill(0);
    this.duration.fill(0);
    return taken;
  }
}
