import { jobStoreContract } from '../../libs/jobs/src/testing/job-store-contract.js';
import { type ReplicatedServers, startReplicated } from '../servers/redis-replica.js';
import { redisUnderTest } from './redis-under-test.js';

let servers: ReplicatedServers;

beforeAll(async () => {
  servers = await startReplicated();
});

afterAll(() => servers.stop());

jobStoreContract({
  name: 'the Redis store whose submits wait for a replica',
  newStore: async () => {
    await servers.primary.cli('FLUSHALL');
    return redisUnderTest({
      url: servers.primary.url,
      durability: { replicas: 1, appendOnly: false, timeout: 60_000 },
    });
  },
});
