import type { Failure } from '../../domain/failure.js';
import { formatDuration } from '../../domain/duration.js';
import type { MemoryJob } from './memory-job.js';
import type { MemoryQueue } from './memory-queue.js';

/** True once the job's time to begin has passed. */
export function isExpired(queue: MemoryQueue, job: MemoryJob): boolean {
  return job.expiresAt !== undefined && job.expiresAt <= queue.now;
}

/** Given up by the store: nobody began it in time. */
export function expired(job: MemoryJob): Failure {
  const allowed = (job.expiresAt ?? job.createdAt) - job.createdAt;
  return {
    code: 'expired',
    name: 'JobExpired',
    message: `Not begun within ${formatDuration(allowed)} of its submission`,
  };
}

/** Given up by the store: its queue was full. */
export function dropped(maxDepth: number): Failure {
  return {
    code: 'dropped',
    name: 'JobDropped',
    message: `Dropped because its queue held its maximum of ${maxDepth} jobs`,
  };
}

/** Given up by the store: its process died, more often than the job allows. */
export function crashed(job: MemoryJob): Failure {
  return {
    code: 'crashed',
    name: 'JobCrashed',
    message:
      job.maxCrashes === 0
        ? 'The process that ran it died, or was blocked beyond its lease, and it must not run twice'
        : `The process that ran it died, or was blocked beyond its lease, ${job.crashes} times with this job under suspicion`,
  };
}
