import { type Histogram, quantile, sumOf } from '../../domain/history/duration-histogram.js';
import { COUNTED, type Counted, type JobFigures } from '../../domain/history/job-figures.js';

/** Quantiles of durations in milliseconds, each within 13 %; below a millisecond they are 0.5. Absent when there were none. */
export interface Quantiles {
  /** Durations there were. */
  readonly count: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** Figures of jobs over a span of time. */
export interface JobSummary {
  /**
   * What happened how often: jobs submitted; attempts started; jobs completed; attempts that failed and are retried; jobs
   * given up, which are dead letters now; running jobs cancelled; jobs snoozed and released; leases lost.
   */
  readonly counts: Readonly<Record<Counted, number>>;
  /** Attempts that ended in a result or an error: completed + retried + failed. */
  readonly attempts: number;
  /** completed / attempts; 1 before the first. */
  readonly successRate: number;
  /** (retried + failed) / attempts; 0 before the first. */
  readonly failureRate: number;
  /** Jobs completed a minute. */
  readonly throughput: number;
  /** From a job's submission to the start of its first attempt; a delay that it was submitted with counts. */
  readonly wait: Quantiles;
  /** Of attempts, completed or failed. */
  readonly duration: Quantiles;
}

/** @param minutes that the figures are of */
export function summaryOf(figures: JobFigures, minutes: number): JobSummary {
  const completed = figures.of('completed');
  const failed = figures.of('retried') + figures.of('failed');
  const attempts = completed + failed;
  return {
    counts: Object.fromEntries(COUNTED.map((name) => [name, figures.of(name)])) as Record<Counted, number>,
    attempts,
    successRate: attempts === 0 ? 1 : completed / attempts,
    failureRate: attempts === 0 ? 0 : failed / attempts,
    throughput: minutes === 0 ? 0 : completed / minutes,
    wait: quantilesOf(figures.wait),
    duration: quantilesOf(figures.duration),
  };
}

function quantilesOf(histogram: Histogram): Quantiles {
  const at = (share: number): number => Number((quantile(histogram, share) ?? 0).toPrecision(3));
  const count = sumOf(histogram);
  return count === 0 ? { count } : { count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
