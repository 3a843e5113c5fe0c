import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import type { RedisStoreOptions } from '../../libs/jobs/src/adapters/redis/connection/redis-options.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';

/** Servers and stores of one test: what was started in it is closed after it, the last first. */
export function throwawayStores() {
  const closers: (() => Promise<unknown>)[] = [];
  const closeLater = (close: () => Promise<unknown>): void => void closers.push(close);

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) {
      await close();
    }
  });

  return {
    closeLater,

    async started(args: readonly string[] = [], password?: string): Promise<RedisServer> {
      const server = await startRedisServer({ args, ...(password === undefined ? {} : { password }) });
      closeLater(() => server.stop());
      return server;
    },

    /** A store that is not open yet. */
    storeOn(options: RedisStoreOptions): StorePorts {
      const store = createRedisStore(options);
      closeLater(() => store.connection.close());
      return store;
    },
  };
}
