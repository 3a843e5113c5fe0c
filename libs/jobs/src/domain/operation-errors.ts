import { JobsError, show } from './errors.js';

/** No process that is known has the worker. */
export class WorkerNotFoundError extends JobsError {
  readonly code = 'worker-not-found';

  constructor(readonly worker: string) {
    super(`No worker ${show(worker)} in any process that is known; its process may have ended`);
  }
}
