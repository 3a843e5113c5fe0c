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
  /** Runs that count; 5 unless told, and a row may have fewer of an engine that takes long. */
  readonly runs?: number;
  readonly runsOf?: Readonly<Partial<Record<EngineName, number>>>;
  /** What our own figure is held against, run by run: the same task with other parameters. */
  readonly against?: { readonly title: string; readonly parameters: Parameters };
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

/** Jobs of a row in a quick run, and fewer of an engine that would take too long. */
export const QUICK = 1_000;
export const QUICK_OF: Readonly<Partial<Record<EngineName, number>>> = { groupmq: 200 };

/** Slow engines get fewer jobs, so that a run takes seconds. */
export function sizes(ours: number, others: number, groupmq = others): Pick<Row, 'jobsFor'> {
  return { jobsFor: { 'nestjs-jobs': ours, bullmq: others, 'bee-queue': others, groupmq } };
}
