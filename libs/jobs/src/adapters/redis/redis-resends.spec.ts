import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import { startTcpProxy, type TcpProxy } from '../../../../../test/servers/tcp-proxy.js';
import type { RequestMatch } from '../../../../../test/servers/tcp-cut.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';
import type { RedisConnection } from './redis-connection.js';
import { type ScriptName, SCRIPTS } from './scripts.generated.js';

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
