import { ENGINE_NAMES, type EngineName } from '../engines/engine.js';
import type { Parameters } from '../tasks/task.js';

/** One line of the table: what is measured, of whom, and with how many jobs. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly task: string;
  readonly engines: readonly EngineName[];
  readonly parameters: Parameters;
  /** The figure that the row is about, its unit, and whether more of it is better. */
  readonly figure: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** Runs that count; 5 unless told. */
  readonly runs?: number;
  /** Fewer jobs for engines that would take too long; the figure is a rate. */
  readonly jobsFor?: Readonly<Partial<Record<EngineName, number>>>;
  /** Behind a proxy that delays each reply by so many milliseconds. */
  readonly roundTrip?: number;
  /** In `--quick` too, with so many jobs. */
  readonly quick?: Parameters;
}

export const ALL = ENGINE_NAMES;
export const OURS_AND_BULL = ['nestjs-jobs', 'bullmq'] as const;
export const OURS = ['nestjs-jobs'] as const;

/** Jobs of a row in a quick run. */
export const QUICK = 2_000;

/** Slow engines get fewer jobs, so that a run takes seconds. */
export function sizes(ours: number, others: number, groupmq = others): Pick<Row, 'jobsFor'> {
  return { jobsFor: { 'nestjs-jobs': ours, bullmq: others, 'bee-queue': others, groupmq } };
}
