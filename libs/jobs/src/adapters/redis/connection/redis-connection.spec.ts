import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { throwawayStores } from '../../../../../../test/contract/throwaway-stores.js';
import { startSentinels } from '../../../../../../test/servers/redis-sentinel.js';
import { waitFor } from '../../../../../../test/servers/wait-for.js';
import { startTcpProxy } from '../../../../../../test/servers/tcp-proxy.js';
import { startTlsFront } from '../../../../../../test/servers/tls-front.js';
import type { StorePorts } from '../../../application/ports/store-ports.js';
import type { JobSpec } from '../../../domain/job.js';
import { createRedisStore } from '../create-redis-store.js';

const SECRET = 'hunter2/&';
const LEASE = 60_000;

const { closeLater, started, storeOn } = throwawayStores();

describe('connections', () => {
  it('are one for who only submits, and three at most', async () => {
    const server = await started();
    const clients = async () =>
      (await server.cli('CLIENT LIST TYPE normal'))
        .split('\n')
        .filter((line) => line.includes('lib-name=ioredis') || line.includes('name=store')).length;
    const subscribers = async () =>
      (await server.cli('CLIENT LIST TYPE pubsub')).split('\n').filter((line) => line.includes('id=')).length;
    const store = storeOn({ url: server.url, options: { connectionName: 'store' } });
    await store.connection.open();
    await submit(store, spec('a'));
    await store.directory.announce({ types: [], queues: ['q', 'r'] });
    expect([await clients(), await subscribers()]).toEqual([1, 0]);
    const controller = new AbortController();
    await Promise.all([
      store.notifier.onCancel(['q', 'r'], () => undefined),
      store.notifier.onFinished('q', () => undefined),
    ]);
    for (const queue of ['q', 'r', 's']) {
      await store.notifier.sleep([queue, 'q'], 20, controller.signal);
    }
    const sleeping = store.notifier.sleep(['q', 'r'], 60_000, controller.signal);
    expect([await clients(), await subscribers()]).toEqual([2, 1]);
    controller.abort();
    expect(await sleeping).toBe('aborted');
  });

  it('come back by themselves, and so do subscriptions and sleeps', async () => {
    const server = await started();
    const proxy = await startTcpProxy({ target: server });
    closeLater(() => proxy.stop());
    const store = storeOn({ url: proxy.url });
    await store.connection.open();
    const cancelled: string[] = [];
    await store.notifier.onCancel(['q'], (_queue, id) => void cancelled.push(id));
    await submit(store, spec('a'));
    await store.jobs.claim({ queue: 'q', holder: 'h', limit: 1, lease: LEASE, suspects: true });
    const signal = new AbortController().signal;
    const early = store.notifier.sleep(['q'], 10, signal);
    proxy.dropAll();
    await early;
    await waitFor(
      async () => {
        await store.control.cancel('q', ['a']);
        return cancelled.length > 0;
      },
      { what: 'a cancel to be told' },
    );
    await submit(store, spec('b'));
    await waitFor(async () => (await store.notifier.sleep(['q'], 50, signal)) === 'woken', {
      what: 'a sleeper to wake',
    });
  });

  it("may be the application's own, which stays open", async () => {
    const server = await started();
    const client = new Redis(server.port);
    closeLater(() => client.quit());
    const store = createRedisStore({ client });
    await store.connection.open();
    expect(store.connection.description).toBe(`Redis at localhost:${server.port}`);
    await submit(store, spec('a'));
    await store.notifier.sleep(['q'], 10, new AbortController().signal);
    await store.connection.close();
    expect(await client.ping()).toBe('PONG');
  });

  it.each([
    ['no client', () => ({ client: {} }), /redis\.client/],
    ['two places', () => ({ url: 'redis://a', host: 'b' }), /one of url, host/],
    ['no URL', () => ({ url: `nonsense ${SECRET}` }), /redis\.url: "\(hidden\)"/],
    ['a URL of something else', () => ({ url: `http://:${SECRET}@host` }), /redis\.url/],
  ])('are refused for %s', (_name, options, message) => {
    const error = thrown(() => createRedisStore(options()));
    expect(error).toMatchObject({ code: 'invalid-option', message: expect.stringMatching(message) });
    expect(inspect(error)).not.toContain(SECRET);
  });

  it('are refused for a client with a keyPrefix', () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'x:' });
    expect(() => createRedisStore({ client })).toThrow(/keyPrefix 'x:'/);
  });

  it('use an ACL user, a password and a database', async () => {
    const server = await started();
    await server.cli([
      'ACL',
      'SETUSER',
      'worker',
      'on',
      `>${SECRET}`,
      '~jobs:*',
      '&jobs:*',
      '+@all',
      '-@dangerous',
      '+info',
      '+client',
    ]);
    const url = `redis://worker:${encodeURIComponent(SECRET)}@127.0.0.1:${server.port}/3`;
    const store = storeOn({ url });
    await store.connection.open();
    expect(store.connection.description).toBe(`Redis at 127.0.0.1:${server.port}/3`);
    await submit(store, spec('a'));
    expect(await server.cli('INFO keyspace')).toMatch(/db3:/);
  });

  it('speak TLS, by URL and by option, and to nobody whose certificate is not trusted', async () => {
    const server = await started([], SECRET);
    const front = await startTlsFront(server.port);
    closeLater(() => front.close());
    const password = encodeURIComponent(SECRET);
    const byUrl = storeOn({ url: `rediss://:${password}@localhost:${front.port}`, tls: { ca: front.ca } });
    await byUrl.connection.open();
    await submit(byUrl, spec('a'));
    const byOption = storeOn({ host: '127.0.0.1', port: front.port, password: SECRET, tls: { ca: front.ca } });
    await byOption.connection.open();
    expect(await byOption.inspector.get('q', ['a'])).toMatchObject([{ id: 'a', state: 'pending' }]);
    expect(front.accepted).toBeGreaterThanOrEqual(2);
    const distrustful = storeOn({ url: `rediss://:${password}@127.0.0.1:${front.port}`, bootTimeout: 500 });
    await expect(distrustful.connection.open()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/certificate/),
    });
  });

  it('follow the sentinels to a new master', async () => {
    const setup = await startSentinels();
    closeLater(() => setup.stop());
    const store = storeOn({ sentinels: setup.sentinels, name: setup.name, retryTimeout: 60_000 });
    await store.connection.open();
    await submit(store, spec('a'));
    await waitFor(async () => (await setup.replica.cli(['EXISTS', 'jobs:{q}:meta'])) === '1', {
      what: 'the replica to have it',
    });
    await setup.master.kill();
    expect(await submit(store, spec('b'))).toEqual([{ status: 'added', state: 'pending' }]);
    const { port } = await setup.currentMaster();
    expect(port).toBe(setup.replica.port);
  });
});

function spec(id: string, partial: Partial<JobSpec> = {}): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {}, ...partial };
}

function submit(store: StorePorts, ...specs: readonly JobSpec[]) {
  return store.jobs.submit({ queue: 'q', holder: 'h', specs });
}

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('It did not throw');
}
