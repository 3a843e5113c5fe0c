import type { ProcessRecord, WorkerOrder } from '../../domain/processes/process-record.js';
import type { ListenedQueue } from './event-log.js';

/**
 * The processes of the system, as each publishes itself, and what is asked of their workers.
 *
 * A process that is gone without a word stays in the list for {@link REMEMBERED} after it was last heard of.
 */
export abstract class ProcessDirectory {
  /**
   * Replaces what is known of the process, and counts as its heartbeat. Answers what the process should know of the
   * system, so that nothing else has to ask for it.
   *
   * @param obeyed the number of the last order that the process has obeyed: it and those before it are forgotten
   */
  abstract publish(process: ProcessRecord, obeyed: number): Promise<SystemNews>;

  /** Every process that is known, by holder. */
  abstract list(): Promise<readonly PublishedProcess[]>;

  /** The process ends: it is known no more. */
  abstract retire(holder: string): Promise<void>;

  /** Asks something of a worker; answers whether its process is known. It is told with its next heartbeat. */
  abstract order(holder: string, worker: string, order: WorkerOrder): Promise<boolean>;
}

/** How long a process that is not heard of any more is remembered, in milliseconds. */
export const REMEMBERED = 600_000;

export interface PublishedProcess extends ProcessRecord {
  /** Milliseconds since it was last heard of, by the store's clock. */
  readonly silentFor: number;
}

/** What a process learns with each of its heartbeats. */
export interface SystemNews {
  /** Orders that the process has not obeyed yet, oldest first. */
  readonly orders: readonly NumberedOrder[];
  /** The version of the configuration. */
  readonly configuration: number;
  /** Queues of which somebody asks for events. */
  readonly listened: readonly ListenedQueue[];
  /** The number of the newest event. */
  readonly newestEvent: number;
}

export interface NumberedOrder {
  /** Grows with each order to the process. */
  readonly number: number;
  /** The worker's id. */
  readonly worker: string;
  readonly order: WorkerOrder;
}
