import type * as port from '../../../libs/jobs/src/application/ports/schedule-store.js';
import { cancelOne } from './reference-control.js';
import type { ReferenceJob } from './reference-job.js';
import { submitOne } from './reference-jobs.js';
import type { ReferenceQueue, ReferenceQueues } from './reference-queue.js';

type Changes = { readonly [K in keyof port.StoredSchedule]?: port.StoredSchedule[K] | undefined };

const RECENT = 20;

/** The schedules of the reference model. */
export class ReferenceScheduleStore implements Omit<port.ScheduleStore, 'places'> {
  constructor(private readonly queues: ReferenceQueues) {}

  async place(id: string): Promise<string | undefined> {
    return this.find(id)?.queue;
  }

  async read(queue: string, ids: readonly string[]): Promise<port.ScheduleReading> {
    const { now, schedules } = this.queues.of(queue);
    return { now, schedules: ids.flatMap((id) => schedules.get(id) ?? []) };
  }

  async put({ id, queue, definition, replaces, next, keepsWaiting, max }: port.PutSchedule): Promise<port.PutReceipt> {
    const present = this.find(id);
    if (present?.queue !== replaces?.queue || present?.revision !== replaces?.revision) {
      return { status: 'conflict' };
    }
    if (present === undefined && this.queues.all.reduce((sum, { schedules }) => sum + schedules.size, 0) >= max) {
      return { status: 'too-many' };
    }
    const before = { revision: 0, runCount: present?.runCount ?? 0, lastRun: present?.lastRun, recent: [] };
    const stays = present?.queue === queue;
    await this.remove(id);
    const waiting = stays && keepsWaiting ? present.waiting : undefined;
    const after = change({ ...before, ...(stays ? present : {}), id, queue }, { definition, next, waiting });
    this.queues.of(queue).schedules.set(id, after);
    return { status: 'put', revision: after.revision };
  }

  async remove(id: string): Promise<boolean> {
    return this.queues.all.map(({ schedules }) => schedules.delete(id)).includes(true);
  }

  async due(queue: string, limit: number): Promise<port.DueSchedules> {
    const held = this.queues.of(queue);
    const all = [...held.schedules.values()];
    const timed = all.filter(({ next }) => next !== undefined).toSorted((a, b) => dueOf(a) - dueOf(b));
    const later = timed.find((one) => dueOf(one) > held.now);
    const waiting = all.filter((one) => one.waiting !== undefined);
    const released = waiting.filter((one) => unfinished(held, one).length === 0);
    return {
      now: held.now,
      due: timed.filter((one) => dueOf(one) <= held.now).slice(0, limit),
      released: released.slice(0, limit),
      waiting: waiting.length - released.length,
      ...(later === undefined ? {} : { nextIn: dueOf(later) - held.now }),
    };
  }

  async fire({
    queue,
    id,
    cause,
    revision,
    next,
    overlap,
    maxRuns,
    job,
  }: port.FireSchedule): Promise<port.FireReceipt> {
    const held = this.queues.of(queue);
    const present = held.schedules.get(id);
    const isDue = cause === 'due';
    const byHand = cause === 'by-hand';
    if (present === undefined || (!byHand && present.revision !== revision) || (isDue && dueOf(present) > held.now)) {
      return { status: 'stale' };
    }
    const before = byHand ? [] : unfinished(held, present);
    if (cause === 'released' && (present.waiting === undefined || before.length > 0)) {
      return { status: 'stale' };
    }
    const keep = (changes: Changes): void =>
      void held.schedules.set(id, change(present, { ...(isDue ? { next } : {}), ...changes }));
    if (job === undefined) {
      keep({});
      return { status: 'passed' };
    }
    if (isDue && overlap === 'queue-one' && (before.length > 0 || present.waiting !== undefined)) {
      keep({ waiting: present.waiting ?? present.next?.time });
      return { status: present.waiting === undefined ? 'waits' : 'skipped' };
    }
    if (isDue && overlap === 'skip' && before.length > 0) {
      keep({});
      return { status: 'skipped' };
    }
    if (isDue && overlap === 'cancel-previous') {
      before.forEach((one) => cancelOne(held, one));
    }
    const receipt = submitOne(held, job);
    const released = cause === 'released' ? { waiting: undefined } : {};
    if (receipt.status === 'rejected') {
      return { status: 'full', maxDepth: receipt.maxDepth };
    }
    if (receipt.status === 'duplicate') {
      // By hand, nothing of it has changed.
      if (!byHand) {
        keep(released);
      }
      return receipt;
    }
    const recent = [job.id, ...present.recent.filter((one) => one !== job.id)].slice(0, RECENT);
    const runCount = present.runCount + 1;
    const ended = maxRuns > 0 && runCount >= maxRuns ? { next: undefined, waiting: undefined } : {};
    keep(byHand ? { recent } : { ...released, recent, runCount, lastRun: held.now, ...ended });
    return { status: 'fired', state: receipt.status === 'added' ? receipt.state : 'failed' };
  }

  private find(id: string): port.StoredSchedule | undefined {
    return this.queues.all.map(({ schedules }) => schedules.get(id)).find((one) => one !== undefined);
  }
}

/** Every change is a revision. */
function change(before: Changes & { readonly revision: number }, changes: Changes): port.StoredSchedule {
  const all = { ...before, ...changes, revision: before.revision + 1 };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as port.StoredSchedule;
}

function dueOf({ next }: port.StoredSchedule): number {
  return next?.due ?? Infinity;
}

/** Its last jobs that have not ended. */
function unfinished(held: ReferenceQueue, { recent }: port.StoredSchedule): readonly ReferenceJob[] {
  return recent.flatMap((id) => {
    const job = held.jobs.get(id);
    return job === undefined || ['completed', 'failed', 'cancelled'].includes(job.state) ? [] : [job];
  });
}
