import { JobsError, show } from './errors.js';

/** No process that is known has the worker. */
export class WorkerNotFoundError extends JobsError {
  readonly code = 'worker-not-found';

  constructor(readonly worker: string) {
    super(`No worker ${show(worker)} in any process that is known; its process may have ended`);
  }
}

/** No process has ever published a queue of this name. */
export class QueueNotFoundError extends JobsError {
  readonly code = 'queue-not-found';

  constructor(readonly queue: string) {
    super(`No queue ${show(queue)}: no process works it, and nothing was ever submitted to it`);
  }
}
