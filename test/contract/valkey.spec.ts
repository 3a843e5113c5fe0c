import { jobStoreContract } from '../../libs/jobs/src/testing/job-store-contract.js';
import { findRedis, findValkey, type RedisBinary } from '../servers/redis-binary.js';
import { startRedisServer } from '../servers/redis-server.js';
import { redisUnderTest } from './redis-under-test.js';

jobStoreContract({
  name: 'the Redis store on Valkey',
  newStore: async () => {
    const server = await startRedisServer({ binary: await valkeyOrRedis() });
    return redisUnderTest({ url: server.url }, () => server.stop());
  },
});

/** The run prints which server it was: where no Valkey can be had the contract runs on Redis once more, and says so. */
function valkeyOrRedis(): Promise<RedisBinary> {
  return findValkey().catch((error: unknown) => {
    console.warn(`No Valkey for this run: ${error instanceof Error ? error.message : String(error)}`);
    return findRedis();
  });
}
