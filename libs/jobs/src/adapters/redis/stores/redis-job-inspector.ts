import {
  JobInspector,
  type JobPage,
  type ListQuery,
  type QueueCounts,
  SCAN_LIMIT,
} from '../../../application/ports/job-inspector.js';
import { InvalidOptionError } from '../../../domain/errors/errors.js';
import type { JobRecord } from '../../../domain/job.js';
import { JOB_STATES, type JobState } from '../../../domain/job-state.js';
import { inBatches } from '../scripts/batches.js';
import { type StoredJob, toJobRecord } from '../stored/job-record.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { toStoredId } from '../stored/stored-id.js';

/** Jobs that are read at one moment: with their payloads, a script's worth. */
const READ_AT_ONCE = 100;
const PARTS = 5;

/** Reads Redis. */
export class RedisJobInspector extends JobInspector {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override async get(queue: string, ids: readonly string[]): Promise<readonly (JobRecord | undefined)[]> {
    const records: (JobRecord | undefined)[] = [];
    for (const batch of inBatches(ids)) {
      for (let from = 0; from < batch.length; from += READ_AT_ONCE) {
        records.push(...(await this.read(queue, batch.slice(from, from + READ_AT_ONCE).map(toStoredId))));
      }
    }
    return records;
  }

  /** A page ends at its limit or after {@link SCAN_LIMIT} entries; the cursor is the place of the last one looked at. */
  override async list(query: ListQuery): Promise<JobPage> {
    const jobs: JobRecord[] = [];
    let cursor = query.cursor === undefined ? '' : checkCursor(query.cursor);
    let skip = query.cursor === undefined ? (query.offset ?? 0) : 0;
    let scanned = 0;
    const filtered = isFiltered(query);
    while (jobs.length < query.limit && scanned < SCAN_LIMIT) {
      const wanted = filtered ? READ_AT_ONCE : Math.min(READ_AT_ONCE, query.limit - jobs.length);
      const most = Math.min(wanted, SCAN_LIMIT - scanned);
      const entries = await this.entries(query, cursor, skip, most);
      skip = 0;
      const records = await this.read(
        query.queue,
        entries.map(({ storedId }) => storedId),
      );
      for (const [index, entry] of entries.entries()) {
        if (jobs.length === query.limit) {
          return { jobs, scanned, cursor };
        }
        scanned++;
        cursor = entry.place;
        const record = records[index];
        if (record !== undefined && isAskedFor(record, query)) {
          jobs.push(record);
        }
      }
      if (entries.length < most) {
        return { jobs, scanned };
      }
    }
    const more = (await this.entries(query, cursor, skip, 1)).length > 0;
    return { jobs, scanned, ...(more ? { cursor } : {}) };
  }

  override async counts(queue: string): Promise<QueueCounts> {
    const [facts, depths] = (await this.caller.readNow(queue, 'counts', [])) as readonly [
      readonly string[],
      readonly string[],
    ];
    const fact = new Map(pairs(facts));
    const number = (name: string): number => Number(fact.get(name) ?? 0);
    const time = (name: string): number | undefined => (fact.get(name) ? number(name) : undefined);
    const [lastProcessedAt, oldestPendingAt] = [time('last-processed-at'), time('oldest-pending-at')];
    const oldestPendingFor = time('oldest-pending-for');
    return {
      byState: Object.fromEntries(JOB_STATES.map((state) => [state, number(state)])) as Record<JobState, number>,
      pendingByPriority: new Map(pairs(depths).map(([priority, depth]) => [Number(priority), Number(depth)])),
      paused: fact.get('paused') === '1',
      processed: {
        completed: number('ever-completed'),
        failed: number('ever-failed'),
        cancelled: number('ever-cancelled'),
      },
      ...(lastProcessedAt === undefined ? {} : { lastProcessedAt }),
      ...(oldestPendingAt === undefined ? {} : { oldestPendingAt }),
      ...(oldestPendingFor === undefined ? {} : { oldestPendingFor }),
      holders: number('holders'),
    };
  }

  private async read(queue: string, storedIds: readonly string[]): Promise<readonly (JobRecord | undefined)[]> {
    if (storedIds.length === 0) {
      return [];
    }
    const reply = (await this.caller.read(queue, 'read', storedIds)) as readonly (string | readonly string[])[];
    return storedIds.map((storedId, index) => {
      const [envelope, record, history, log, progress] = reply.slice(index * PARTS, (index + 1) * PARTS);
      return envelope === ''
        ? undefined
        : toJobRecord(queue, { storedId, envelope, record, history, log, progress } as StoredJob);
    });
  }

  private async entries(
    { queue, state }: ListQuery,
    cursor: string,
    skip: number,
    limit: number,
  ): Promise<readonly { readonly storedId: string; readonly place: string }[]> {
    const reply = (await this.caller.readNow(queue, 'list', [state, cursor, skip, limit])) as readonly string[];
    return pairs(reply).map(([storedId, place]) => ({ storedId, place }));
  }
}

function isFiltered({ type, tag, priority, from, to }: ListQuery): boolean {
  return [type, tag, priority, from, to].some((filter) => filter !== undefined);
}

/** Entries are hints: a job that has moved on in the meantime is in another list now. */
function isAskedFor(
  job: JobRecord,
  { state, type, tag, priority, from = -Infinity, to = Infinity }: ListQuery,
): boolean {
  return (
    job.state === state &&
    (type === undefined || job.type === type) &&
    (priority === undefined || job.priority === priority) &&
    job.createdAt >= from &&
    job.createdAt < to &&
    (tag === undefined || job.tags.includes(tag))
  );
}

function checkCursor(cursor: string): string {
  if (/^(suspects|-?\d+)(:.+)?$/.test(cursor)) {
    return cursor;
  }
  throw new InvalidOptionError('cursor', cursor, 'the cursor of a page of the same list');
}

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    found.push([flat[at] as string, flat[at + 1] as string]);
  }
  return found;
}
