import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import { jobStoreContract } from '../../libs/jobs/src/testing/job-store-contract.js';
import { startRedisCluster, type RedisCluster } from '../servers/redis-cluster.js';

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startRedisCluster();
});

afterAll(() => cluster.stop());

jobStoreContract({
  name: 'the Redis store on a Cluster of three masters',
  newStore: async () => {
    let offset = 0;
    const ports = createRedisStore({ nodes: cluster.seeds, offset: () => offset });
    await ports.connection.open();
    return {
      ports,
      advance: async (milliseconds) => {
        offset += milliseconds;
      },
      close: () => ports.connection.close(),
    };
  },
});

it('spreads its queues over the masters', async () => {
  const sizes = await Promise.all(cluster.nodes.map((node) => node.cli('DBSIZE')));
  expect(sizes.map(Number).filter((size) => size > 0)).toHaveLength(3);
});
