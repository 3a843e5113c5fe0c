import type { RedisBinary } from '../../../../../test/servers/redis-binary.js';
import { findRedis } from '../../../../../test/servers/redis-binary.js';
import {
  findServerWithWaitAof,
  type ReplicatedServers,
  startReplicated,
} from '../../../../../test/servers/redis-replica.js';
import type { RedisServer } from '../../../../../test/servers/redis-server.js';
import { startTcpProxy } from '../../../../../test/servers/tcp-proxy.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';
import type { Durability } from './connection/redis-options.js';
import { SCRIPTS } from './scripts/scripts.generated.js';

const LEASE = 60_000;
/** Longer than a test may take: whoever waits so long waits for the replica, and not for the end of the time. */
const FOR_EVER = 60_000;
const SOON = 300;
const ADDED = { status: 'added', state: 'pending' };
const NOT_THERE = { replicas: 0, wanted: 1, timeout: SOON };

const PROGRAMS: readonly (readonly [string, () => Promise<RedisBinary>])[] = [
  ["the run's own server", findRedis],
  ['a server that has WAITAOF', findServerWithWaitAof],
];

describe.each(PROGRAMS)('a submit that waits for a replica, on %s', (_name, find) => {
  let servers: ReplicatedServers;
  let closers: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    servers = await startReplicated({ binary: await find() });
  });

  afterEach(async () => {
    await servers.replica.kill('SIGCONT');
    for (const close of closers.reverse()) {
      await close();
    }
    closers = [];
    await servers.stop();
  });

  async function storeThat(durability: Partial<Durability> | undefined, url = servers.primary.url) {
    const store = createRedisStore({
      url,
      options: { connectionName: 'store' },
      ...(durability && { durability: { replicas: 1, appendOnly: false, timeout: FOR_EVER, ...durability } }),
    });
    closers.push(() => store.connection.close());
    await store.connection.open();
    return store;
  }

  it('is answered once the replica has the job, however far away it is', async () => {
    const store = await storeThat({});
    servers.link.delay(200);
    expect(await submit(store, 'a', 'b')).toEqual([ADDED, ADDED]);
    expect(await pendingOn(servers.replica)).toBe('2');
  });

  it('is answered that it is stored and not confirmed when the replica has not got it in time', async () => {
    const store = await storeThat({ timeout: SOON });
    await servers.replica.kill('SIGSTOP');
    expect(await submit(store, 'a', 'b')).toEqual([
      { ...ADDED, unconfirmed: NOT_THERE },
      { ...ADDED, unconfirmed: NOT_THERE },
    ]);
    expect(await store.inspector.get('q', ['a', 'b'])).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
    // The same again, with the replica still away and when it is back: never twice.
    expect(await submit(store, 'a')).toEqual([{ status: 'duplicate', state: 'pending', unconfirmed: NOT_THERE }]);
    await servers.replica.kill('SIGCONT');
    const again = await storeThat({});
    expect(await submit(again, 'a', 'b')).toEqual([
      { status: 'duplicate', state: 'pending' },
      { status: 'duplicate', state: 'pending' },
    ]);
    expect(await pendingOn(servers.replica)).toBe('2');
  });

  it('holds up nothing else: neither claims and outcomes nor submits of others', async () => {
    const store = await storeThat({});
    const other = await storeThat(undefined);
    await submit(other, 'a');
    await servers.replica.kill('SIGSTOP');
    let isAnswered = false;
    const submitting = submit(store, 'b').finally(() => {
      isAnswered = true;
    });
    await waitFor(async () => (await pendingOn(servers.primary)) === '2', { what: 'the job to be stored' });
    const { token, jobs } = await store.jobs.claim({ queue: 'q', holder: 'h', limit: 9, lease: LEASE, suspects: true });
    expect(jobs.map(({ id }) => id)).toEqual(['a', 'b']);
    const settlements = jobs.map(({ id }) => ({ id, token, outcome: { kind: 'completed' as const } }));
    expect(await store.jobs.settle({ queue: 'q', holder: 'h', settlements })).toEqual(['ok', 'ok']);
    expect(await submit(other, 'c')).toEqual([ADDED]);
    expect(isAnswered).toBe(false);
    await servers.replica.kill('SIGCONT');
    expect(await submitting).toEqual([ADDED]);
  });

  it('waits once with all that came while another waited, of whatever queues', async () => {
    const store = await storeThat({});
    await submit(store, 'warm');
    await servers.replica.kill('SIGSTOP');
    const before = await waitsOn(servers.primary);
    const first = submit(store, 'first');
    await waitFor(async () => (await servers.primary.cli('CLIENT LIST')).includes('cmd=wait'), { what: 'a wait' });
    await waitFor(async () => (await pendingOn(servers.primary)) === '2', { what: 'the first job to be stored' });
    const others = Array.from({ length: 50 }, (_, index) => submitTo(store, `queue-${index % 5}`, `job-${index}`));
    await servers.replica.kill('SIGCONT');
    expect(await first).toEqual([ADDED]);
    expect((await Promise.all(others)).flat()).toEqual(others.map(() => ADDED));
    expect((await waitsOn(servers.primary)) - before).toBe(2);
  });

  it('is stored whole, and waits no second time, once one of its batches is not confirmed', async () => {
    const store = await storeThat({ timeout: SOON });
    await submit(store, 'warm');
    await servers.replica.kill('SIGSTOP');
    const before = await waitsOn(servers.primary);
    const receipts = await submit(store, ...Array.from({ length: 1_100 }, (_, index) => `job-${index}`));
    expect(receipts).toEqual(receipts.map(() => ({ ...ADDED, unconfirmed: NOT_THERE })));
    expect(await pendingOn(servers.primary)).toBe('1101');
    expect((await waitsOn(servers.primary)) - before).toBe(1);
  });

  it('whose answer was lost is not confirmed by a connection that has written nothing', async () => {
    const proxy = await startTcpProxy({ target: servers.primary });
    closers.push(() => proxy.stop());
    const store = await storeThat({ timeout: SOON }, proxy.url);
    await submit(store, 'warm');
    await servers.replica.kill('SIGSTOP');
    const cut = proxy.cutAfterRequest(({ args }) => args[0] === SCRIPTS.submit.sha1, 2);
    expect(await submit(store, 'a')).toEqual([{ ...ADDED, unconfirmed: NOT_THERE }]);
    expect(cut.count).toBe(2);
    expect(await pendingOn(servers.primary)).toBe('2');
  });

  it('survives that the primary dies at once and the replica takes its place', async () => {
    const store = await storeThat({});
    servers.link.delay({ replies: 100 });
    const ids = Array.from({ length: 40 }, (_, index) => `job-${index}`);
    expect((await Promise.all(ids.map((id) => submit(store, id)))).flat()).toEqual(ids.map(() => ADDED));
    await servers.primary.kill('SIGKILL');
    await servers.promote();
    const successor = await storeThat(undefined, servers.replica.url);
    expect((await successor.inspector.get('q', ids)).map((job) => job?.state)).toEqual(ids.map(() => 'pending'));
  });

  it('is what keeps the job: one that does not wait is lost in the same way', async () => {
    const store = await storeThat(undefined);
    servers.link.blackhole(true);
    expect(await submit(store, 'a')).toEqual([ADDED]);
    await servers.primary.kill('SIGKILL');
    await servers.promote();
    const successor = await storeThat(undefined, servers.replica.url);
    expect(await successor.inspector.get('q', ['a'])).toEqual([undefined]);
  });

  it('begins with a server that is a replica yet, as in the midst of a failover, once it is none', async () => {
    const opening = storeThat({ replicas: 0, timeout: SOON }, servers.replica.url);
    opening.catch(() => undefined);
    await waitFor(async () => (await waitsOn(servers.replica)) > 0, { what: 'the first try' });
    await servers.promote();
    expect(await submit(await opening, 'a')).toEqual([ADDED]);
  });

  it('has one connection more, from the first submit until the store is closed', async () => {
    const store = await storeThat({});
    const clients = async () =>
      (await servers.primary.cli('CLIENT LIST TYPE normal')).split('\n').filter((line) => line.includes('name=store'))
        .length;
    expect(await clients()).toBe(1);
    await submit(store, 'a');
    await submit(store, 'b');
    expect(await clients()).toBe(2);
    await servers.replica.kill('SIGSTOP');
    const submitting = submit(store, 'c').catch((error: unknown) => error);
    await waitFor(async () => (await pendingOn(servers.primary)) === '3', { what: 'the job to be stored' });
    await store.connection.close();
    expect(await submitting).toMatchObject({ code: 'store-unavailable' });
    await waitFor(async () => (await clients()) === 0, { what: 'the connections to be closed' });
  });
});

function submit(store: StorePorts, ...ids: readonly string[]) {
  return submitTo(store, 'q', ...ids);
}

function submitTo(store: StorePorts, queue: string, ...ids: readonly string[]) {
  return store.jobs.submit({ queue, holder: 'h', specs: ids.map(spec) });
}

function spec(id: string): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
}

function pendingOn(server: RedisServer): Promise<string> {
  return server.cli(['HGET', 'jobs:{q}:meta', 'pending']);
}

async function waitsOn(server: RedisServer): Promise<number> {
  return Number(/^cmdstat_wait:calls=(\d+)/m.exec(await server.cli('INFO commandstats'))?.[1] ?? 0);
}
