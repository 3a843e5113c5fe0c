import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { throwawayStores } from '../../../../../test/contract/throwaway-stores.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import { startTcpProxy } from '../../../../../test/servers/tcp-proxy.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { JobSpec } from '../../domain/job.js';

const SECRET = 'hunter2/&';
const LEASE = 60_000;

const { closeLater, started, storeOn } = throwawayStores();

describe('a server that is not fit for jobs', () => {
  it.each(['allkeys-lru', 'volatile-ttl'])('is refused when it evicts by %s', async (policy) => {
    const server = await started(['--maxmemory-policy', policy]);
    const opening = storeOn({ url: server.url }).connection.open();
    await expect(opening).rejects.toMatchObject({
      code: 'unsuitable-store',
      message: `Redis at 127.0.0.1:${server.port} has maxmemory-policy ${policy}, with which jobs would be lost when it is full: set it to noeviction`,
    });
  });

  it.each([
    ['redis_version:6.2.14', /runs Redis 6\.2\.14, which is too old: use Redis 7\.0 or Valkey 7\.2/],
    ['redis_version:7.2.4\r\nvalkey_version:7.1.0', /runs Valkey 7\.1\.0, which is too old/],
  ])('is refused when it says %j', async (version, message) => {
    const port = await oldServer(version);
    const opening = storeOn({ host: '127.0.0.1', port }).connection.open();
    await expect(opening).rejects.toMatchObject({ code: 'unsuitable-store', message: expect.stringMatching(message) });
  });
});

describe('a server that cannot be reached or will not have us', () => {
  it('is named with the reason, on one line, within the boot deadline', async () => {
    const server = await started();
    await server.stop();
    const store = storeOn({
      url: `redis://user:${encodeURIComponent(SECRET)}@127.0.0.1:${server.port}`,
      bootTimeout: 300,
    });
    const error = await rejection(store.connection.open());
    expect(error).toMatchObject({ code: 'store-unavailable' });
    expect(error.message).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot be used: connect ECONNREFUSED [^\n]*$/);
  });

  it('shows no password: not in errors, their causes, or the description', async () => {
    const server = await started([], 'right');
    const store = storeOn({ url: `redis://:${encodeURIComponent(SECRET)}@127.0.0.1:${server.port}` });
    const error = await rejection(store.connection.open());
    expect(error.message).toMatch(/WRONGPASS|invalid password/i);
    for (const text of [
      inspect(error, { depth: 10 }),
      store.connection.description,
      inspect(store.connection.description),
    ]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(encodeURIComponent(SECRET));
    }
  });

  it('does not hold up a call for longer than its patience', async () => {
    const server = await started();
    const store = storeOn({ url: server.url, retryTimeout: 200 });
    await store.connection.open();
    await server.kill();
    await expect(submit(store, spec('a'))).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(store.connection.ping()).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  it('is asked once by a submit that has no patience, which says why it is away', async () => {
    const server = await started();
    const store = storeOn({ url: server.url });
    await store.connection.open();
    await submit(store, spec('a'));
    const impatient = (): ReturnType<typeof submit> =>
      store.jobs.submit({ queue: 'q', holder: 'h', specs: [spec('b')], patience: 0 });
    expect(await impatient()).toEqual([{ status: 'added', state: 'pending' }]);
    await server.kill();
    await waitFor(
      async () => (await rejection(impatient())).message.includes(`connect ECONNREFUSED 127.0.0.1:${server.port}`),
      { what: 'the refused connection to be known' },
    );
    expect(store.connection.isAway).toBe(false);
    const patient = submit(store, spec('c'));
    await waitFor(() => store.connection.isAway, { what: 'a call to wait' });
    await server.restart();
    expect(await patient).toEqual([{ status: 'added', state: 'pending' }]);
    expect(store.connection.isAway).toBe(false);
  });

  it('is given up and asked again when it accepts calls and never answers', async () => {
    const server = await started();
    const proxy = await startTcpProxy({ target: server });
    closeLater(() => proxy.stop());
    const store = storeOn({ url: proxy.url, callTimeout: 200 });
    await store.connection.open();
    proxy.blackhole(true);
    const before = proxy.accepted;
    const submitting = submit(store, spec('a'));
    await waitFor(() => proxy.accepted > before, { what: 'a new connection' });
    proxy.blackhole(false);
    expect(await submitting).toEqual([{ status: 'added', state: 'pending' }]);
  });

  it('lets close() return, with a sleep, a subscription and a call under way', async () => {
    const server = await started();
    const proxy = await startTcpProxy({ target: server });
    closeLater(() => proxy.stop());
    const store = storeOn({ url: proxy.url });
    await store.connection.open();
    await store.notifier.onCancel(['q'], () => undefined);
    const sleeping = store.notifier.sleep(['q'], 60_000, new AbortController().signal);
    proxy.blackhole(true);
    const submitting = rejection(submit(store, spec('a')));
    await store.connection.close();
    expect(await sleeping).toBe('aborted');
    expect(await submitting).toMatchObject({ code: 'store-unavailable' });
    await expect(submit(store, spec('a'))).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a server at maxmemory', () => {
  it('takes no new jobs, says so, and can be drained', async () => {
    const server = await started();
    const store = storeOn({ url: server.url });
    await store.connection.open();
    const payload = JSON.stringify('x'.repeat(10_000));
    await submit(store, ...Array.from({ length: 200 }, (_, index) => spec(`job-${index}`, { payload })));
    await submit(store, spec('later', { due: { delay: 1 } }), spec('gone'));
    await server.cli('CONFIG SET maxmemory 1mb');
    await expect(submit(store, spec('new'))).rejects.toMatchObject({ code: 'store-full' });
    expect(await store.inspector.get('q', ['new'])).toEqual([undefined]);
    expect(await store.control.cancel('q', ['gone'])).toEqual([{ status: 'ok', state: 'cancelled' }]);
    let done = 0;
    for (let round = 0; round < 20 && done < 201; round++) {
      const { token, jobs } = await store.jobs.claim({
        queue: 'q',
        holder: 'h',
        limit: 50,
        lease: LEASE,
        suspects: true,
      });
      const held = jobs.map(({ id }) => ({ id, token }));
      await store.jobs.report({
        queue: 'q',
        holder: 'h',
        reports: held.map((job) => ({ ...job, attempt: 1, progress: 1 })),
      });
      await store.jobs.tick({ queue: 'q', holder: 'h', lease: LEASE, held });
      const settlements = held.map((job) => ({ ...job, outcome: { kind: 'completed' } as const }));
      expect(new Set(await store.jobs.settle({ queue: 'q', holder: 'h', settlements }))).toEqual(
        new Set(jobs.length === 0 ? [] : ['ok']),
      );
      done += jobs.length;
    }
    expect(done).toBe(201);
    expect((await store.inspector.counts('q')).byState).toMatchObject({ completed: 201, pending: 0, running: 0 });
  });
});

function spec(id: string, partial: Partial<JobSpec> = {}): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {}, ...partial };
}

function submit(store: StorePorts, ...specs: readonly JobSpec[]) {
  return store.jobs.submit({ queue: 'q', holder: 'h', specs });
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not reject');
}

/** What an old server says of itself: none of that age can be had here. */
async function oldServer(version: string): Promise<number> {
  const info = `# Server\r\n${version}\r\nloading:0\r\nmaxmemory_policy:noeviction\r\n`;
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const isInfo = name?.toLowerCase() === 'info';
        socket.write(
          isInfo
            ? `$${info.length}\r\n${info}\r\n`
            : name?.toLowerCase() === 'hello'
              ? '%1\r\n$5\r\nproto\r\n:3\r\n'
              : '+OK\r\n',
        );
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closeLater(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as { port: number }).port;
}
