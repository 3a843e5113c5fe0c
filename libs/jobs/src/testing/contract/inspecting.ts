import { type ListQuery, SCAN_LIMIT } from '../../application/ports/job-inspector.js';
import type { JobState } from '../../domain/job-state.js';
import { HOUR, OUTCOMES, type QueueUnderTest, type Subject } from './queue-under-test.js';

/** Lists, their filters and pages, and counts. */
export const inspecting: Subject = (newQueue) => {
  describe('list', () => {
    it('gives pending jobs in the order they will run', async () => {
      const queue = newQueue();
      const [a, b, c, d] = await queue.addAll({}, { priority: 5 }, {}, { priority: -5 });
      expect(await queue.list('pending')).toEqual([b, a, c, d]);
    });

    it('gives scheduled and retrying jobs by their due time', async () => {
      const queue = newQueue();
      const scheduled = await queue.addAll(
        { due: { delay: 3 * HOUR } },
        { due: { delay: HOUR } },
        { due: { delay: 2 * HOUR } },
      );
      expect(await queue.list('scheduled')).toEqual([scheduled[1], scheduled[2], scheduled[0]]);
      const retrying = await queue.addAll({}, {}, {});
      for (const delay of [3 * HOUR, HOUR, 2 * HOUR]) {
        await queue.work({ ...OUTCOMES.retry, delay });
      }
      expect(await queue.list('retrying')).toEqual([retrying[1], retrying[2], retrying[0]]);
    });

    it('gives running jobs by their start', async () => {
      const queue = newQueue();
      const [low, high] = await queue.addAll({}, { priority: 5 });
      await queue.claimOne();
      await queue.advance(10);
      await queue.claimOne({ holder: 'b' });
      expect(await queue.list('running')).toEqual([high, low]);
    });

    it.each(['completed', 'failed', 'cancelled'] as const)('gives %s jobs newest first', async (state) => {
      const queue = newQueue();
      const ids = await queue.addAll({}, { retain: 9 * HOUR }, {}, { retain: 3 * HOUR });
      for (let done = 0; done < ids.length; done++) {
        await queue.work(OUTCOMES[state]);
        await queue.advance(10);
      }
      expect(await queue.list(state)).toEqual([...ids].toReversed());
      await queue.check();
    });

    it('gives nothing of a queue that is not there', async () => {
      const queue = newQueue();
      expect(await queue.ports.inspector.list({ queue: queue.queue, state: 'pending', limit: 10 })).toEqual({
        jobs: [],
        scanned: 0,
      });
    });

    it.each(['pending', 'scheduled', 'running', 'retrying', 'failed', 'completed', 'cancelled'] as const)(
      'reads %s jobs page by page, each once',
      async (state) => {
        const queue = newQueue();
        await fill(queue, state, 23);
        const all = await queue.list(state);
        expect(all).toHaveLength(23);
        expect(await readThrough(queue, { state, limit: 5 })).toEqual(all);
        expect(await readThrough(queue, { state, limit: 23 })).toEqual(all);
        const { jobs } = await page(queue, { state, limit: 4, offset: 20 });
        expect(jobs.map(({ id }) => id)).toEqual(all.slice(20));
        const middle = await page(queue, { state, limit: 4, offset: 7 });
        expect(middle.jobs.map(({ id }) => id)).toEqual(all.slice(7, 11));
        expect((await page(queue, { state, limit: 4, offset: 99 })).jobs).toEqual([]);
      },
    );

    it('reads on from a cursor although the jobs of the page before are gone', async () => {
      const queue = newQueue();
      await fill(queue, 'failed', 9);
      const all = await queue.list('failed');
      const first = await page(queue, { state: 'failed', limit: 4 });
      await queue.ports.control.remove(
        queue.queue,
        first.jobs.map(({ id }) => id),
      );
      const second = await page(queue, { state: 'failed', limit: 4, cursor: first.cursor });
      expect(second.jobs.map(({ id }) => id)).toEqual(all.slice(4, 8));
    });

    it('reads on from a cursor although the whole priority that it stood in is gone', async () => {
      const queue = newQueue();
      const [high, low, lowest] = await queue.addAll({ priority: 9 }, { priority: 5 }, { priority: -5 });
      const first = await page(queue, { state: 'pending', limit: 1 });
      expect(first.jobs.map(({ id }) => id)).toEqual([high]);
      await queue.ports.control.remove(queue.queue, [high as string]);
      const second = await page(queue, { state: 'pending', limit: 4, cursor: first.cursor });
      expect(second.jobs.map(({ id }) => id)).toEqual([low, lowest]);
    });

    it('filters by type, tag, priority and time of creation', async () => {
      const queue = newQueue();
      const [mail, both, image] = await queue.addAll(
        { type: 'mail', settings: { tags: ['x'] } },
        { type: 'mail', settings: { tags: ['x', 'y|z'] } },
        { type: 'image', priority: -5 },
      );
      await queue.advance(HOUR);
      const late = await queue.add({ type: 'mail', settings: { tags: ['x'] } });
      const { createdAt } = await queue.record(late);
      const found = async (filter: Partial<ListQuery>): Promise<readonly string[]> => {
        const { jobs, scanned } = await page(queue, { state: 'pending', limit: 10, ...filter });
        expect(scanned).toBe(4);
        return jobs.map(({ id }) => id);
      };
      expect(await found({ type: 'mail' })).toEqual([mail, both, late]);
      expect(await found({ tag: 'x', to: createdAt })).toEqual([mail, both]);
      expect(await found({ tag: 'y|z' })).toEqual([both]);
      expect(await found({ tag: 'y' })).toEqual([]);
      expect(await found({ type: 'mail', from: createdAt })).toEqual([late]);
      expect(await found({ type: 'image', tag: 'x' })).toEqual([]);
      expect(await found({ priority: -5 })).toEqual([image]);
      expect(await found({ priority: 0, type: 'image' })).toEqual([]);
    });

    it('scans a bounded number of entries and goes on from its cursor', async () => {
      const queue = newQueue();
      const specs = Array.from({ length: SCAN_LIMIT + 200 }, (_, index) =>
        queue.spec(index % 600 === 599 ? { type: 'rare' } : {}),
      );
      await queue.submit(specs);
      const first = await page(queue, { state: 'pending', type: 'rare', limit: 10 });
      expect(first.scanned).toBeLessThanOrEqual(SCAN_LIMIT);
      expect(first.cursor).toBeDefined();
      const rare = specs.filter(({ type }) => type === 'rare').map(({ id }) => id);
      expect(await readThrough(queue, { state: 'pending', type: 'rare', limit: 10 })).toEqual(rare);
    });

    it('gives whole records, as get does', async () => {
      const queue = newQueue();
      await queue.add({ payload: '{"a":1}', settings: { metadata: { m: 1 }, tags: ['t'] } });
      const id = await queue.work(OUTCOMES.retry);
      const { jobs } = await page(queue, { state: 'retrying', limit: 1 });
      expect(jobs).toEqual([await queue.record(id)]);
    });
  });

  describe('get', () => {
    it('answers in order, with nothing for what is not there', async () => {
      const queue = newQueue();
      const [a, b] = await queue.addAll({}, {});
      const records = await queue.ports.inspector.get(queue.queue, [b as string, 'none', a as string, b as string]);
      expect(records.map((record) => record?.id)).toEqual([b, undefined, a, b]);
    });
  });

  describe('counts', () => {
    it('are nought for a queue that is not there', async () => {
      const queue = newQueue();
      const counts = await queue.ports.inspector.counts(queue.queue);
      expect(Object.values(counts.byState).every((count) => count === 0)).toBe(true);
      expect(counts).toMatchObject({
        paused: false,
        processed: { completed: 0, failed: 0, cancelled: 0 },
        holders: 0,
      });
      expect(counts.pendingByPriority.size).toBe(0);
      expect(counts).not.toHaveProperty('oldestPendingAt');
      expect(counts).not.toHaveProperty('lastProcessedAt');
    });

    it('tell what was processed, and when last', async () => {
      const queue = newQueue();
      await queue.addAll({}, {}, {}, {}, { retain: 0 });
      for (const outcome of ['completed', 'failed', 'cancelled', 'retry', 'completed'] as const) {
        await queue.work(OUTCOMES[outcome]);
      }
      const { processed, lastProcessedAt = 0 } = await queue.ports.inspector.counts(queue.queue);
      expect(processed).toEqual({ completed: 2, failed: 1, cancelled: 1 });
      await queue.advance(HOUR);
      await queue.add();
      await queue.work(OUTCOMES.completed);
      const later = await queue.ports.inspector.counts(queue.queue);
      expect(later.processed.completed).toBe(3);
      expect((later.lastProcessedAt as number) - lastProcessedAt).toBeGreaterThanOrEqual(HOUR);
    });

    it('tell by priority what is pending, and since when', async () => {
      const queue = newQueue();
      const [oldest] = await queue.addAll({ priority: -3 }, { priority: 7 }, { priority: 7 });
      await queue.advance(HOUR);
      await queue.add({ priority: 7 });
      const { createdAt } = await queue.record(oldest as string);
      const counts = await queue.ports.inspector.counts(queue.queue);
      expect(Object.fromEntries(counts.pendingByPriority)).toEqual({ '-3': 1, '7': 3 });
      expect(counts.oldestPendingAt).toBe(createdAt);
      expect(counts.oldestPendingFor).toBeGreaterThanOrEqual(HOUR);
      await queue.claim();
      const emptied = await queue.ports.inspector.counts(queue.queue);
      expect(emptied.pendingByPriority.size).toBe(0);
      expect(emptied).not.toHaveProperty('oldestPendingAt');
      expect(emptied).not.toHaveProperty('oldestPendingFor');
      await queue.check();
    });

    it('count the wait of a job from when it became pending, however long before it was submitted', async () => {
      const queue = newQueue();
      const id = await queue.add({ due: { delay: 10 * HOUR } });
      await queue.advance(10 * HOUR);
      await queue.tick('janitor');
      const { createdAt } = await queue.record(id);
      const fresh = await queue.ports.inspector.counts(queue.queue);
      expect(fresh.oldestPendingAt).toBeGreaterThanOrEqual(createdAt + 10 * HOUR);
      expect(fresh.oldestPendingFor).toBeLessThan(HOUR);
      await queue.advance(2 * HOUR);
      const waited = await queue.ports.inspector.counts(queue.queue);
      expect(waited.oldestPendingFor).toBeGreaterThanOrEqual(2 * HOUR);
      expect(waited.oldestPendingAt).toBe(fresh.oldestPendingAt);
    });
  });
};

function page(queue: QueueUnderTest, query: Omit<ListQuery, 'queue'>) {
  return queue.ports.inspector.list({ queue: queue.queue, ...query });
}

/** Reads all pages of a list by their cursors. */
async function readThrough(queue: QueueUnderTest, query: Omit<ListQuery, 'queue'>): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 100; pages++) {
    const answer = await page(queue, { ...query, ...(cursor === undefined ? {} : { cursor }) });
    expect(answer.jobs.length).toBeLessThanOrEqual(query.limit);
    ids.push(...answer.jobs.map(({ id }) => id));
    cursor = answer.cursor;
    if (cursor === undefined) {
      return ids;
    }
  }
  throw new Error('The list has no end');
}

async function fill(queue: QueueUnderTest, state: Exclude<JobState, 'blocked'>, count: number): Promise<void> {
  const specs = Array.from({ length: count }, (_, index) =>
    queue.spec({
      priority: index % 3,
      // Some finished jobs have a retention of their own.
      ...(index % 4 === 0 ? { retain: (20 - (index % 5)) * HOUR } : {}),
      ...(state === 'scheduled' ? { due: { delay: HOUR * (1 + (index % 7)) } } : {}),
    }),
  );
  await queue.submit(specs);
  if (state === 'pending' || state === 'scheduled') {
    return;
  }
  for (const limit of [count - 9, 9]) {
    const { token, jobs } = await queue.claim({ limit });
    if (state !== 'running') {
      const outcome = OUTCOMES[state === 'retrying' ? 'retry' : state];
      const settlements = jobs.map(({ id }) => ({ id, token, outcome }));
      await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
    }
  }
}
