import { Injectable } from '@nestjs/common';
import { WorkerNotFoundError } from '../../domain/errors/operation-errors.js';
import type { ProcessRecord, WorkerOrder } from '../../domain/processes/process-record.js';
import type { WorkerView } from '../../domain/processes/worker-view.js';
import { Notifier } from '../ports/notifier.js';
import { ProcessDirectory } from '../ports/process-directory.js';

/** Heartbeats that a process may miss before it counts as silent. */
const MISSED = 4;

/** A process as the system knows it. */
export interface ProcessView extends ProcessRecord {
  /** Milliseconds since it was last heard of, by the store's clock. */
  readonly silentFor: number;
  /** It has missed four heartbeats: it is dead, or blocked, or cannot reach the store. */
  readonly silent: boolean;
}

/** A worker of any process. */
export interface WorkerOfProcess extends WorkerView {
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  /** Queues that the workers of its process work. */
  readonly queues: readonly string[];
  readonly silentFor: number;
  readonly silent: boolean;
}

/** The workers of all processes: to look at, and to pause, resume and stop from anywhere. */
@Injectable()
export class WorkerFleet {
  constructor(
    private readonly directory: ProcessDirectory,
    private readonly notifier: Notifier,
  ) {}

  /**
   * Every process that has published itself and has not ended orderly, those that fell silent in the last ten minutes
   * among them.
   *
   * @throws StoreUnavailableError
   */
  async processes(): Promise<readonly ProcessView[]> {
    return (await this.directory.list()).map((process) => ({
      ...process,
      silent: process.silentFor > MISSED * process.heartbeat,
    }));
  }

  /** The workers of those processes. @throws StoreUnavailableError */
  async workers(): Promise<readonly WorkerOfProcess[]> {
    return (await this.processes()).flatMap(({ holder, host, pid, queues, silentFor, silent, workers }) =>
      workers.map((worker) => ({ ...worker, holder, host, pid, queues, silentFor, silent })),
    );
  }

  /** The worker takes no new jobs until resumed. @throws WorkerNotFoundError, StoreUnavailableError */
  pause(workerId: string): Promise<void> {
    return this.order(workerId, 'pause');
  }

  /** The worker takes jobs again. @throws WorkerNotFoundError, StoreUnavailableError */
  resume(workerId: string): Promise<void> {
    return this.order(workerId, 'resume');
  }

  /** The worker ends what it runs and takes no jobs ever again. @throws WorkerNotFoundError, StoreUnavailableError */
  stop(workerId: string): Promise<void> {
    return this.order(workerId, 'stop');
  }

  /** Asks, and does not wait for it: the process obeys at once, or with its next heartbeat. */
  private async order(workerId: string, order: WorkerOrder): Promise<void> {
    const workers = await this.workers();
    const worker = workers.find(({ id }) => id === workerId);
    if (worker === undefined || !(await this.directory.order(worker.holder, workerId, order))) {
      throw new WorkerNotFoundError(workerId);
    }
    await this.notifier.tellChanged('orders');
  }
}
