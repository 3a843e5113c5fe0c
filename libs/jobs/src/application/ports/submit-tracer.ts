import type { JobSpec, TraceHeaders } from '../../domain/job.js';

/** Follows jobs from where they are submitted: says what travels with them, and is told how the submit went. */
export abstract class SubmitTracer {
  /** A submit of one job begins. */
  abstract beginOne(queue: string, spec: JobSpec): TracedSubmit;

  /** A submit of so many jobs begins; their queues are known when it ends. */
  abstract beginMany(count: number): TracedSubmit;
}

/** A submit under way. */
export interface TracedSubmit {
  /** Travels with each of the jobs; no larger than what a job's metadata may be. */
  readonly headers: TraceHeaders;
  /** It is over; exactly once. */
  ended(end: SubmitEnd): void;
}

/** How a submit went: what the store said to one job, where many went to, or what it failed with. */
export type SubmitEnd =
  | { readonly kind: 'one'; readonly status: string }
  | { readonly kind: 'many'; readonly queues: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly error: unknown };
