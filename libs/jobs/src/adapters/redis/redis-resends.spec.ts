import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import { startTcpProxy, type TcpProxy } from '../../../../../test/servers/tcp-proxy.js';
import type { RequestMatch } from '../../../../../test/servers/tcp-cut.js';
import type { FireSchedule, PutSchedule, StoredSchedule } from '../../application/ports/schedule-store.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';
import type { RedisConnection } from './connection/redis-connection.js';
import { type ScriptName, SCRIPTS } from './scripts/scripts.generated.js';

const LEASE = 60_000;
const FAILURE = { code: 'E', name: 'Error', message: 'went wrong' };

let server: RedisServer;
let proxy: TcpProxy;
/** Through the proxy, and straight to the server. */
let store: StorePorts;
let direct: StorePorts;
let queue = '';
let number = 0;

beforeAll(async () => {
  server = await startRedisServer();
  proxy = await startTcpProxy({ target: server });
  store = createRedisStore({ url: proxy.url });
  direct = createRedisStore({ url: server.url });
  await Promise.all([store.connection.open(), direct.connection.open()]);
  // The server knows every script: the first call of each acts, and its answer is no NOSCRIPT.
  const { client } = direct.connection as RedisConnection;
  await Promise.all(Object.values(SCRIPTS).map(({ source }) => client.call('SCRIPT', 'LOAD', source)));
});

afterAll(async () => {
  await Promise.all([store.connection.close(), direct.connection.close()]);
  await proxy.stop();
  await server.stop();
});

beforeEach(() => {
  queue = `queue-${++number}`;
});

describe('a call whose answer was lost is answered again, not acted on again', () => {
  it('submit', async () => {
    const cut = proxy.cutAfterRequest(callOf('submit'), 2);
    const receipts = await submit(spec('a'), spec('b', { due: { delay: LEASE } }), spec('a'));
    expect(receipts).toEqual([
      { status: 'added', state: 'pending' },
      { status: 'added', state: 'scheduled' },
      { status: 'duplicate', state: 'pending' },
    ]);
    expect(cut.count).toBe(2);
    expect(await ids()).toEqual({ pending: ['a'], running: [] });
  });

  it('submit of a job that was handed over', async () => {
    const told: string[] = [];
    const stop = await direct.notifier.onHandedOver([queue], 'h', (_queue, { jobs }) => {
      told.push(...jobs.map(({ id }) => id));
    });
    await direct.jobs.claim({ queue, holder: 'h', limit: 5, lease: LEASE, suspects: true, standBy: 5 });
    const cut = proxy.cutAfterRequest(callOf('submit'), 2);
    expect(await submit(spec('a'))).toEqual([{ status: 'added', state: 'pending' }]);
    expect(cut.count).toBe(2);
    expect(await ids()).toEqual({ pending: [], running: ['a'] });
    // A message later than any of it.
    await submit(spec('b'));
    await waitFor(() => told.includes('b'), { what: 'the second hand-over' });
    expect(told).toEqual(['a', 'b']);
    await stop();
  });

  it('submit of a job that keeps nothing, and has finished meanwhile', async () => {
    proxy.blackhole('replies');
    const submitting = submit(spec('a', { retain: 0 }));
    await workOne();
    proxy.dropAll();
    proxy.blackhole(false);
    expect(await submitting).toEqual([{ status: 'added', state: 'pending' }]);
    const counts = await direct.inspector.counts(queue);
    expect([counts.byState.pending, counts.processed.completed]).toEqual([0, 1]);
  });

  it('claim', async () => {
    await submit(spec('a'), spec('b'), spec('c'));
    const cut = proxy.cutAfterRequest(callOf('claim'), 2);
    const { token, jobs, more } = await claim(2);
    expect(cut.count).toBe(2);
    expect([token, jobs.map(({ id }) => id), more]).toEqual([1, ['a', 'b'], true]);
    expect(jobs[0]).toMatchObject({ payload: '{"n":1}', attempt: 1, suspect: false });
    expect(await ids()).toEqual({ pending: ['c'], running: ['a', 'b'] });
  });

  it('settle', async () => {
    await submit(spec('a'), spec('b', { retain: 0 }), spec('c'));
    const { token } = await claim(3);
    const cut = proxy.cutAfterRequest(callOf('settle'), 2);
    const receipts = await store.jobs.settle({
      queue,
      holder: 'h',
      settlements: [
        { id: 'a', token, outcome: { kind: 'completed', result: '1' } },
        { id: 'b', token, outcome: { kind: 'completed' } },
        { id: 'c', token, outcome: { kind: 'retry', delay: 0, failure: FAILURE } },
        { id: 'x', token, outcome: { kind: 'completed' } },
      ],
    });
    expect(cut.count).toBe(2);
    expect(receipts).toEqual(['ok', 'ok', 'ok', 'lost-lease']);
    const [a, b, c] = await direct.inspector.get(queue, ['a', 'b', 'c']);
    expect([a?.state, b, c?.state, c?.attempts]).toEqual(['completed', undefined, 'retrying', 1]);
    expect((await direct.inspector.counts(queue)).processed.completed).toBe(2);
  });

  it('a move by hand', async () => {
    await submit(spec('a'));
    proxy.cutAfterRequest(callOf('remove'));
    expect(await store.control.remove(queue, ['a'])).toEqual([{ status: 'ok', state: 'pending' }]);
  });

  it('tick, which compares anew', async () => {
    await submit(spec('a'));
    const { token } = await claim(1);
    await store.control.cancel(queue, ['a']);
    proxy.cutAfterRequest(callOf('tick'));
    const held = [
      { id: 'a', token },
      { id: 'x', token },
    ];
    const reply = await store.jobs.tick({ queue, holder: 'h', lease: LEASE, held });
    expect(reply).toMatchObject({ lost: [{ id: 'x', token }], cancelled: ['a'] });
  });

  it('put of a schedule, new and in place of what it was', async () => {
    const cuts = [proxy.cutAfterRequest(callOf('enlist')), proxy.cutAfterRequest(callOf('putSchedule'), 2)];
    expect(await put({ next: { time: 1, due: 1 } })).toEqual({ status: 'put', revision: 1 });
    expect(cuts.map(({ count }) => count)).toEqual([1, 2]);
    const first = await schedule();
    const cut = proxy.cutAfterRequest(callOf('putSchedule'), 2);
    expect(await put({ replaces: first, definition: '{"n":2}' })).toEqual({ status: 'put', revision: 2 });
    expect(cut.count).toBe(2);
    const { next: _none, ...rest } = first;
    expect(await schedule()).toEqual({ ...rest, revision: 2, definition: '{"n":2}' });
  });

  it('put of a schedule in another queue, with what its firings have noted', async () => {
    await put({ next: { time: 1, due: 1 } });
    await fire({ job: spec('a') });
    const replaces = await schedule();
    const from = queue;
    queue = `${from}-other`;
    const scripts = ['removeSchedule', 'enlist', 'putSchedule'] as const;
    const cuts = scripts.map((script) => proxy.cutAfterRequest(callOf(script)));
    expect(await put({ id: replaces.id, replaces })).toEqual({ status: 'put', revision: 1 });
    expect(cuts.map(({ count }) => count)).toEqual([1, 1, 1]);
    expect((await direct.schedules.read(from, [replaces.id])).schedules).toEqual([]);
    expect(await schedule(replaces.id)).toMatchObject({ queue, revision: 1, runCount: 1, lastRun: replaces.lastRun });
    expect(await direct.schedules.place(replaces.id)).toBe(queue);
  });

  it('firings of a schedule: each occurrence is submitted and counted once', async () => {
    await put({ next: { time: 1, due: 1 } });
    for (const [run, id] of ['a', 'b', 'c'].entries()) {
      const cut = proxy.cutAfterRequest(callOf('fireSchedule'), 2);
      const next = { time: run + 2, due: run + 2 };
      expect(await fire({ revision: run + 1, next, job: spec(id) })).toEqual({ status: 'fired', state: 'pending' });
      expect(cut.count).toBe(2);
      expect(await schedule()).toMatchObject({ revision: run + 2, next, runCount: run + 1 });
    }
    expect((await schedule()).recent).toEqual(['c', 'b', 'a']);
    expect(await ids()).toEqual({ pending: ['a', 'b', 'c'], running: [] });
  });

  it('firing of an occurrence that waits, is left out, or is released', async () => {
    await put({ next: { time: 1, due: 1 } });
    const overlap = 'queue-one';
    const next = { time: 2, due: 2 };
    await fire({ overlap, next, job: spec('a') });
    for (const [revision, status] of [[2, 'waits'] as const, [3, 'skipped'] as const]) {
      const cut = proxy.cutAfterRequest(callOf('fireSchedule'), 2);
      expect(await fire({ overlap, revision, next, job: spec('b') })).toEqual({ status });
      expect(cut.count).toBe(2);
      expect(await schedule()).toMatchObject({ revision: revision + 1, runCount: 1, waiting: 2 });
    }
    await workOne();
    proxy.cutAfterRequest(callOf('fireSchedule'), 2);
    const released = await fire({ cause: 'released', overlap, revision: 4, job: spec('b') });
    expect(released).toEqual({ status: 'fired', state: 'pending' });
    const { waiting, ...rest } = await schedule();
    expect([waiting, rest]).toMatchObject([undefined, { revision: 5, runCount: 2, recent: ['b', 'a'] }]);
    expect(await ids()).toEqual({ pending: ['b'], running: [] });
  });

  it('firing by hand of a job that keeps nothing, and has finished meanwhile', async () => {
    await put({});
    proxy.blackhole('replies');
    const firing = fire({ cause: 'by-hand', job: spec('a', { retain: 0 }) });
    await workOne();
    proxy.dropAll();
    proxy.blackhole(false);
    expect(await firing).toEqual({ status: 'fired', state: 'pending' });
    const counts = await direct.inspector.counts(queue);
    expect([counts.byState.pending, counts.processed.completed]).toEqual([0, 1]);
    expect(await schedule()).toMatchObject({ revision: 2, runCount: 0, recent: ['a'] });
  });
});

it('claims whose jobs nobody came to know of go back at the next tick', async () => {
  await submit(spec('a'), spec('b'));
  await claim(1);
  await claim(1);
  const reply = await store.jobs.tick({ queue, holder: 'h', lease: LEASE, held: [{ id: 'b', token: 2 }] });
  expect(reply).toMatchObject({ lost: [], ready: true });
  expect(await ids()).toEqual({ pending: ['a'], running: ['b'] });
});

it('a tick that was given up and comes late takes nothing back that was claimed since', async () => {
  const own = createRedisStore({ url: server.url });
  await own.connection.open();
  const { client } = own.connection as RedisConnection;
  const evalsha = client.evalsha.bind(client);
  let late: (() => Promise<unknown>) | undefined;
  let answerOthers = (): void => undefined;
  const others = new Promise<void>((resolve) => (answerOthers = resolve));
  // As if it lay unread at a server that hangs, while another connection's calls are heard.
  Object.assign(client, {
    evalsha: async (...args: Parameters<typeof evalsha>) => {
      if (args[0] !== SCRIPTS.tick.sha1) {
        await others;
        return evalsha(...args);
      }
      const [, ...rest] = args;
      late = () => client.eval(SCRIPTS.tick.source, ...rest);
      throw Object.assign(new Error('ERR given up'), { name: 'ReplyError' });
    },
  });
  const submitting = own.jobs.submit({ queue, holder: 'h', specs: [spec('a')] });
  const ticking = own.jobs.tick({ queue, holder: 'h', lease: LEASE, held: [] });
  await expect(ticking).rejects.toMatchObject({ code: 'store-unavailable' });
  answerOthers();
  await submitting;
  await claim(1, own);
  await expect(late?.()).rejects.toThrow(/STALE/);
  expect(await ids()).toEqual({ pending: [], running: ['a'] });
  await own.connection.close();
});

it('calls survive SCRIPT FLUSH', async () => {
  await submit(spec('a'));
  await server.cli('SCRIPT FLUSH');
  const { token } = await claim(1);
  await server.cli('SCRIPT FLUSH');
  const settlements = [{ id: 'a', token, outcome: { kind: 'completed' } as const }];
  expect(await store.jobs.settle({ queue, holder: 'h', settlements })).toEqual(['ok']);
});

it('calls survive a restart of the server', async () => {
  await server.restart();
  expect(await submit(spec('a'))).toEqual([{ status: 'added', state: 'pending' }]);
});

it('more calls than there are slots wait for one', async () => {
  const specs = Array.from({ length: 200 }, (_, index) => spec(`job-${index}`));
  await Promise.all(specs.map((one) => submit(one)));
  expect((await direct.inspector.counts(queue)).byState.pending).toBe(200);
  expect(Number(await server.cli(['HLEN', (await repliesKeys())[0] as string]))).toBeLessThanOrEqual(64);
});

function callOf(script: ScriptName): RequestMatch {
  return ({ name, args }) => name === 'EVALSHA' && args[0] === SCRIPTS[script].sha1;
}

function spec(id: string, partial: Partial<JobSpec> = {}): JobSpec {
  return { id, type: 'work', payload: '{"n":1}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {}, ...partial };
}

function submit(...specs: readonly JobSpec[]) {
  return store.jobs.submit({ queue, holder: 'h', specs });
}

function claim(limit: number, ports = store) {
  return ports.jobs.claim({ queue, holder: 'h', limit, lease: LEASE, suspects: true });
}

/** Adds or replaces the schedule of this test, through the proxy. */
function put(part: Partial<PutSchedule>) {
  const one = { id: `${queue}/nightly`, queue, definition: '{"n":1}', keepsWaiting: true, max: 1_000 };
  return store.schedules.put({ ...one, ...part });
}

/** Fires the schedule of this test, through the proxy. */
function fire(part: Partial<FireSchedule>) {
  const one = { queue, id: `${queue}/nightly`, cause: 'due', revision: 1, overlap: 'allow', maxRuns: 0 } as const;
  return store.schedules.fire({ ...one, ...part });
}

async function schedule(id = `${queue}/nightly`): Promise<StoredSchedule> {
  const [found] = (await direct.schedules.read(queue, [id])).schedules;
  if (found === undefined) {
    throw new Error(`There is no schedule ${id}`);
  }
  return found;
}

/** Works off one job past the proxy, once it is there. */
async function workOne(): Promise<void> {
  for (;;) {
    const { token, jobs } = await claim(1, direct);
    for (const { id } of jobs) {
      const settlements = [{ id, token, outcome: { kind: 'completed' } as const }];
      expect(await direct.jobs.settle({ queue, holder: 'h', settlements })).toEqual(['ok']);
      return;
    }
  }
}

async function ids() {
  const of = async (state: 'pending' | 'running') =>
    (await direct.inspector.list({ queue, state, limit: 100 })).jobs.map(({ id }) => id);
  return { pending: await of('pending'), running: await of('running') };
}

async function repliesKeys(): Promise<readonly string[]> {
  return (await server.cli(['KEYS', `jobs:{${queue}}:replies:*`])).split('\n');
}
