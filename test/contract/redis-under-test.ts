import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import type { RedisStoreOptions } from '../../libs/jobs/src/adapters/redis/connection/redis-options.js';
import type { StoreUnderTest } from '../../libs/jobs/src/testing/job-store-contract.js';

/** An open store on Redis, whose time the test moves by the store's offset. @param alsoClose what is to end after it */
export async function redisUnderTest(
  options: RedisStoreOptions,
  alsoClose: () => Promise<unknown> = () => Promise.resolve(),
): Promise<StoreUnderTest> {
  let offset = 0;
  const ports = createRedisStore({ ...options, offset: () => offset });
  await ports.connection.open();
  return {
    ports,
    advance: async (milliseconds) => {
      offset += milliseconds;
    },
    close: async () => {
      await ports.connection.close();
      await alsoClose();
    },
  };
}
