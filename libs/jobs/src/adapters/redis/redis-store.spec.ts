import { startRedisServer } from '../../../../../test/servers/redis-server.js';
import { jobStoreContract } from '../../testing/job-store-contract.js';
import { createRedisStore } from './create-redis-store.js';

jobStoreContract({
  name: 'the Redis store',
  newStore: async () => {
    const server = await startRedisServer();
    let offset = 0;
    const ports = createRedisStore({ url: server.url, offset: () => offset });
    await ports.connection.open();
    return {
      ports,
      advance: async (milliseconds) => {
        offset += milliseconds;
      },
      close: async () => {
        await ports.connection.close();
        await server.stop();
      },
    };
  },
});
