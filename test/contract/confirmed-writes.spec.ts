import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import { jobStoreContract } from '../../libs/jobs/src/testing/job-store-contract.js';
import { type ReplicatedServers, startReplicated } from '../servers/redis-replica.js';

let servers: ReplicatedServers;

beforeAll(async () => {
  servers = await startReplicated();
});

afterAll(() => servers.stop());

jobStoreContract({
  name: 'the Redis store whose submits wait for a replica',
  newStore: async () => {
    let offset = 0;
    await servers.primary.cli('FLUSHALL');
    const ports = createRedisStore({
      url: servers.primary.url,
      offset: () => offset,
      durability: { replicas: 1, appendOnly: false, timeout: 60_000 },
    });
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
