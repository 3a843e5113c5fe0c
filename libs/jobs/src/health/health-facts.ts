import { REMEMBERED } from '../application/ports/process-directory.js';
import type { WorkerView } from '../domain/processes/worker-view.js';

/** The store, when it has answered. */
export interface StoreFacts {
  /** `memory`, or where the server is, with secrets masked. */
  readonly description: string;
  /** Of a call and its answer, in milliseconds. */
  readonly roundTrip: number;
}

/** One queue, over all processes. */
export interface QueueFacts {
  readonly name: string;
  /** Nothing of it is given out. */
  readonly paused: boolean;
  /** Jobs ready to run. */
  readonly pending: number;
  /** Those by priority; named priorities by name. */
  readonly pendingByPriority: Readonly<Record<string, number>>;
  /** Milliseconds that the job which has been pending longest has waited; absent when none is pending. */
  readonly oldestWaiting?: number;
  /**
   * Milliseconds that the first scheduled or retrying job is past its time. Only told of queues that no worker works: what makes
   * such a job pending is a worker's process.
   */
  readonly pastDue?: number;
  readonly scheduled: number;
  readonly running: number;
  readonly retrying: number;
  /** Failed jobs that lie there until someone decides. */
  readonly deadLetters: number;
}

/** One process and its workers. */
export interface ProcessFacts {
  /** One boot of one process. */
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  /** Queues that its workers work. */
  readonly queues: readonly string[];
  /** Milliseconds since it was last heard of; absent of this process while the store is away. */
  readonly silentFor?: number;
  /** It has missed its heartbeats: it is dead, or blocked, or cannot reach the store. */
  readonly silent: boolean;
  readonly workers: readonly WorkerView[];
}

/** Workers of living processes that take jobs and are able to: their slots are not all held by handlers that should have ended. */
export function ableWorkers(processes: readonly ProcessFacts[], queue: string): number {
  return processes
    .filter((process) => !process.silent && process.queues.includes(queue))
    .flatMap(({ workers }) => workers)
    .filter(({ state, overdue, concurrency }) => state === 'running' && overdue < concurrency).length;
}

/**
 * Milliseconds since a process that works the queue was last heard of, 0 while one lives; where none is known any more, as
 * long as they are remembered.
 */
export function unattendedFor(processes: readonly ProcessFacts[], queue: string): number {
  return processes
    .filter(({ queues }) => queues.includes(queue))
    .reduce((least, { silent, silentFor = 0 }) => Math.min(least, silent ? silentFor : 0), REMEMBERED);
}
