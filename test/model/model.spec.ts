import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import type { StoreUnderTest } from '../../libs/jobs/src/testing/job-store-contract.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { compareStores, MODEL_TIMEOUT, SEED } from './compare-stores.js';

describe('the memory store and Redis', () => {
  let server: RedisServer;
  let memory: StoreUnderTest;
  let redis: StoreUnderTest;

  beforeAll(async () => {
    server = await startRedisServer();
    memory = newMemoryStore();
    redis = await newRedisStore(server.url);
  });

  afterAll(async () => {
    await memory?.close();
    await redis?.close();
    await server?.stop();
  });

  it(
    `answer alike, whatever is done to them (JOBS_MODEL_SEED=${SEED})`,
    () => compareStores({ left: memory, right: redis }),
    MODEL_TIMEOUT,
  );
});

function newMemoryStore(): StoreUnderTest {
  const clock = new VirtualClock();
  const ports = createMemoryStore({ clock });
  return { ports, advance: (milliseconds) => clock.advance(milliseconds), close: () => ports.connection.close() };
}

async function newRedisStore(url: string): Promise<StoreUnderTest> {
  let offset = 0;
  const ports = createRedisStore({ url, offset: () => offset });
  await ports.connection.open();
  return {
    ports,
    advance: async (milliseconds) => {
      offset += milliseconds;
    },
    close: () => ports.connection.close(),
  };
}
