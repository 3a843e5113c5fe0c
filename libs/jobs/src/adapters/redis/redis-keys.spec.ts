import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../domain/queue-settings.js';
import { JobIdSource } from '../../domain/job-id.js';
import type { JobSpec } from '../../domain/job.js';
import type { Outcome } from '../../domain/outcome.js';
import { createRedisStore } from './create-redis-store.js';
import { Keys } from './stored/keys.js';

const LEASE = 60_000;
const FAILURE = { code: 'E', name: 'Error', message: 'went wrong' };
const HOUR = 3_600_000;
const PROCESS = { host: 'host', pid: 1, startedAt: 1, heartbeat: 5_000, queues: [], workers: [], schedules: [] };

let server: RedisServer;
let store: StorePorts;
let offset = 0;
let queue = '';
let number = 0;

beforeAll(async () => {
  server = await startRedisServer();
  store = createRedisStore({ url: server.url, prefix: 'app', offset: () => offset });
  await store.connection.open();
});

afterAll(async () => {
  await store.connection.close();
  await server.stop();
});

beforeEach(async () => {
  await server.cli('FLUSHALL');
  queue = `queue-${++number}`;
});

describe('the keys of a queue', () => {
  it('all carry its hash tag, whatever is done to it', async () => {
    await everything();
    const keys = await keysOf();
    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter((key) => !key.startsWith(`app:{${queue}}:`))).toEqual([]);
  });

  it('are those of the books alone, once all jobs have gone', async () => {
    await everything();
    await store.queues.clear(queue);
    for (const state of ['completed', 'failed', 'cancelled'] as const) {
      const { jobs } = await store.inspector.list({ queue, state, limit: 1_000 });
      await store.control.remove(
        queue,
        jobs.map(({ id }) => id),
      );
    }
    const kinds = new Set((await keysOf()).map((key) => key.slice(`app:{${queue}}:`.length).split(':')[0]));
    expect(kinds).toEqual(new Set(['holders', 'meta', 'replies', 'senders', 'wake']));
  });

  it('hold nothing that would wake a sleeper, once the queue is paused', async () => {
    await submit(spec('aa'));
    expect(await keysOf()).toContain(`app:{${queue}}:wake`);
    await store.queues.pause(queue);
    expect(await keysOf()).not.toContain(`app:{${queue}}:wake`);
  });

  it('do not grow with the processes that come and go', async () => {
    for (let boot = 0; boot < 5; boot++) {
      const process = createRedisStore({ url: server.url, prefix: 'app', offset: () => offset });
      await process.jobs.submit({ queue, holder: `boot-${boot}`, specs: [spec(`job-${boot}`)] });
      await process.connection.close();
      offset += HOUR;
    }
    const keys = (await keysOf()).filter((key) => key.includes(':replies:'));
    expect(keys.length).toBeLessThanOrEqual(2);
  });

  it('hold nothing of processes that have ended, or have long been silent', async () => {
    const publish = (holder: string) => store.processes.publish({ ...PROCESS, holder }, 0);
    await publish('ended');
    await publish('silent');
    await store.processes.order('ended', 'worker', 'pause');
    await store.processes.order('silent', 'worker', 'pause');
    await store.processes.retire('ended');
    offset += 2 * HOUR;
    await publish('alive');
    const keys = (await keysOf()).filter((key) => /:(processes|beats|orders)/.test(key));
    const of = (end: string) => keys.filter((key) => key.endsWith(end));
    expect([of(':processes').length, of(':beats').length, keys.length]).toEqual([1, 1, 2]);
    expect(await server.cli(['HKEYS', of(':processes')[0] as string])).toBe('alive');
    expect(await server.cli(['ZRANGE', of(':beats')[0] as string, '0', '-1'])).toBe('alive');
  });

  it('hold no fresh job but in its envelope and its line', async () => {
    const ids = new JobIdSource(() => 0);
    await submit(...Array.from({ length: 256 }, () => spec(ids.next())));
    const names = (await keysOf()).map((key) => key.slice(`app:{${queue}}:`.length).replace(/:.*/, ''));
    const books = new Set(['meta', 'replies', 'senders', 'wake']);
    expect(new Set(names.filter((name) => !books.has(name)))).toEqual(new Set(['depths', 'e', 'levels', 'p']));
    expect(names.filter((name) => name === 'e')).toHaveLength(1);
  });

  it('of a prefix that would break the hash tag are refused', () => {
    expect(() => new Keys('a{b}')).toThrow(/prefix/);
  });
});

describe('what is stored', () => {
  it('fails as corrupt where it cannot be read, and harms no other job', async () => {
    await submit(spec('aa'), spec('bb'), spec('cc'), spec('dd'));
    // The bucket is the stored id without its last two bytes.
    await server.cli(['HSET', `app:{${queue}}:e:.`, 'bb', 'nonsense']);
    await server.cli(['HSET', `app:{${queue}}:e:.`, 'cc', '1700000000000v1|||0|3|3|work|{broken\n{}']);
    const { jobs } = await claim();
    expect(jobs.map(({ id }) => id)).toEqual(['aa', 'dd']);
    const [bb, cc] = await store.inspector.get(queue, ['bb', 'cc']);
    expect([bb?.state, bb?.error?.code, cc?.state, cc?.error?.code]).toEqual([
      'failed',
      'corrupt',
      'failed',
      'corrupt',
    ]);
    const { byState } = await store.inspector.counts(queue);
    expect(byState).toMatchObject({ pending: 0, running: 2, failed: 2 });
    expect(await store.control.remove(queue, ['bb', 'cc'])).toEqual([
      { status: 'ok', state: 'failed' },
      { status: 'ok', state: 'failed' },
    ]);
  });

  it('fails as corrupt where its state record cannot be read', async () => {
    await submit(spec('aa'), spec('bb'));
    await server.cli(['HSET', `app:{${queue}}:s:.`, 'aa', 'nonsense']);
    expect((await claim()).jobs.map(({ id }) => id)).toEqual(['bb']);
    expect((await store.inspector.get(queue, ['aa']))[0]).toMatchObject({
      state: 'failed',
      error: { code: 'corrupt' },
    });
  });

  it('is left alone where a later version wrote it', async () => {
    await submit(spec('aa'), spec('bb'));
    const later = '1700000000000v2|something else';
    await server.cli(['HSET', `app:{${queue}}:e:.`, 'aa', later]);
    expect((await claim()).jobs.map(({ id }) => id)).toEqual(['bb']);
    expect(await server.cli(['HGET', `app:{${queue}}:e:.`, 'aa'])).toBe(later);
    expect((await store.inspector.counts(queue)).byState).toMatchObject({ scheduled: 1, failed: 0 });
    offset += HOUR;
    expect((await claim()).jobs).toEqual([]);
    expect((await store.inspector.counts(queue)).byState).toMatchObject({ scheduled: 1, failed: 0 });
  });

  it('may have any id', async () => {
    const ids = [
      'x',
      '|',
      '{}',
      'a|b{c}:d',
      '😀',
      'é',
      '#1#x',
      '.',
      '0',
      '0189d3f0-0000-7000-8000-00000000000A',
      'a b',
    ];
    await submit(...ids.map((id) => spec(id)));
    expect((await claim()).jobs.map(({ id }) => id)).toEqual(ids);
    expect((await store.inspector.get(queue, ids)).map((job) => job?.id)).toEqual(ids);
  });

  it('is claimed in bounded batches where jobs are large', async () => {
    const payload = JSON.stringify('x'.repeat(50_000));
    for (let index = 0; index < 6; index++) {
      await submit(spec(`job-${index}`, { payload }));
    }
    const claims = [await claim(), await claim(), await claim()];
    expect(claims.map(({ jobs, more }) => [jobs.length, more])).toEqual([
      [2, true],
      [2, true],
      [2, false],
    ]);
    expect(claims.flatMap(({ jobs }) => jobs.map(({ id }) => id))).toEqual([0, 1, 2, 3, 4, 5].map((n) => `job-${n}`));
  });
});

it('a claim looks past a bounded number of entries that jobs have left behind', async () => {
  const specs = Array.from({ length: 2_500 }, (_, index) => spec(`job-${index}`));
  await submit(...specs);
  await store.control.cancel(
    queue,
    specs.slice(0, 2_400).map(({ id }) => id),
  );
  const found: string[] = [];
  for (let round = 0; round < 5 && found.length < 100; round++) {
    found.push(...(await claim()).jobs.map(({ id }) => id));
  }
  expect(found).toEqual(specs.slice(2_400).map(({ id }) => id));
});

/** Brings jobs into every state, and uses every verb. */
async function everything(): Promise<void> {
  await store.queues.configure(queue, { ...DEFAULT_QUEUE_SETTINGS, maxDepth: 1_000 });
  const stop = await store.notifier.onFinished(queue, () => undefined);
  await submit(
    ...['completed', 'kept', 'failed', 'retry', 'snoozed', 'cancelled'].map((id) =>
      spec(id, { priority: 9, ...(id === 'kept' ? { retain: HOUR } : {}) }),
    ),
    spec('later', { due: { delay: HOUR } }),
    spec('low', { priority: -5 }),
    spec('expiring', { expiresIn: 1, priority: 9 }),
    spec('died', { priority: 8 }),
    spec('moved'),
  );
  offset += 10;
  const { token, jobs } = await claim(6);
  const [first] = jobs;
  const reports = [{ id: first?.id ?? '', token, attempt: 1, progress: 0.5, log: ['a line'] }];
  await store.jobs.report({ queue, holder: 'h', reports });
  const outcomes: Record<string, Outcome> = {
    failed: { kind: 'failed', failure: FAILURE },
    retry: { kind: 'retry', delay: HOUR, failure: FAILURE },
    snoozed: { kind: 'snoozed', delay: HOUR },
    cancelled: { kind: 'cancelled' },
  };
  const settlements = jobs.map(({ id }) => ({ id, token, outcome: outcomes[id] ?? ({ kind: 'completed' } as const) }));
  expect(new Set(await store.jobs.settle({ queue, holder: 'h', settlements }))).toEqual(new Set(['ok']));
  await store.jobs.claim({ queue, holder: 'dead', limit: 1, lease: 1, suspects: true });
  offset += 10;
  await store.jobs.tick({ queue, holder: 'h', lease: LEASE, held: [] });
  await store.control.reprioritise(queue, ['moved'], 3);
  await store.control.reschedule(queue, ['moved'], { delay: HOUR });
  await store.control.promote(queue, ['later']);
  await store.control.retry(queue, ['cancelled']);
  await store.control.cancel(queue, ['low']);
  await stop();
}

async function keysOf(): Promise<readonly string[]> {
  return (await server.cli('KEYS *')).split('\n');
}

function spec(id: string, partial: Partial<JobSpec> = {}): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {}, ...partial };
}

function submit(...specs: readonly JobSpec[]) {
  return store.jobs.submit({ queue, holder: 'h', specs });
}

function claim(limit = 500) {
  return store.jobs.claim({ queue, holder: 'h', limit, lease: LEASE, suspects: true });
}
