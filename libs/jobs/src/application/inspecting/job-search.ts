import { Injectable } from '@nestjs/common';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import type { JobRecord } from '../../domain/job.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { checkName } from '../../domain/names.js';
import { type Priority, parsePriority } from '../../domain/priority.js';
import { readOptions } from '../../domain/options/read-options.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import { JobDirectory } from '../ports/job-directory.js';
import { JobInspector, type ListQuery } from '../ports/job-inspector.js';
import { parseTime } from '../submitting/submit-options.js';

/** Which jobs to list. */
export interface JobFilter {
  /** Default: all known queues, by name. */
  readonly queue?: string;
  /** Default: all states. */
  readonly state?: JobState;
  /** Default: all types. */
  readonly type?: string;
  /** One of the tags it was submitted with. Default: all. */
  readonly tag?: string;
  /** A name, or an integer. Default: all. */
  readonly priority?: Priority;
  /** Created at or after. */
  readonly from?: Date | number;
  /** Created before. */
  readonly to?: Date | number;
  /** From 1. Not with `cursor`; pages far in are dear, a cursor is not. */
  readonly page?: number;
  /** 20 unless told, 100 at most. */
  readonly pageSize?: number;
  /** Goes on where the page before ended. */
  readonly cursor?: string;
}

/** A page of jobs. */
export interface JobList {
  readonly jobs: readonly JobRecord[];
  /** Absent at the end. A page may be short, or empty, and still have one: filters look at a bounded number of jobs a call. */
  readonly cursor?: string;
  /** Jobs that were looked at. */
  readonly scanned: number;
}

const FILTERS: Readonly<Record<keyof JobFilter, true>> = {
  queue: true,
  state: true,
  type: true,
  tag: true,
  priority: true,
  from: true,
  to: true,
  page: true,
  pageSize: true,
  cursor: true,
};

const FILTER_NAMES = Object.keys(FILTERS) as readonly (keyof JobFilter)[];

/** The conditions of a filter, read. */
type Query = Pick<ListQuery, 'type' | 'tag' | 'priority' | 'from' | 'to'>;

const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;

/** Jobs that a page far in may skip. */
const MAX_SKIP = 10_000;

interface Place {
  readonly queue: string;
  readonly state: JobState;
}

/** Lists jobs over queues and states, which stores index one by one. */
@Injectable()
export class JobSearch {
  constructor(
    private readonly inspector: JobInspector,
    private readonly directory: JobDirectory,
  ) {}

  /** @throws InvalidOptionError for an unknown filter or state, a page out of range, an unreadable cursor */
  async list(told: JobFilter): Promise<JobList> {
    // A misspelt filter would match everything, and what is listed may be purged.
    const filter = readOptions<JobFilter>(told, 'filter', FILTER_NAMES);
    for (const option of ['type', 'tag'] as const) {
      if (filter[option] !== undefined && typeof filter[option] !== 'string') {
        throw new InvalidOptionError(option, filter[option], 'a text');
      }
    }
    const query: Query = {
      ...(filter.type === undefined ? {} : { type: filter.type }),
      ...(filter.tag === undefined ? {} : { tag: filter.tag }),
      ...(filter.priority === undefined ? {} : { priority: parsePriority(filter.priority) }),
      ...(filter.from === undefined ? {} : { from: parseTime(filter.from, 'from') }),
      ...(filter.to === undefined ? {} : { to: parseTime(filter.to, 'to') }),
    };
    const pageSize = parseWholeNumber(filter.pageSize ?? DEFAULT_PAGE_SIZE, 'pageSize', 1, MAX_PAGE_SIZE);
    if (filter.page !== undefined && filter.cursor !== undefined) {
      throw new InvalidOptionError('page', filter.page, 'either page or cursor, not both');
    }
    const skip = (parseWholeNumber(filter.page ?? 1, 'page', 1, MAX_SKIP) - 1) * pageSize;
    if (skip > MAX_SKIP) {
      throw new InvalidOptionError(
        'page',
        filter.page,
        `a page among the first ${MAX_SKIP} jobs; go further with the cursor`,
      );
    }
    const places = await this.places(filter);
    const from = filter.cursor === undefined ? { index: 0, skip } : readCursor(filter.cursor, places);
    return this.walk(places, query, from, pageSize);
  }

  /** All jobs that match, one after another. */
  async *all(filter: Omit<JobFilter, 'page' | 'pageSize' | 'cursor'>): AsyncGenerator<JobRecord> {
    let cursor: string | undefined;
    do {
      const page: JobList = await this.list({
        ...filter,
        pageSize: MAX_PAGE_SIZE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      yield* page.jobs;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  private async places({ queue, state }: JobFilter): Promise<readonly Place[]> {
    if (state !== undefined && !JOB_STATES.includes(state)) {
      throw new InvalidOptionError('state', state, JOB_STATES.join(', '));
    }
    const queues = queue === undefined ? await this.directory.queues() : [checkName(queue, 'queue')];
    const states = state === undefined ? JOB_STATES : [state];
    return queues.flatMap((each) => states.map((one) => ({ queue: each, state: one })));
  }

  private async walk(places: readonly Place[], query: Query, from: Position, pageSize: number): Promise<JobList> {
    const jobs: JobRecord[] = [];
    let { index, cursor, skip: left } = from;
    let scanned = 0;
    for (let place = places[index]; place !== undefined; place = places[index]) {
      const page = await this.inspector.list({
        ...place,
        ...query,
        limit: Math.min(left + pageSize - jobs.length, MAX_PAGE_SIZE),
        ...(cursor === undefined ? {} : { cursor }),
      });
      scanned += page.scanned;
      jobs.push(...page.jobs.slice(left));
      left -= Math.min(left, page.jobs.length);
      cursor = page.cursor;
      if (cursor === undefined) {
        index++;
      }
      // A filter that matches little ends its call early; the caller goes on with the cursor.
      const enough = jobs.length >= pageSize || (page.jobs.length === 0 && page.cursor !== undefined);
      if (enough && index < places.length) {
        return { jobs, scanned, cursor: writeCursor(places[index] as Place, cursor, left) };
      }
    }
    return { jobs, scanned };
  }
}

interface Position {
  readonly index: number;
  readonly cursor?: string | undefined;
  /** Jobs that match and come before the page that was asked for. */
  readonly skip: number;
}

/** A cursor names its place, so that a queue that is new between two pages does not shift it. */
function writeCursor({ queue, state }: Place, cursor: string | undefined, skip: number): string {
  return Buffer.from(JSON.stringify([queue, state, cursor ?? null, skip])).toString('base64url');
}

function readCursor(text: unknown, places: readonly Place[]): Position {
  let value: unknown;
  try {
    // Of an object that only says its length, a buffer would be made as long as that.
    value = typeof text === 'string' ? JSON.parse(Buffer.from(text, 'base64url').toString()) : undefined;
  } catch {
    value = undefined;
  }
  const [queue, state, cursor, skip] = Array.isArray(value) ? (value as unknown[]) : [];
  const index = places.findIndex((place) => place.queue === queue && place.state === state);
  // Whoever makes one up must not have a call skip without end.
  if (index === -1 || !(cursor === null || typeof cursor === 'string') || !isSkip(skip)) {
    throw new InvalidOptionError('cursor', text, 'the cursor of the page before, with the same filter');
  }
  return { index, cursor: cursor ?? undefined, skip };
}

function isSkip(skip: unknown): skip is number {
  return typeof skip === 'number' && Number.isInteger(skip) && skip >= 0 && skip <= MAX_SKIP;
}
