import type { ClaimedJob } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';

/**
 * Wake-ups between processes: an optimisation on top of the tick, never what correctness rests on. Any of them may be
 * lost, or come twice.
 */
export abstract class Notifier {
  /**
   * Sleeps until one of the queues may have work, or until the time is up, or the signal aborts. One sleeper is woken
   * for new work, and whoever claims and leaves work behind wakes the next. One sleep at a time a process.
   */
  abstract sleep(
    queues: readonly string[],
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<'woken' | 'timeout' | 'aborted'>;

  /** Calls back when a running job of the queues is to be cancelled. */
  abstract onCancel(queues: readonly string[], listener: (queue: string, id: string) => void): Promise<Unsubscribe>;

  /**
   * Calls back with jobs that the store has leased to the holder as they came, since a claim of its said that it stands
   * by. A store that hands nothing over never calls. What is told and not heard goes back, like any lease that the
   * holder's ticks do not name.
   */
  abstract onHandedOver(
    queues: readonly string[],
    holder: string,
    listener: (queue: string, handed: HandedOver) => void,
  ): Promise<Unsubscribe>;

  /**
   * Calls back when any job of the queue finishes, until unsubscribed. While nobody listens, a queue's jobs finish
   * without saying so and without cost.
   */
  abstract onFinished(queue: string, listener: (finished: FinishedJob) => void): Promise<Unsubscribe>;

  /** Tells every process, this one too, that something of the system has changed. */
  abstract tellChanged(subject: ChangedSubject): Promise<void>;

  /** Calls back when it is told so. What it is about is read from the store. */
  abstract onChanged(subject: ChangedSubject, listener: () => void): Promise<Unsubscribe>;
}

/** What changes for the system as a whole. */
export type ChangedSubject = 'orders' | 'schedules' | 'configuration' | 'events' | 'alerts';

export type Unsubscribe = () => Promise<void>;

/** Jobs that the store has leased to a holder without being asked. */
export interface HandedOver {
  readonly token: number;
  readonly jobs: readonly ClaimedJob[];
  /** The store's time at which it did, epoch milliseconds. */
  readonly now: number;
}

/** The longest result that travels with a notice, in bytes of JSON; stores may count characters. */
export const MAX_TOLD_RESULT = 65_536;

export interface FinishedJob {
  readonly id: string;
  readonly state: Extract<JobState, 'completed' | 'failed' | 'cancelled'>;
  /** JSON text of a completed job's result, if it has one. */
  readonly result?: string;
  /** It has a result that is longer than {@link MAX_TOLD_RESULT}: only the record tells it, if one is kept. */
  readonly resultOmitted?: boolean;
}
