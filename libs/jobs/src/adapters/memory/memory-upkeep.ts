import type { HeldJob, TickReply } from '../../application/ports/job-store.js';
import type { MemoryJob } from './memory-job.js';
import type { MemoryQueue } from './memory-queue.js';
import { crashed, expired, isExpired } from './store-failures.js';
import type { SortedIndex } from './sorted-index.js';

/** Entries one tick handles at most. */
export const UPKEEP_BOUND = 500;

/** How many entries a verb may still handle. */
export interface Budget {
  left: number;
}

/**
 * Compares what a holder believes to hold with what it holds: jobs it holds no more are lost, jobs it does not know of
 * (the reply to their claim never came) go back.
 */
export function compareHeld(
  queue: MemoryQueue,
  leases: ReadonlySet<MemoryJob>,
  held: readonly HeldJob[],
  leased: (id: string, token: number) => MemoryJob | undefined,
): Pick<TickReply, 'lost' | 'cancelled'> {
  const lost: { id: string; token: number }[] = [];
  const cancelled: string[] = [];
  const unknown = new Set(leases);
  for (const { id, token, cleared } of held) {
    const job = leased(id, token);
    if (job === undefined) {
      lost.push({ id, token });
      continue;
    }
    unknown.delete(job);
    if (cleared === true) {
      job.suspect = false;
    }
    if (job.cancelRequested) {
      cancelled.push(id);
    }
  }
  for (const job of unknown) {
    goBack(queue, job);
  }
  return { lost, cancelled };
}

/** A running job returns to its queue unharmed; one that was to be cancelled ends there. */
export function goBack(queue: MemoryQueue, job: MemoryJob): void {
  if (job.cancelRequested) {
    queue.finish(job, 'cancelled', 'cancelled');
  } else {
    queue.makePending(job, 'reclaimed');
  }
}

/** Takes back what holders hold whose lease has passed, the one that is dead longest first. */
export function reclaimDead(queue: MemoryQueue, budget: Budget): void {
  const dead = [...queue.holders].filter(([, { leaseEnds }]) => leaseEnds <= queue.now);
  for (const [name, holder] of dead.sort(([, a], [, b]) => a.leaseEnds - b.leaseEnds)) {
    for (const job of holder.jobs) {
      if (budget.left === 0) {
        return;
      }
      budget.left--;
      reclaim(queue, job, name);
    }
    queue.holders.delete(name);
  }
}

/**
 * The first death of its process makes a job suspect, and it is not blamed: it was one of many. A suspect runs without
 * other suspects, so every later death is its own, until it has as many as it may.
 */
function reclaim(queue: MemoryQueue, job: MemoryJob, holder: string): void {
  if (job.cancelRequested) {
    queue.finish(job, 'cancelled', 'cancelled');
    return;
  }
  if (job.suspect || job.maxCrashes === 0) {
    job.crashes++;
    if (job.crashes >= job.maxCrashes) {
      queue.fail(job, 'crashed', crashed(job), { process: holder, startedAt: job.startedAt });
      return;
    }
  }
  job.suspect = true;
  queue.makePending(job, 'reclaimed');
}

/** Scheduled and retrying jobs whose time has come become pending, by due time. */
export function makeDueReady(queue: MemoryQueue, budget: Budget): void {
  const { scheduled, retrying } = queue.byState;
  while (budget.left > 0 && (queue.nextDue ?? Infinity) <= queue.now) {
    budget.left--;
    // One of the two has an entry that is due.
    const { value: job } = earlier(scheduled, retrying)!;
    if (isExpired(queue, job)) {
      queue.fail(job, 'expired', expired(job));
    } else {
      queue.makePending(job, 'due');
    }
  }
}

function earlier(one: SortedIndex<MemoryJob>, other: SortedIndex<MemoryJob>) {
  const [a, b] = [one.first(), other.first()];
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return a.major < b.major || (a.major === b.major && a.minor < b.minor) ? a : b;
}

/** Drops finished jobs past their own retention, and those beyond the queue's by time and by count. */
export function trimFinished(queue: MemoryQueue, budget: Budget): void {
  const { retainAge, retainCount } = queue.settings;
  trim(queue, queue.droppedAt, budget, (droppedAt) => droppedAt <= queue.now);
  for (const index of Object.values(queue.kept)) {
    trim(queue, index, budget, (finishedAt) => index.size > retainCount || finishedAt + retainAge <= queue.now);
  }
}

function trim(
  queue: MemoryQueue,
  index: SortedIndex<MemoryJob>,
  budget: Budget,
  isPast: (time: number) => boolean,
): void {
  for (let first = index.first(); first !== undefined && isPast(first.major); first = index.first()) {
    if (budget.left === 0) {
      return;
    }
    budget.left--;
    queue.forget(first.value);
  }
}
