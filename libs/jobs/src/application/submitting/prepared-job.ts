import type { JobSpec } from '../../domain/job.js';

/** A job that is ready to be taken to the store. */
export interface PreparedJob {
  readonly queue: string;
  readonly spec: JobSpec;
}
