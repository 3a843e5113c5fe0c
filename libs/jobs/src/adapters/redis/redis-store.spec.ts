import { redisUnderTest } from '../../../../../test/contract/redis-under-test.js';
import { startRedisServer } from '../../../../../test/servers/redis-server.js';
import { jobStoreContract } from '../../testing/job-store-contract.js';

jobStoreContract({
  name: 'the Redis store',
  newStore: async () => {
    const server = await startRedisServer();
    return redisUnderTest({ url: server.url }, () => server.stop());
  },
});
