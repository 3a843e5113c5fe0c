import { Cluster } from 'ioredis';
import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import type { JobSpec } from '../../libs/jobs/src/domain/job.js';
import { jobStoreContract } from '../../libs/jobs/src/testing/job-store-contract.js';
import { startRedisCluster, type RedisCluster } from '../servers/redis-cluster.js';
import { redisUnderTest } from './redis-under-test.js';

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startRedisCluster();
});

afterAll(() => cluster.stop());

jobStoreContract({
  name: 'the Redis store on a Cluster of three masters',
  newStore: () => redisUnderTest({ nodes: cluster.seeds }),
});

describe('on a Cluster', () => {
  it('queues are spread over the masters', async () => {
    const sizes = await Promise.all(cluster.nodes.map((node) => node.cli('DBSIZE')));
    expect(sizes.map(Number).filter((size) => size > 0)).toHaveLength(3);
  });

  it("the application's own client works, and stays open", async () => {
    const client = new Cluster([...cluster.seeds]);
    const store = createRedisStore({ client });
    await store.connection.open();
    expect(await submit(store, 'own', 'a')).toEqual([{ status: 'added', state: 'pending' }]);
    expect(await store.notifier.sleep(['own'], 60_000, new AbortController().signal)).toBe('woken');
    await store.connection.close();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('a node that went away and came back is found again', async () => {
    const store = createRedisStore({ nodes: cluster.seeds, retryTimeout: 60_000 });
    await store.connection.open();
    await submit(store, 'lost', 'a');
    const node = await cluster.nodeFor('jobs:{lost}:meta');
    await node.kill();
    const submitting = submit(store, 'lost', 'b');
    await node.restart();
    expect(await submitting).toEqual([{ status: 'added', state: 'pending' }]);
    await store.connection.close();
  });

  it('one master that evicts keys is one too many', async () => {
    const node = cluster.nodes[1];
    await node?.cli('CONFIG SET maxmemory-policy allkeys-lru');
    const store = createRedisStore({ nodes: cluster.seeds });
    await expect(store.connection.open()).rejects.toMatchObject({ code: 'unsuitable-store' });
    await node?.cli('CONFIG SET maxmemory-policy noeviction');
  });

  it('that cannot be reached, the reason is told', async () => {
    const port = 1;
    const store = createRedisStore({ nodes: [{ host: '127.0.0.1', port }], bootTimeout: 500 });
    await expect(store.connection.open()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(
        /^Redis Cluster at 127\.0\.0\.1:1 cannot be used: .*(ECONNREFUSED|Connection is closed)/,
      ),
    });
  });
});

function submit(store: StorePorts, queue: string, id: string) {
  const spec: JobSpec = { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
  return store.jobs.submit({ queue, holder: 'h', specs: [spec] });
}
