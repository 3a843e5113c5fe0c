import type { SubmitReceipt } from '../../application/ports/job-store.js';
import type { JobSpec } from '../../domain/job.js';
import { newJob } from './memory-job.js';
import type { MemoryQueue } from './memory-queue.js';
import { dropped } from './store-failures.js';

/** Adds one job, unless its id is taken, the queue is full, or it is one too many that is scheduled. */
export function submit(queue: MemoryQueue, spec: JobSpec): SubmitReceipt {
  const { maxScheduled = Infinity } = queue.settings;
  const isDelayed = dueAt(spec.due, queue.now) > queue.now;
  return isDelayed && queue.byState.scheduled.size >= maxScheduled && !queue.jobs.has(spec.id)
    ? { status: 'too-many-scheduled', maxScheduled }
    : add(queue, spec);
}

/** Adds one job, unless its id is taken or the queue is full. */
export function add(queue: MemoryQueue, spec: JobSpec): Exclude<SubmitReceipt, { status: 'too-many-scheduled' }> {
  const there = queue.jobs.get(spec.id);
  if (there !== undefined) {
    return { status: 'duplicate', state: there.state };
  }
  const { maxDepth = Infinity, onFull } = queue.settings;
  if (queue.depth >= maxDepth) {
    if (onFull === 'block') {
      return { status: 'rejected', maxDepth };
    }
    if (onFull === 'drop-newest' || !dropOldest(queue, maxDepth)) {
      const job = newJob(spec, queue.now);
      queue.insert(job);
      queue.fail(job, 'dropped', dropped(maxDepth));
      return { status: 'dropped', maxDepth };
    }
  }
  const job = newJob(spec, queue.now);
  queue.insert(job, dueAt(spec.due, queue.now));
  return { status: 'added', state: job.state };
}

export function dueAt(due: JobSpec['due'], now: number): number {
  if (due === undefined) {
    return now;
  }
  return 'at' in due ? due.at : now + due.delay;
}

/** Drops the oldest job of the lowest level. Suspects are spared: what a death brought back is never refused. */
function dropOldest(queue: MemoryQueue, maxDepth: number): boolean {
  const lowest = queue.byState.pending.last();
  const oldest = lowest && queue.byState.pending.firstFrom({ major: lowest.major, minor: -Infinity })?.value;
  if (oldest === undefined || oldest.suspect) {
    return false;
  }
  queue.fail(oldest, 'dropped', dropped(maxDepth));
  return true;
}
