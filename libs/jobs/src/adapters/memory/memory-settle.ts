import type { Settlement, SettleReceipt } from '../../application/ports/job-store.js';
import type { Failure } from '../../domain/failure.js';
import type { Outcome } from '../../domain/outcome.js';
import { addFailure, type MemoryJob } from './memory-job.js';
import type { MemoryQueue } from './memory-queue.js';

/** Ends the attempt of a job whose lease has been checked. */
export function settle(queue: MemoryQueue, job: MemoryJob, settlement: Settlement): SettleReceipt {
  const { outcome } = settlement;
  // An attempt that ended by itself clears the job of having killed its process.
  job.suspect = false;
  if (job.cancelRequested && isToComeBack(outcome)) {
    queue.finish(job, 'cancelled', 'cancelled');
    return 'cancelled';
  }
  switch (outcome.kind) {
    case 'completed':
      job.attempts++;
      queue.finish(job, 'completed', 'completed', outcome.result);
      break;
    case 'retry':
      addFailure(job, outcome.failure, { ...circumstances(queue, job, settlement), delay: outcome.delay });
      job.attempts++;
      queue.makeDueAt(job, 'retrying', 'retry', queue.now + outcome.delay);
      break;
    case 'failed':
      fail(queue, job, settlement, outcome.failure);
      break;
    case 'cancelled':
      queue.finish(job, 'cancelled', 'cancelled');
      break;
    case 'snoozed':
      queue.makeDueAt(job, 'scheduled', 'snoozed', queue.now + outcome.delay);
      break;
    case 'released':
      job.strays += outcome.reason === 'no-handler' ? 1 : 0;
      if (outcome.delay === undefined || outcome.delay === 0) {
        queue.makePending(job, 'released');
      } else {
        queue.makeDueAt(job, 'scheduled', 'released', queue.now + outcome.delay);
      }
      break;
  }
  return 'ok';
}

function isToComeBack({ kind }: Outcome): boolean {
  return kind === 'retry' || kind === 'snoozed' || kind === 'released';
}

function fail(queue: MemoryQueue, job: MemoryJob, settlement: Settlement, failure: Failure): void {
  addFailure(job, failure, circumstances(queue, job, settlement));
  job.attempts++;
  queue.finish(job, 'failed', 'failed');
}

function circumstances(queue: MemoryQueue, job: MemoryJob, { worker, startedAt = job.startedAt }: Settlement) {
  return {
    // Only a running job is settled, and a running job has a lease.
    process: job.lease!.holder,
    ...(worker === undefined ? {} : { worker }),
    ...(startedAt === undefined ? {} : { startedAt }),
    failedAt: queue.now,
  };
}
