import type { Failure } from '../../domain/failure.js';
import type { Json } from '../../domain/job.js';

/**
 * What happens to jobs, told by every process to every other that listens: the newest some ten thousand events, numbered
 * without gaps. Wake-ups for those who read come through the Notifier, as `events`.
 */
export abstract class EventLog {
  /**
   * Adds events behind all others, in order, at the store's time; wakes those who listen.
   *
   * @throws StoreUnavailableError, StoreFullError when some or all of them were not added
   */
  abstract append(events: readonly ProcessEvent[]): Promise<void>;

  /** The events after a number, in order. What is kept no more is missing at the front: the numbers tell. */
  abstract read(after: number, limit: number): Promise<EventPage>;

  /**
   * Asks every process to make events of these queues, or of {@link ALL_QUEUES}, for so many milliseconds from now. Of
   * two calls for a queue the one that lasts longer counts. Answers the number of the newest event.
   */
  abstract listen(queues: readonly string[], milliseconds: number): Promise<number>;

  /** The queues of which events are asked for. */
  abstract listened(): Promise<readonly ListenedQueue[]>;
}

/** Stands for every queue; no queue has this name. */
export const ALL_QUEUES = '*';

/** Events that are kept at least; a store may keep some hundred more. */
export const KEPT_EVENTS = 10_000;

export interface ListenedQueue {
  /** A queue, or {@link ALL_QUEUES}. */
  readonly queue: string;
  /** For how long from now, in milliseconds. */
  readonly milliseconds: number;
}

export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The number of the newest event there is; 0 when there is none. Smaller than one that was read: the log began anew. */
  readonly newest: number;
}

export interface LoggedEvent {
  /** One more than that of the event before it; the first is 1. */
  readonly number: number;
  /** The store's time, epoch milliseconds. */
  readonly at: number;
  readonly event: ProcessEvent;
}

/** What a process tells of. */
export type ProcessEvent = JobHappening | DroppedEvents;

/** What happened to a job, as plain data. It carries neither payload nor result: those are read with the job. */
export type JobHappening = HappeningBase &
  (
    | { readonly kind: 'submitted'; readonly state: 'pending' | 'scheduled' | 'blocked' }
    | { readonly kind: 'started'; readonly state: 'running' }
    | {
        readonly kind: 'progress';
        readonly state: 'running';
        /** Absent where its JSON has more than 2,000 characters. */
        readonly progress?: Json;
      }
    | { readonly kind: 'completed'; readonly state: 'completed'; readonly duration: number }
    | {
        readonly kind: 'retrying';
        readonly state: 'retrying';
        readonly duration: number;
        /** Milliseconds until the next attempt. */
        readonly delay: number;
        readonly failure: ToldFailure;
      }
    | {
        readonly kind: 'failed';
        readonly state: 'failed';
        readonly duration: number;
        readonly failure: ToldFailure;
      }
    | { readonly kind: 'cancelled'; readonly state: 'cancelled'; readonly duration: number }
    | { readonly kind: 'snoozed'; readonly state: 'scheduled'; readonly duration: number; readonly delay: number }
    | { readonly kind: 'released'; readonly state: 'pending' | 'scheduled'; readonly reason: string }
    /** Who has the job now, and in what state, is not known to the process that lost it. */
    | { readonly kind: 'lost-lease'; readonly state?: undefined }
    | {
        readonly kind: 'loop-blocked';
        readonly state?: undefined;
        /** Milliseconds for which the event loop of its process did not turn. */
        readonly duration: number;
        /** How many jobs it may have been; 1 where it was most likely this one. */
        readonly candidates: number;
      }
  );

interface HappeningBase {
  readonly queue: string;
  readonly id: string;
  readonly type: string;
  readonly priority: number;
  /** The process that tells of it: one boot of one process. */
  readonly holder: string;
  /** Absent for `submitted`. */
  readonly attempt?: number;
  /** The worker's id; absent where the attempt had not begun. */
  readonly worker?: string;
}

/** A failure without its stack, its message cut at 500 characters. */
export type ToldFailure = Pick<Failure, 'code' | 'name' | 'message'>;

/** The process had more events than it may tell, or could not tell them: so many are missing. */
export interface DroppedEvents {
  readonly kind: 'dropped';
  readonly holder: string;
  readonly count: number;
}
