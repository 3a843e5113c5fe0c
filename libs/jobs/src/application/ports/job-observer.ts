import type { ClaimedJob, Json } from '../../domain/job.js';
import type { Failure } from '../../domain/failure.js';

/** What happened to a job in this process; events of other processes come by `JobEvents.subscribe` only. */
export type JobEvent = JobEventBase &
  (
    | { readonly kind: 'submitted'; readonly state: 'pending' | 'scheduled' | 'blocked' }
    | { readonly kind: 'started' }
    | { readonly kind: 'progress'; readonly progress: Json }
    | { readonly kind: 'completed'; readonly duration: number; readonly result: unknown }
    | {
        readonly kind: 'retrying';
        readonly duration: number;
        readonly delay: number;
        readonly failure: Failure;
        readonly error: Error;
      }
    | { readonly kind: 'failed'; readonly duration: number; readonly failure: Failure; readonly error: Error }
    | { readonly kind: 'cancelled'; readonly duration: number }
    | { readonly kind: 'snoozed'; readonly duration: number; readonly delay: number }
    | {
        readonly kind: 'released';
        readonly reason: string;
        /** Milliseconds; absent is at once. */ readonly delay?: number;
      }
    | { readonly kind: 'lost-lease' }
    | {
        readonly kind: 'loop-blocked';
        /** Milliseconds for which the event loop of this process did not turn. */
        readonly duration: number;
        /** How many jobs it may have been; 1 where it was most likely this one. */
        readonly candidates: number;
      }
  );

/** The kinds of events; docs/guide/events.md says when each comes. */
export type JobEventKind = JobEvent['kind'];

const KINDS: Readonly<Record<JobEventKind, true>> = {
  submitted: true,
  started: true,
  progress: true,
  completed: true,
  retrying: true,
  failed: true,
  cancelled: true,
  snoozed: true,
  released: true,
  'lost-lease': true,
  'loop-blocked': true,
};

/** Every kind of event. */
export const JOB_EVENT_KINDS = Object.keys(KINDS) as readonly JobEventKind[];

/** The event of one kind. */
export type JobEventOf<K extends JobEventKind> = Extract<JobEvent, { readonly kind: K }>;

interface JobEventBase {
  readonly queue: string;
  readonly id: string;
  readonly type: string;
  readonly priority: number;
  /** Absent for `submitted`. */
  readonly attempt?: number;
  readonly worker?: string | undefined;
  /** As claimed; absent for `submitted`. */
  readonly job?: ClaimedJob;
}

/** Is told of every job event of this process. What it throws is logged and changes nothing; it must not block. */
export abstract class JobObserver {
  abstract observe(event: JobEvent): void;
}
