import type { WorkerView } from './worker-view.js';

/** What a process publishes of itself, for every other to see. */
export interface ProcessRecord {
  /** One boot of one process. */
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  /** By the process's own clock, epoch milliseconds. */
  readonly startedAt: number;
  /** Milliseconds between two heartbeats. */
  readonly heartbeat: number;
  /** Queues that its workers work. */
  readonly queues: readonly string[];
  readonly workers: readonly WorkerView[];
  /** Ids of the schedules that its code declares. */
  readonly schedules: readonly string[];
}

/** What another process asks of a worker. */
export type WorkerOrder = 'pause' | 'resume' | 'stop';
