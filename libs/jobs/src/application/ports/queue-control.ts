import type { QueueSettings } from '../../domain/queue-settings.js';

/** What can be done to a queue as a whole. */
export abstract class QueueControl {
  /** Replaces the queue's settings, for every process. */
  abstract configure(queue: string, settings: QueueSettings): Promise<void>;

  /** The settings in force: the defaults where none were ever given. */
  abstract settings(queue: string): Promise<QueueSettings>;

  /** Gives no jobs until resumed, to no process; what runs goes on, and submits are taken. */
  abstract pause(queue: string): Promise<void>;

  abstract resume(queue: string): Promise<void>;

  /** Forgets every job that waits (scheduled, pending, retrying), in bounded steps; answers how many. */
  abstract clear(queue: string): Promise<number>;
}
