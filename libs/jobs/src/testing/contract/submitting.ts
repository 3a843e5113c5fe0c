import type { JobSpec } from '../../domain/job.js';
import { HOUR, OUTCOMES, type Subject } from './queue-under-test.js';

const ODD_IDS = [
  'x',
  '{}',
  '{queue}',
  '|',
  ':',
  '.',
  '..',
  '#1#x',
  '*?[a]',
  ' a b ',
  '0',
  '-1',
  'naïve',
  '🚀',
  '👩‍👩‍👧',
  'e\u0301',
  'ü'.repeat(128),
  'i'.repeat(256),
  '__proto__',
  'constructor',
  '0190f4a1-7b2c-7d3e-8f40-123456789abc',
  'AZD0oXssfT6PQBI0VniavA',
];

const PAYLOADS: readonly (readonly [name: string, payload: string])[] = [
  ['null', 'null'],
  ['an empty object', '{}'],
  ['an empty list', '[]'],
  ['text', '"text"'],
  ['white space inside', '{ "a" :\t[ 1,\n2 ] }'],
  ['unicode', '{"text":"žluťoučký 馬 🚀 \u2028 \\u0000"}'],
  ['separators', '{"a":"v1|1|2|{}:#\\r\\n$5\\r\\n*3"}'],
  ['numbers', '[1e21,-0.1,1.7976931348623157e308,9007199254740993]'],
  ['a megabyte', JSON.stringify({ blob: 'ž'.repeat(500_000) })],
];

/** Ids, duplicates, what travels with a job, and bulk. */
export const submitting: Subject = (newQueue) => {
  describe('submit', () => {
    it('answers in order, one receipt a job', async () => {
      const queue = newQueue();
      const specs = [queue.spec(), queue.spec({ due: { delay: HOUR } }), queue.spec({ due: { delay: 0 } })];
      expect(await queue.submit([...specs, specs[1] as JobSpec])).toEqual([
        { status: 'added', state: 'pending' },
        { status: 'added', state: 'scheduled' },
        { status: 'added', state: 'pending' },
        { status: 'duplicate', state: 'scheduled' },
      ]);
      await queue.check();
    });

    it('answers an empty list with an empty list, as every verb does', async () => {
      const queue = newQueue();
      const name = queue.queue;
      const { jobs, control, inspector } = queue.ports;
      expect(await queue.submit([])).toEqual([]);
      expect(await jobs.settle({ queue: name, holder: 'a', settlements: [] })).toEqual([]);
      expect(await jobs.report({ queue: name, holder: 'a', reports: [] })).toEqual([]);
      expect(await inspector.get(name, [])).toEqual([]);
      expect(await control.cancel(name, [])).toEqual([]);
      expect(await control.remove(name, [])).toEqual([]);
      expect(await queue.claim()).toMatchObject({ token: 0, jobs: [], more: false });
      await queue.check();
    });

    it('knows a duplicate in whatever state the first one is, and changes nothing of it', async () => {
      const queue = newQueue();
      const id = await queue.add({ payload: '1', priority: 1 });
      const again = (): Promise<unknown> => queue.submit([queue.spec({ id, payload: '2', priority: 2 })]);
      expect(await again()).toEqual([{ status: 'duplicate', state: 'pending' }]);
      const lease = await queue.claimOne();
      expect(await again()).toEqual([{ status: 'duplicate', state: 'running' }]);
      await queue.settle(lease, OUTCOMES.completed);
      expect(await again()).toEqual([{ status: 'duplicate', state: 'completed' }]);
      expect(await queue.record(id)).toMatchObject({ state: 'completed', payload: 1, priority: 1 });
      expect(await queue.claimIds()).toEqual([]);
      await queue.check();
    });

    it('takes the first of two jobs with one id in one call', async () => {
      const queue = newQueue();
      const receipts = await queue.submit([
        queue.spec({ id: 'same', payload: '1' }),
        queue.spec({ id: 'same', payload: '2' }),
      ]);
      expect(receipts.map(({ status }) => status)).toEqual(['added', 'duplicate']);
      expect((await queue.record('same')).payload).toBe(1);
      expect(await queue.claimIds()).toEqual(['same']);
    });

    it('takes an id again once the job is gone', async () => {
      const queue = newQueue();
      const id = await queue.add({ retain: 0 });
      await queue.work(OUTCOMES.completed);
      expect(await queue.find(id)).toBeUndefined();
      expect(await queue.add({ id })).toBe(id);
      expect(await queue.claimIds()).toEqual([id]);
      await queue.check();
    });

    it('keeps the ids of queues apart', async () => {
      const [one, other] = [newQueue(), newQueue()];
      await one.add({ id: 'same', payload: '1' });
      await other.add({ id: 'same', payload: '2' });
      await one.ports.control.remove(one.queue, ['same']);
      expect(await one.find('same')).toBeUndefined();
      expect((await other.record('same')).payload).toBe(2);
    });

    it('takes ids of any text, and none is taken for another', async () => {
      const queue = newQueue();
      const receipts = await queue.submit(ODD_IDS.map((id, index) => queue.spec({ id, payload: `${index}` })));
      expect(receipts.map(({ status }) => status)).toEqual(ODD_IDS.map(() => 'added'));
      const records = await queue.ports.inspector.get(queue.queue, ODD_IDS);
      expect(records.map((record) => record?.id)).toEqual(ODD_IDS);
      expect(records.map((record) => record?.payload)).toEqual(ODD_IDS.map((_, index) => index));
      const { token, jobs } = await queue.claim();
      expect(jobs.map(({ id }) => id)).toEqual(ODD_IDS);
      const settlements = ODD_IDS.map((id) => ({ id, token, outcome: OUTCOMES.completed }));
      const settled = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
      expect(settled).toEqual(ODD_IDS.map(() => 'ok'));
      expect((await queue.list('completed')).toSorted()).toEqual(ODD_IDS.toSorted());
      await queue.check();
    });

    it.each(PAYLOADS)('gives back a payload byte for byte: %s', async (_name, payload) => {
      const queue = newQueue();
      const id = await queue.add({ payload });
      expect((await queue.record(id)).payload).toEqual(JSON.parse(payload));
      const { jobs } = await queue.claim();
      expect(jobs.map((job) => job.payload === payload)).toEqual([true]);
    });

    it('gives the holder all that travels with a job', async () => {
      const queue = newQueue();
      const settings = {
        timeout: 1_500,
        retry: { attempts: 7, backoff: 'linear', initialDelay: '2s' },
        metadata: { tenant: 'ž|{}', nested: { list: [1, null] } },
        tags: ['a', 'b|c'],
        trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b|c' },
      } as const;
      const id = await queue.add({ type: 'mail.send', priority: -7, maxAttempts: 9, settings });
      const { jobs, now } = await queue.claim();
      expect(jobs).toEqual([
        {
          id,
          type: 'mail.send',
          payload: '{}',
          priority: -7,
          attempt: 1,
          maxAttempts: 9,
          createdAt: expect.any(Number),
          pendingSince: jobs[0]?.createdAt,
          strays: 0,
          suspect: false,
          settings,
        },
      ]);
      expect(now).toBeGreaterThanOrEqual((jobs[0] as { createdAt: number }).createdAt);
    });

    it('shows all of it in the record', async () => {
      const queue = newQueue();
      const settings = { timeout: 1_500, retry: { attempts: 2 }, metadata: { a: 1 }, tags: ['t'], trace: { a: 'b' } };
      const id = await queue.add({ payload: '[1]', expiresIn: HOUR, maxCrashes: 1, retain: 5_000, settings });
      const record = await queue.record(id);
      expect(record).toEqual({
        id,
        queue: queue.queue,
        type: 'work',
        state: 'pending',
        payload: [1],
        priority: 0,
        attempts: 0,
        maxAttempts: 3,
        crashes: 0,
        maxCrashes: 1,
        createdAt: expect.any(Number),
        expiresAt: record.createdAt + HOUR,
        cancelRequested: false,
        history: [],
        log: [],
        retain: 5_000,
        timeout: 1_500,
        retry: { attempts: 2 },
        metadata: { a: 1 },
        tags: ['t'],
      });
      const plain = await queue.record(await queue.add());
      expect(plain).toMatchObject({ metadata: {}, tags: [] });
      expect(plain).not.toHaveProperty('retain');
      expect(plain).not.toHaveProperty('timeout');
      expect(plain).not.toHaveProperty('expiresAt');
    });

    it('is not changed by what the caller does with its objects later', async () => {
      const queue = newQueue();
      const metadata = { step: 1 };
      const id = await queue.add({ settings: { metadata } });
      metadata.step = 2;
      expect((await queue.record(id)).metadata).toEqual({ step: 1 });
    });

    it('takes 1,200 jobs at once and gives them in order', async () => {
      const queue = newQueue();
      const specs = Array.from({ length: 1_200 }, (_, index) => queue.spec({ payload: `${index}` }));
      const receipts = await queue.submit([...specs, ...specs.slice(0, 50)]);
      expect(receipts.filter(({ status }) => status === 'added')).toHaveLength(1_200);
      expect(receipts.slice(1_200).every(({ status }) => status === 'duplicate')).toBe(true);
      expect((await queue.ports.inspector.counts(queue.queue)).byState.pending).toBe(1_200);
      const order: string[] = [];
      for (let claims = 0; claims < 100 && order.length < 1_200; claims++) {
        const { token, jobs, more } = await queue.claim({ limit: 250 });
        expect(jobs.length).toBeLessThanOrEqual(250);
        order.push(...jobs.map(({ id }) => id));
        expect(more).toBe(order.length < 1_200);
        const settlements = jobs.map(({ id }) => ({ id, token, outcome: OUTCOMES.completed }));
        const settled = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
        expect(settled.every((receipt) => receipt === 'ok')).toBe(true);
      }
      expect(order).toEqual(specs.map(({ id }) => id));
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ pending: 0, running: 0, completed: 1_200 });
    });
  });
};
