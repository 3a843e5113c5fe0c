import {
  type Claim,
  type ClaimRequest,
  JobStore,
  type ReportRequest,
  type ReportReceipt,
  type SettleReceipt,
  type SettleRequest,
  type SubmitReceipt,
  type SubmitRequest,
  type TickReply,
  type TickRequest,
} from '../../application/ports/job-store.js';
import { MAX_LOG_LINES } from '../../domain/job.js';
import { type MemoryJob, toClaimed } from './memory-job.js';
import type { MemoryData } from './memory-data.js';
import type { MemoryQueue } from './memory-queue.js';
import { settle } from './memory-settle.js';
import { submit } from './memory-submit.js';
import {
  compareHeld,
  goBack,
  makeDueReady,
  reclaimDead,
  trimFinished,
  UPKEEP_BOUND,
  type Budget,
} from './memory-upkeep.js';
import { expired, isExpired } from './store-failures.js';

// Taken now, so that a test's fake timers do not hold it up.
const nextTurn = setImmediate;

/** The write side of the memory store: each verb runs whole, in one turn of the event loop. */
export class MemoryJobStore extends JobStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  override async submit({ queue, specs }: SubmitRequest): Promise<readonly SubmitReceipt[]> {
    return this.data.act(queue, (held) => specs.map((spec) => submit(held, spec)));
  }

  override async claim(request: ClaimRequest): Promise<Claim> {
    // As over a network, a turn of the event loop passes: a drain of short jobs leaves room for timers and I/O.
    await new Promise<void>((resolve) => {
      nextTurn(resolve);
    });
    return this.data.act(request.queue, (queue) => {
      queue.heartbeat(request.holder, request.lease);
      makeDueReady(queue, { left: Infinity });
      const { token, jobs } = take(queue, request);
      const more = queue.room > 0 && queue.firstOrdinary !== undefined;
      const wasGivenNone = request.suspects && !jobs.some(({ suspect }) => suspect);
      const moreSuspects = !wasGivenNone && queue.room > 0 && queue.byState.pending.first()?.value.suspect === true;
      // Whoever leaves work behind wakes the next sleeper.
      queue.news.ready ||= more;
      return { token, jobs: jobs.map(toClaimed), more, moreSuspects, ...dueIn(queue), now: queue.now };
    });
  }

  override async settle({ queue, holder, settlements }: SettleRequest): Promise<readonly SettleReceipt[]> {
    return this.data.act(queue, (held) =>
      settlements.map((settlement) => {
        const job = leased(held, settlement.id, holder, settlement.token);
        if (job === undefined) {
          return 'lost-lease';
        }
        const receipt = settle(held, job, settlement);
        held.lastProcessedAt = held.now;
        return receipt;
      }),
    );
  }

  override async report({ queue, holder, reports }: ReportRequest): Promise<readonly ReportReceipt[]> {
    return this.data.act(queue, (held) =>
      reports.map(({ id, token, attempt, progress, log, late = false }) => {
        const job = late ? held.jobs.get(id) : leased(held, id, holder, token);
        if (job === undefined) {
          return 'lost-lease';
        }
        if (progress !== undefined && !late) {
          job.progress = JSON.stringify(progress);
        }
        job.log.push(...(log ?? []).slice(-MAX_LOG_LINES).map((message) => ({ at: held.now, attempt, message })));
        job.log.splice(0, job.log.length - MAX_LOG_LINES);
        return 'ok';
      }),
    );
  }

  override async tick({ queue, holder, lease, held, reclaimsUntil = Infinity }: TickRequest): Promise<TickReply> {
    return this.data.act(queue, (jobs) => {
      const budget: Budget = { left: UPKEEP_BOUND };
      const own = jobs.heartbeat(holder, lease);
      const { lost, cancelled } = compareHeld(jobs, own.jobs, held, (id, token) => leased(jobs, id, holder, token));
      if (jobs.now <= reclaimsUntil) {
        reclaimDead(jobs, budget);
      }
      makeDueReady(jobs, budget);
      trimFinished(jobs, budget);
      const ready = jobs.room > 0 && jobs.byState.pending.size > 0;
      const lapses = [...jobs.holders.values()].map(({ leaseEnds }) => leaseEnds - jobs.now).filter((left) => left > 0);
      const lapsesIn = Math.min(...lapses);
      return { lost, cancelled, more: budget.left === 0, ...dueIn(jobs), lapsesIn, ready, now: jobs.now };
    });
  }

  override async retire({ queue, holder }: { readonly queue: string; readonly holder: string }): Promise<void> {
    this.data.act(queue, (held) => {
      for (const job of held.holders.get(holder)?.jobs ?? []) {
        goBack(held, job);
      }
      held.holders.delete(holder);
    });
  }
}

/**
 * Leases the first jobs to run, at most one of them a suspect. Those met on the way that are past their time are
 * given up. The token is 0 when there are none.
 */
function take(
  queue: MemoryQueue,
  request: ClaimRequest,
): { readonly token: number; readonly jobs: readonly MemoryJob[] } {
  const limit = Math.min(request.limit, queue.room);
  const jobs: MemoryJob[] = [];
  let mayTakeSuspect = request.suspects;
  let token = 0;
  while (jobs.length < limit) {
    const first = queue.byState.pending.first()?.value;
    const job = first?.suspect === true && !mayTakeSuspect ? queue.firstOrdinary : first;
    if (job === undefined) {
      break;
    }
    if (isExpired(queue, job)) {
      queue.fail(job, 'expired', expired(job));
      continue;
    }
    mayTakeSuspect &&= !job.suspect;
    token ||= queue.nextToken();
    queue.lease(job, { holder: request.holder, token });
    jobs.push(job);
  }
  return { token, jobs };
}

function leased(queue: MemoryQueue, id: string, holder: string, token: number): MemoryJob | undefined {
  const job = queue.jobs.get(id);
  return job?.lease?.holder === holder && job.lease.token === token ? job : undefined;
}

function dueIn(queue: MemoryQueue): { readonly dueIn?: number } {
  const due = queue.nextDue;
  return due === undefined ? {} : { dueIn: Math.max(0, due - queue.now) };
}
