import {
  type DueSchedules,
  type FireReceipt,
  type FireSchedule,
  type PutReceipt,
  type PutSchedule,
  type ScheduleReading,
  ScheduleStore,
  type StoredSchedule,
} from '../../../application/ports/schedule-store.js';
import type { JobState } from '../../../domain/job-state.js';
import { RECENT_JOBS } from '../../../domain/schedules/schedule.js';
import { writeEnvelope } from '../stored/envelope.js';
import { type Keys, SYSTEM } from '../stored/keys.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { readSchedule } from '../stored/stored-schedule.js';
import { toStoredId } from '../stored/stored-id.js';

/** A schedule that finds no server is soon looked at again, by every process: what it asks is not sent again for long. */
const SHORT_PATIENCE = 5_000;

/** Schedules on Redis: in the slot of their queue, and each id in a directory of the system. */
export class RedisScheduleStore extends ScheduleStore {
  constructor(
    private readonly connection: RedisConnection,
    private readonly caller: ScriptCaller,
    private readonly keys: Keys,
  ) {
    super();
  }

  override async places(): Promise<ReadonlyMap<string, string>> {
    const places = await this.caller.persist('look up schedules', async () =>
      this.connection.client.hgetall(this.keys.schedulePlaces),
    );
    return new Map(Object.entries(places));
  }

  override async place(id: string): Promise<string | undefined> {
    const place = await this.caller.persist('look up a schedule', async () =>
      this.connection.client.hget(this.keys.schedulePlaces, id),
    );
    return place ?? undefined;
  }

  override async read(queue: string, ids: readonly string[]): Promise<ScheduleReading> {
    const [now, ...rest] = (await this.caller.readNow(queue, 'readSchedules', ids)) as readonly string[];
    const schedules: StoredSchedule[] = [];
    for (let at = 0; at + 2 < rest.length; at += 3) {
      schedules.push(...readSchedule(queue, rest.slice(at, at + 3)));
    }
    return { now: Number(now), schedules };
  }

  /** In steps, as queue and directory lie in two slots; a process that dies between them leaves nothing that fires twice. */
  override async put(request: PutSchedule): Promise<PutReceipt> {
    const { id, queue, replaces, definition, next, keepsWaiting, max } = request;
    const stays = replaces?.queue === queue;
    if (replaces !== undefined && !stays && !(await this.removeFrom(replaces.queue, id, replaces.revision))) {
      return { status: 'conflict' };
    }
    const enlisted = await this.enlist(id, queue, {
      from: replaces?.queue ?? '',
      isKnown: replaces !== undefined,
      max,
    });
    if (enlisted !== 'enlisted') {
      return { status: enlisted };
    }
    const answer = (await this.caller.change(queue, 'putSchedule', [
      id,
      stays ? replaces.revision : '',
      definition,
      next?.time ?? '',
      next?.due ?? '',
      keepsWaiting ? 'keep' : 'forget',
      replaces?.lastRun ?? '',
      replaces?.runCount ?? 0,
    ])) as string;
    const [status, revision] = answer.split(':');
    if (status !== 'put') {
      return { status: 'conflict' };
    }
    // Another process may have put it in another queue meanwhile: the directory says which of them counts.
    if (!stays && (await this.place(id)) !== queue) {
      await this.removeFrom(queue, id, '');
      return { status: 'conflict' };
    }
    return { status: 'put', revision: Number(revision) };
  }

  override async remove(id: string): Promise<boolean> {
    const queue = await this.place(id);
    if (queue === undefined) {
      return false;
    }
    const removed = await this.removeFrom(queue, id, '');
    await this.caller.change(SYSTEM, 'delist', [id, queue]);
    // Another process may have put it there anew between the two: noted nowhere, it would fire and nobody could change it.
    if ((await this.read(queue, [id])).schedules.length > 0) {
      await this.enlist(id, queue, { from: queue, isKnown: false, max: Number.MAX_SAFE_INTEGER });
    }
    return removed;
  }

  override async due(queue: string, limit: number): Promise<DueSchedules> {
    const reply = (await this.caller.readNow(queue, 'dueSchedules', [limit])) as readonly string[];
    const [now, nextIn = '', waiting, ...rest] = reply;
    const found: { readonly due: StoredSchedule[]; readonly released: StoredSchedule[] } = { due: [], released: [] };
    for (let at = 0; at + 3 < rest.length; at += 4) {
      found[rest[at] as 'due' | 'released'].push(...readSchedule(queue, rest.slice(at + 1, at + 4)));
    }
    return {
      now: Number(now),
      ...found,
      waiting: Number(waiting),
      ...(nextIn === '' ? {} : { nextIn: Number(nextIn) }),
    };
  }

  override async fire({ queue, id, cause, revision, next, overlap, maxRuns, job }: FireSchedule): Promise<FireReceipt> {
    const common = [id, cause, revision, next?.time ?? '', next?.due ?? '', overlap, maxRuns, RECENT_JOBS];
    const args = [...common, job?.priority ?? 0, ...(job ? [toStoredId(job.id), writeEnvelope(job)] : ['', ''])];
    const patience = cause === 'by-hand' ? this.caller.patience : Math.min(SHORT_PATIENCE, this.caller.patience);
    return readReceipt((await this.caller.change(queue, 'fireSchedule', args, patience)) as string);
  }

  /**
   * Notes the queue. One that is noted elsewhere and not there is what a process left that died between two steps; one that
   * is noted nowhere and was read has been removed since, and must not be noted again.
   */
  private async enlist(
    id: string,
    queue: string,
    { from, isKnown, max }: { readonly from: string; readonly isKnown: boolean; readonly max: number },
  ): Promise<'enlisted' | 'too-many' | 'conflict'> {
    const args = [id, queue, from, isKnown ? 'known' : '', max];
    const answer = (await this.caller.restate(SYSTEM, 'enlist', args)) as string;
    const [word, ...rest] = answer.split(':');
    switch (word) {
      case 'elsewhere': {
        const elsewhere = rest.join(':');
        const { schedules } = await this.read(elsewhere, [id]);
        return schedules.length > 0 ? 'conflict' : this.enlist(id, queue, { from: elsewhere, isKnown, max });
      }
      case 'gone':
        return 'conflict';
      default:
        return word as 'enlisted' | 'too-many';
    }
  }

  private async removeFrom(queue: string, id: string, revision: number | ''): Promise<boolean> {
    return (await this.caller.change(queue, 'removeSchedule', [id, revision])) === 'removed';
  }
}

function readReceipt(text: string): FireReceipt {
  const [status, detail = ''] = text.split(':');
  switch (status) {
    case 'fired':
    case 'duplicate':
      return { status, state: detail as JobState };
    case 'full':
      return { status, maxDepth: Number(detail) };
    default:
      return { status: status as 'passed' | 'skipped' | 'waits' | 'stale' };
  }
}
