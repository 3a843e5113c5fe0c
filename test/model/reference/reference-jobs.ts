import type * as port from '../../../libs/jobs/src/application/ports/job-store.js';
import type { ClaimedJob, JobSpec } from '../../../libs/jobs/src/domain/job.js';
import { claimedJob, type ReferenceJob, referenceJob } from './reference-job.js';
import type { ReferenceQueue, ReferenceQueues } from './reference-queue.js';

/** What processes ask of the reference model. */
export class ReferenceJobStore implements port.JobStore {
  constructor(private readonly queues: ReferenceQueues) {}

  async submit({ queue, specs }: port.SubmitRequest): Promise<readonly port.SubmitReceipt[]> {
    const held = this.queues.of(queue);
    return specs.map((spec) => {
      const { maxScheduled = Infinity } = held.settings;
      const isOneTooMany = dueAtOf(spec.due, held.now) > held.now && held.inState('scheduled').length >= maxScheduled;
      return isOneTooMany && !held.jobs.has(spec.id)
        ? { status: 'too-many-scheduled', maxScheduled }
        : submitOne(held, spec);
    });
  }

  async claim({ queue, holder, limit, lease, suspects }: port.ClaimRequest): Promise<port.Claim> {
    const held = this.queues.of(queue);
    held.holders.set(holder, held.now + lease);
    held.makeDueReady();
    const taken: ClaimedJob[] = [];
    const most = Math.min(limit, held.room);
    for (const job of held.inState('pending')) {
      const isRefused = job.suspect && (!suspects || taken.some((other) => other.suspect));
      if (taken.length === most || isRefused) {
        continue;
      }
      if (held.isExpired(job)) {
        held.giveUp(job, 'expired');
        continue;
      }
      taken.push(claimedJob(job, job.since));
      held.tokens += taken.length === 1 ? 1 : 0;
      held.move(job, 'running', { lease: { holder, token: held.tokens }, startedAt: held.now });
    }
    return {
      token: taken.length === 0 ? 0 : held.tokens,
      jobs: taken,
      more: held.room > 0 && held.inState('pending').some(({ suspect }) => !suspect),
      moreSuspects:
        held.room > 0 &&
        held.inState('pending').some(({ suspect }) => suspect) &&
        (!suspects || taken.some(({ suspect }) => suspect)),
      ...held.dueIn,
      now: held.now,
    };
  }

  async settle({ queue, holder, settlements }: port.SettleRequest): Promise<readonly port.SettleReceipt[]> {
    const held = this.queues.of(queue);
    return settlements.map((settlement) => {
      const job = held.leased(settlement.id, holder, settlement.token);
      if (job === undefined) {
        return 'lost-lease';
      }
      held.lastProcessedAt = held.now;
      job.suspect = false;
      return end(held, job, holder, settlement);
    });
  }

  async report({ queue, holder, reports }: port.ReportRequest): Promise<readonly port.ReportReceipt[]> {
    const held = this.queues.of(queue);
    return reports.map(({ id, token, attempt, progress, log = [], late = false }) => {
      const job = late ? held.jobs.get(id) : held.leased(id, holder, token);
      if (job === undefined) {
        return 'lost-lease';
      }
      job.progress = progress ?? job.progress;
      job.log.push(...log.map((message) => ({ at: held.now, attempt, message })));
      return 'ok';
    });
  }

  async tick({ queue, holder, lease, held: believed }: port.TickRequest): Promise<port.TickReply> {
    const held = this.queues.of(queue);
    held.holders.set(holder, held.now + lease);
    const isHeld = ({ id, token }: { readonly id: string; readonly token: number }): boolean =>
      held.leased(id, holder, token) !== undefined;
    const lost = believed.filter((one) => !isHeld(one)).map(({ id, token }) => ({ id, token }));
    const known = believed.filter(isHeld);
    for (const { id, cleared = false } of known) {
      const job = held.jobs.get(id);
      if (job !== undefined && cleared) {
        job.suspect = false;
      }
    }
    const cancelled = known.map(({ id }) => id).filter((id) => held.jobs.get(id)?.cancelRequested);
    for (const job of held.heldBy(holder)) {
      if (!known.some(({ id }) => id === job.spec.id)) {
        held.goBack(job);
      }
    }
    held.reclaimDead();
    held.makeDueReady();
    held.trim();
    const ready = held.room > 0 && held.inState('pending').length > 0;
    const lapsesIn = Math.min(...[...held.holders.values()].filter((end) => end > held.now)) - held.now;
    return { lost, cancelled, more: false, ...held.dueIn, lapsesIn, ready, now: held.now };
  }

  async retire({ queue, holder }: { readonly queue: string; readonly holder: string }): Promise<void> {
    const held = this.queues.of(queue);
    for (const job of held.heldBy(holder)) {
      held.goBack(job);
    }
    held.holders.delete(holder);
  }
}

/** Adds a job, as far as the queue has room. */
export function submitOne(
  held: ReferenceQueue,
  spec: JobSpec,
): Exclude<port.SubmitReceipt, { readonly status: 'too-many-scheduled' }> {
  const there = held.jobs.get(spec.id);
  if (there !== undefined) {
    return { status: 'duplicate', state: there.state };
  }
  const { maxDepth = Infinity, onFull } = held.settings;
  const job = referenceJob(spec, held.now);
  if (held.depth >= maxDepth) {
    const ordinary = held.inState('pending').filter(({ suspect }) => !suspect);
    const lowest = Math.min(...ordinary.map(({ priority }) => priority));
    const oldest = ordinary.find(({ priority }) => priority === lowest);
    if (onFull === 'block') {
      return { status: 'rejected', maxDepth };
    }
    if (onFull === 'drop-newest' || oldest === undefined) {
      held.jobs.set(spec.id, job);
      held.giveUp(job, 'dropped');
      return { status: 'dropped', maxDepth };
    }
    held.giveUp(oldest, 'dropped');
  }
  held.jobs.set(spec.id, job);
  const dueAt = dueAtOf(spec.due, held.now);
  held.move(job, dueAt > held.now ? 'scheduled' : 'pending', dueAt > held.now ? { dueAt } : {});
  return { status: 'added', state: job.state };
}

export function dueAtOf(due: JobSpec['due'], now: number): number {
  return due === undefined ? now : 'at' in due ? due.at : now + due.delay;
}

/** Ends an attempt. One whose cancel was asked for does not come back. */
function end(
  held: ReferenceQueue,
  job: ReferenceJob,
  process: string,
  settlement: port.Settlement,
): port.SettleReceipt {
  const { outcome, worker = '', startedAt = job.startedAt ?? 0 } = settlement;
  if (job.cancelRequested && ['retry', 'snoozed', 'released'].includes(outcome.kind)) {
    held.finish(job, 'cancelled');
    return 'cancelled';
  }
  switch (outcome.kind) {
    case 'completed':
      job.attempts++;
      held.finish(job, 'completed', outcome.result);
      break;
    case 'retry':
      held.noteFailure(job, outcome.failure.code, { process, worker, startedAt, delay: outcome.delay });
      job.attempts++;
      held.move(job, 'retrying', { dueAt: held.now + outcome.delay });
      break;
    case 'failed':
      held.noteFailure(job, outcome.failure.code, { process, worker, startedAt });
      job.attempts++;
      held.finish(job, 'failed');
      break;
    case 'cancelled':
      held.finish(job, 'cancelled');
      break;
    case 'snoozed':
      held.move(job, 'scheduled', { dueAt: held.now + outcome.delay });
      break;
    case 'released':
      job.strays += outcome.reason === 'no-handler' ? 1 : 0;
      if (outcome.delay) {
        held.move(job, 'scheduled', { dueAt: held.now + outcome.delay });
      } else {
        held.move(job, 'pending');
      }
      break;
  }
  return 'ok';
}
