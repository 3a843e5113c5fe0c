import type { JobRecord } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';
import { type JobFilter, JobSearch } from './job-search.js';
import type { JobDirectory } from '../ports/job-directory.js';
import { JobInspector, type JobPage, type ListQuery, type QueueCounts } from '../ports/job-inspector.js';

/** Jobs as `queue/state/name`; scans two entries a call where a filter is given, as a store scans a bounded number. */
class Shelf extends JobInspector {
  readonly queries: ListQuery[] = [];
  private readonly jobs: readonly { queue: string; state: string; id: string; type: string }[];

  constructor(...names: readonly string[]) {
    super();
    this.jobs = names.map((name) => {
      const [queue = '', state = '', id = ''] = name.split('/');
      return { queue, state, id, type: id.replace(/\d+$/, '') };
    });
  }

  override async get(): Promise<readonly undefined[]> {
    return [];
  }

  override counts(): Promise<QueueCounts> {
    return Promise.reject(new Error('not asked for'));
  }

  override async list(query: ListQuery): Promise<JobPage> {
    this.queries.push(query);
    const all = this.jobs.filter(({ queue, state }) => queue === query.queue && state === query.state);
    const bound = query.type === undefined ? Infinity : 2;
    const found: JobRecord[] = [];
    let at = Number(query.cursor ?? 0);
    let scanned = 0;
    for (; at < all.length && found.length < query.limit && scanned < bound; at++, scanned++) {
      if (query.type === undefined || all[at]?.type === query.type) {
        found.push(all[at] as unknown as JobRecord);
      }
    }
    return { jobs: found, scanned, ...(at < all.length ? { cursor: String(at) } : {}) };
  }
}

function searchIn(...names: readonly string[]): { search: JobSearch; shelf: Shelf } {
  const shelf = new Shelf(...names);
  const queues = [...new Set(names.map((name) => name.split('/')[0] ?? ''))].sort();
  const directory = { queues: async () => queues } as unknown as JobDirectory;
  return { search: new JobSearch(shelf, directory), shelf };
}

const ids = (jobs: readonly JobRecord[]): string => jobs.map(({ id }) => id).join(' ');

async function allPages(search: JobSearch, filter: JobFilter): Promise<string[]> {
  const { page: _, ...rest } = filter;
  const pages: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await search.list({
      ...(cursor === undefined ? filter : { ...rest, cursor }),
    });
    pages.push(ids(page.jobs));
    cursor = page.cursor;
  } while (cursor !== undefined && pages.length < 50);
  return pages;
}

describe('JobSearch', () => {
  const NAMES = ['a/pending/x1', 'a/pending/y2', 'a/failed/x3', 'b/scheduled/y4', 'b/running/x5', 'b/failed/x6'];

  it('walks queues by name and states in their order, and ends without a cursor', async () => {
    const { search } = searchIn(...NAMES);
    const page = await search.list({});
    expect(ids(page.jobs)).toBe('x1 y2 x3 y4 x5 x6');
    expect(page).toMatchObject({ scanned: 6 });
    expect(page.cursor).toBeUndefined();
  });

  it.each([1, 2, 3, 4, 5])('gives each job once over pages of %d', async (pageSize) => {
    const { search } = searchIn(...NAMES);
    expect((await allPages(search, { pageSize })).filter((page) => page !== '').join(' ')).toBe('x1 y2 x3 y4 x5 x6');
  });

  it('turns to a page by its number', async () => {
    const { search } = searchIn(...NAMES);
    const pages = await Promise.all([1, 2, 3, 4].map((page) => search.list({ page, pageSize: 2 })));
    expect(pages.map(({ jobs }) => ids(jobs))).toEqual(['x1 y2', 'x3 y4', 'x5 x6', '']);
  });

  it('goes on with the cursor where a filter that matches little ended a page early, also one by number', async () => {
    const { search } = searchIn(
      ...Array.from({ length: 9 }, (_, index) => `a/pending/${index % 4 === 0 ? 'x' : 'y'}${index}`),
    );
    expect((await allPages(search, { type: 'x', pageSize: 2 })).filter((page) => page !== '')).toEqual([
      'x0',
      'x4',
      'x8',
    ]);
    // x0 is on page one: page two begins behind it, however many calls it takes to get there.
    expect((await allPages(search, { type: 'x', pageSize: 1, page: 2 })).find((page) => page !== '')).toBe('x4');
    const found: string[] = [];
    for await (const { id } of search.all({ type: 'x' })) {
      found.push(id);
    }
    expect(found).toEqual(['x0', 'x4', 'x8']);
  });

  it('asks for no more than a page, or a hundred at once', async () => {
    const { search, shelf } = searchIn(...Array.from({ length: 300 }, (_, index) => `a/pending/x${index}`));
    expect(ids((await search.list({ queue: 'a', state: 'pending', page: 8 })).jobs)).toMatch(/^x140 .* x159$/);
    expect(Math.max(...shelf.queries.map(({ limit }) => limit))).toBe(100);
  });

  it('keeps its place when a queue is new between two pages', async () => {
    const first = searchIn('b/pending/x1', 'b/pending/x2');
    const { cursor = '' } = await first.search.list({ pageSize: 1 });
    const second = searchIn('a/pending/x0', 'b/pending/x1', 'b/pending/x2');
    expect(ids((await second.search.list({ pageSize: 1, cursor })).jobs)).toBe('x2');
  });

  it('hands the filter on', async () => {
    const { search, shelf } = searchIn('a/pending/x1');
    await search.list({ queue: 'a', state: 'pending', type: 'x', tag: 't', from: 5, to: new Date(9), pageSize: 3 });
    expect(shelf.queries).toEqual([{ queue: 'a', state: 'pending', type: 'x', tag: 't', from: 5, to: 9, limit: 3 }]);
  });

  it.each<[string, JobFilter]>([
    ['state', { state: 'done' as JobState }],
    ['queue', { queue: 'no name' }],
    ['pageSize', { pageSize: 101 }],
    ['pageSize', { pageSize: 0 }],
    ['page', { page: 0 }],
    ['page', { page: 1.5 }],
    ['page', { page: 2_000 }],
    ['page', { page: 1, cursor: 'x' }],
    ['cursor', { cursor: 'nonsense' }],
    ['cursor', { cursor: Buffer.from('["elsewhere","pending",null,0]').toString('base64url') }],
    ['cursor', { cursor: Buffer.from('["a","pending",5,0]').toString('base64url') }],
    ['cursor', { cursor: Buffer.from('["a","pending",null]').toString('base64url') }],
    ['cursor', { cursor: Buffer.from('{}').toString('base64url') }],
    ['from', { from: 'yesterday' as never }],
  ])('refuses a wrong %s', async (option, filter) => {
    const { search } = searchIn(...NAMES);
    await expect(search.list(filter)).rejects.toMatchObject({ code: 'invalid-option', option });
  });
});
