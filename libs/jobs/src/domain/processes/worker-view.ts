/** What a worker does: not begun, takes jobs, takes none for now, ends what it runs, has ended. */
export type WorkerState = 'starting' | 'running' | 'paused' | 'stopping' | 'stopped';

/** A worker as it is shown. */
export interface WorkerView {
  /** Unique over all processes. */
  readonly id: string;
  /** The group's name and a number, such as `worker-1`; unique in the process. */
  readonly name: string;
  /** The group of `worker` options it belongs to. */
  readonly group: string;
  readonly state: WorkerState;
  /** Jobs it runs at once at most. */
  readonly concurrency: number;
  /** Slots in use: jobs whose handler has not returned. */
  readonly busy: number;
  /** The jobs in those slots; of a worker in another process, the first {@link PUBLISHED_JOBS}. */
  readonly currentJobs: readonly {
    readonly queue: string;
    readonly id: string;
    readonly type: string;
    readonly attempt: number;
  }[];
  /** Attempts ended: succeeded + failed. */
  readonly processed: number;
  /** Attempts that completed their job. */
  readonly succeeded: number;
  /** Failed attempts, retried or not. */
  readonly failed: number;
  /** succeeded / processed; 1 before the first. */
  readonly successRate: number;
  /** failed / processed; 0 before the first. */
  readonly failureRate: number;
  /** Slots held by handlers that outlived their timeout, cancel or lease. */
  readonly overdue: number;
  /** Epoch milliseconds at which its process last reached the store. */
  readonly lastHeartbeat?: number;
}

/** Current jobs of a worker that its process tells others of, at most. */
export const PUBLISHED_JOBS = 20;
