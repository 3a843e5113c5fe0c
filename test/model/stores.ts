import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import type { RedisConnection } from '../../libs/jobs/src/adapters/redis/connection/redis-connection.js';
import type { RedisStoreOptions } from '../../libs/jobs/src/adapters/redis/connection/redis-options.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { redisUnderTest } from '../contract/redis-under-test.js';
import type { TcpProxy } from '../servers/tcp-proxy.js';
import type { ToldStore } from './told-store.js';

/** A store that is open, until it is closed. */
export interface OpenStore extends ToldStore {
  close(): Promise<void>;
}

/** Nothing travels to it, so it has no replies to lose. */
export function memoryStore(): OpenStore {
  const clock = new VirtualClock();
  const ports = createMemoryStore({ clock });
  return {
    name: 'the memory store',
    ports,
    advance: (milliseconds) => clock.advance(milliseconds),
    close: () => ports.connection.close(),
  };
}

/**
 * Replies are lost between client and store where nothing else is told, which costs a pause and no connection: the call has
 * acted, and its caller sees an error as of a connection that broke.
 */
export async function redisStore(
  name: string,
  options: RedisStoreOptions,
  loseReplies?: ToldStore['loseReplies'],
): Promise<OpenStore> {
  const store = await redisUnderTest(options);
  return { name, ...store, loseReplies: loseReplies ?? losesOf(store.ports.connection as RedisConnection) };
}

/** Cuts the connection each time, once the server has answered. */
export function cutsOf(proxy: TcpProxy): (calls: number) => () => void {
  return (calls) => {
    const cut = proxy.cutAfterRequest(({ name }) => name.startsWith('EVAL'), calls);
    return () => cut.cancel();
  };
}

function losesOf({ client }: RedisConnection): (calls: number) => () => void {
  let left = 0;
  const evalsha = client.evalsha.bind(client);
  Object.assign(client, {
    evalsha: async (...args: Parameters<typeof evalsha>) => {
      const reply = await evalsha(...args);
      if (left === 0) {
        return reply;
      }
      left--;
      throw new Error('The reply was lost');
    },
  });
  return (calls) => {
    left = calls;
    return () => {
      left = 0;
    };
  };
}
