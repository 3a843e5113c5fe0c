import { Redis } from 'ioredis';

import { ask } from './ask.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { waitFor } from './wait-for.js';

describe('a TCP proxy in front of Redis', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let clients: Redis[] = [];

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    await server.cli('FLUSHALL');
    proxy = await startTcpProxy({ target: server });
  });
  afterEach(async () => {
    for (const client of clients) client.disconnect();
    clients = [];
    await proxy.stop();
  });

  /** A client that neither reconnects nor resends, so that a lost reply is an error. */
  function connectOnce(protocol?: 2 | 3): Redis {
    const client = new Redis(proxy.url, {
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      ...(protocol === undefined ? {} : { protocol }),
    });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  it('passes everything on until it is told otherwise', async () => {
    const client = connectOnce();
    const large = 'x'.repeat(300_000);
    await client.set('large', large);
    expect(await client.get('large')).toBe(large);
    expect(await server.cli('STRLEN large')).toBe('300000');
    expect(proxy.connections).toBe(1);
    client.disconnect();
    await waitFor(() => proxy.connections === 0, { what: 'the proxy to see the client leave' });
    expect(proxy.accepted).toBe(1);
  });

  it('loses exactly one reply of a command that was executed', async () => {
    const cut = proxy.cutAfterRequest(['incr', 'counter']);
    const client = connectOnce();
    expect(await client.set('counter', 1)).toBe('OK');
    await expect(client.incr('counter')).rejects.toThrow();
    await cut.happened;
    expect(await server.cli('GET counter')).toBe('2');
    expect(await connectOnce().incr('counter')).toBe(3);
    expect(cut.count).toBe(1);
  });

  it('lets a client that resends run a command twice', async () => {
    proxy.cutAfterRequest('incr');
    const client = new Redis(proxy.url, { retryStrategy: () => 1 });
    client.on('error', () => undefined);
    clients.push(client);
    expect(await client.incr('counter')).toBe(2);
  });

  it.each([2, 3] as const)('delivers earlier replies of a pipeline and nothing later (RESP%d)', async (protocol) => {
    const client = connectOnce(protocol);
    await client.ping();
    const cut = proxy.cutAfterRequest(({ name, args }) => name === 'INCR' && args[0] === 'second');
    const [first, second, third] = await Promise.allSettled([
      client.incr('first'),
      client.incr('second'),
      client.incr('third'),
    ]);
    await cut.happened;
    expect(first).toEqual({ status: 'fulfilled', value: 1 });
    expect(second.status).toBe('rejected');
    expect(third.status).toBe('rejected');
    expect(await server.cli('MGET first second third')).toBe('1\n1\n(nil)');
  });

  it('matches a request that is larger than a chunk, and waits until all of it was executed', async () => {
    const cut = proxy.cutAfterRequest('the end of it');
    const value = `${'y'.repeat(1_000_000)}the end of it`;
    await expect(connectOnce().set('large', value)).rejects.toThrow();
    await cut.happened;
    expect(await server.cli('STRLEN large')).toBe(String(value.length));
  });

  it('loses the reply of a script, on as many connections as told', async () => {
    const cut = proxy.cutAfterRequest('EVAL', 2);
    for (const expected of ['1', '2']) {
      await expect(connectOnce().eval("return redis.call('incr', KEYS[1])", 1, 'counter')).rejects.toThrow();
      expect(await server.cli('GET counter')).toBe(expected);
    }
    await cut.happened;
    expect(await connectOnce().eval("return redis.call('incr', KEYS[1])", 1, 'counter')).toBe(3);
  });

  it('follows a connection that subscribes', async () => {
    const client = connectOnce();
    const messages: string[] = [];
    client.on('message', (_channel, message: string) => messages.push(message));
    await client.subscribe('news');
    await server.cli('PUBLISH news one');
    await waitFor(() => messages.length === 1, { what: 'the message' });
    const cut = proxy.cutAfterRequest('ping');
    await expect(client.ping()).rejects.toThrow();
    await cut.happened;
  });

  it('cuts before a request, which is then not executed', async () => {
    const cut = proxy.cutBeforeRequest('incr');
    await expect(connectOnce().incr('counter')).rejects.toThrow();
    await cut.happened;
    expect(await server.cli('EXISTS counter')).toBe('0');
    expect(await connectOnce().incr('counter')).toBe(1);
  });

  it('does nothing for a cut that was taken back', async () => {
    proxy.cutAfterRequest('incr').cancel();
    expect(await connectOnce().incr('counter')).toBe(1);
  });

  it('is a black hole that accepts and never answers', async () => {
    const client = connectOnce();
    await client.ping();
    proxy.blackhole(true);
    const waiting = client.incr('counter');
    await expect(ask({ host: proxy.host, port: proxy.port, timeout: 300 }, 'PING')).rejects.toThrow('did not answer');
    expect(await server.cli('EXISTS counter')).toBe('0');
    proxy.blackhole(false);
    expect(await waiting).toBe(1);
  });

  it('can hold back the replies alone', async () => {
    const client = connectOnce();
    await client.ping();
    proxy.blackhole('replies');
    const lost = client.incr('counter');
    lost.catch(() => undefined);
    await waitFor(async () => (await server.cli('GET counter')) === '1', { what: 'the request to be executed' });
    proxy.dropAll();
    await expect(lost).rejects.toThrow();
  });

  it('delays each direction, in order', async () => {
    proxy.delay({ requests: 30, replies: 20 });
    const client = connectOnce();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (index) => {
        await client.rpush('list', index);
        order.push(index);
      }),
    );
    expect(order).toEqual([1, 2, 3]);
    expect(await client.lrange('list', 0, -1)).toEqual(['1', '2', '3']);
  });

  it('refuses new connections and keeps those that are there', async () => {
    const client = connectOnce();
    await client.ping();
    await proxy.refuse(true);
    await expect(ask(proxy, 'PING')).rejects.toThrow('ECONNREFUSED');
    expect(await client.ping()).toBe('PONG');
    await proxy.refuse(false);
    expect(await ask(proxy, 'PING')).toBe('PONG');
  });

  it('drops the connections that are open', async () => {
    const client = connectOnce();
    const waiting = client.blpop('empty', 0);
    waiting.catch(() => undefined);
    await waitFor(async () => (await server.cli('INFO clients')).includes('blocked_clients:1'), {
      what: 'the client to block',
    });
    proxy.dropAll();
    await expect(waiting).rejects.toThrow();
  });

  it('closes the client when the server goes away', async () => {
    const own = await startRedisServer();
    const before = await startTcpProxy({ target: own });
    const client = new Redis(before.url, { retryStrategy: () => null });
    client.on('error', () => undefined);
    clients.push(client);
    await client.ping();
    await own.stop();
    await waitFor(() => client.status === 'end', { what: 'the client to lose its connection' });
    await before.stop();
  });
});
