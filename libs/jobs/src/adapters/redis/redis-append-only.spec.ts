import { findServerWithWaitAof, hasWaitAof, startReplicated } from '../../../../../test/servers/redis-replica.js';
import { findRedis } from '../../../../../test/servers/redis-binary.js';
import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { createRedisStore } from './create-redis-store.js';
import type { Durability } from './connection/redis-options.js';

const ADDED = { status: 'added', state: 'pending' };
const FOR_EVER = 60_000;
const SOON = 300;

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

describe('a submit that waits for the append-only file', () => {
  it.each(['everysec', 'always'])(
    'survives that the server is killed at once, with appendfsync %s',
    async (appendfsync) => {
      const server = await started('--appendonly', 'yes', '--appendfsync', appendfsync);
      const store = await opened(server, { replicas: 0 });
      const ids = Array.from({ length: 50 }, (_, index) => `job-${index}`);
      expect((await Promise.all(ids.map((id) => submit(store, id)))).flat()).toEqual(ids.map(() => ADDED));
      await server.kill('SIGKILL');
      await server.restart();
      expect((await store.inspector.get('q', ids)).map((job) => job?.state)).toEqual(ids.map(() => 'pending'));
    },
  );

  it('is not confirmed while nothing is synced, though it is written', async () => {
    const server = await started('--appendonly', 'yes', '--appendfsync', 'no');
    const store = await opened(server, { replicas: 0, timeout: SOON });
    expect(await submit(store, 'a')).toEqual([
      { ...ADDED, unconfirmed: { replicas: 0, wanted: 0, appendOnly: false, timeout: SOON } },
    ]);
    // From now on the primary syncs: the same job, submitted again, is confirmed.
    await server.cli('CONFIG SET appendfsync always');
    const again = await opened(server, { replicas: 0 });
    expect(await submit(again, 'a')).toEqual([{ status: 'duplicate', state: 'pending' }]);
  });

  it("asks for the replicas' files too, and says which of them had it", async () => {
    const servers = await startReplicated({
      binary: await findServerWithWaitAof(),
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    });
    closers.push(() => servers.stop());
    const store = await opened(servers.primary, { replicas: 1 });
    expect(await submit(store, 'a')).toEqual([ADDED]);
    await servers.replica.cli('CONFIG SET appendonly no');
    const impatient = await opened(servers.primary, { replicas: 1, timeout: SOON });
    expect(await submit(impatient, 'b')).toEqual([
      { ...ADDED, unconfirmed: { replicas: 0, wanted: 1, appendOnly: true, timeout: SOON } },
    ]);
  });

  it('says why it is not confirmed when the file is switched off meanwhile', async () => {
    const server = await started('--appendonly', 'yes');
    const store = await opened(server, { replicas: 0, timeout: SOON });
    await server.cli('CONFIG SET appendonly no');
    expect(await submit(store, 'a')).toMatchObject([
      { ...ADDED, unconfirmed: { appendOnly: false, reason: expect.stringMatching(/WAITAOF cannot be used/) } },
    ]);
  });
});

describe('a server that cannot wait for its append-only file', () => {
  it('is refused at start when it has no WAITAOF', async () => {
    const binary = await findRedis();
    const args = hasWaitAof(binary) ? ['--rename-command', 'WAITAOF', ''] : [];
    const server = await startRedisServer({ binary, args: ['--appendonly', 'yes', ...args] });
    closers.push(() => server.stop());
    await expect(opened(server, { replicas: 0 })).rejects.toMatchObject({
      code: 'unsuitable-store',
      message: expect.stringMatching(
        /^Redis at 127\.0\.0\.1:\d+ cannot wait as redis\.durability asks for \(.*unknown command.*appendOnly needs WAITAOF, which Redis 7\.2 and Valkey 7\.2 have/,
      ),
    });
    // For replicas alone it can.
    await opened(server, { replicas: 1, appendOnly: false });
  });

  it('is refused at start when it has no such file', async () => {
    const server = await started();
    await expect(opened(server, { replicas: 0 })).rejects.toMatchObject({
      code: 'unsuitable-store',
      message: expect.stringMatching(/has appendonly off, .*: set appendonly yes, or wait for replicas alone$/),
    });
  });
});

async function started(...args: readonly string[]): Promise<RedisServer> {
  const server = await startRedisServer({ binary: await findServerWithWaitAof(), args });
  closers.push(() => server.stop());
  return server;
}

async function opened(server: RedisServer, durability: Partial<Durability>): Promise<StorePorts> {
  const store = createRedisStore({
    url: server.url,
    retryTimeout: 60_000,
    durability: { replicas: 1, appendOnly: true, timeout: FOR_EVER, ...durability },
  });
  closers.push(() => store.connection.close());
  await store.connection.open();
  return store;
}

function submit(store: StorePorts, id: string) {
  const spec = { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
  return store.jobs.submit({ queue: 'q', holder: 'h', specs: [spec] });
}
