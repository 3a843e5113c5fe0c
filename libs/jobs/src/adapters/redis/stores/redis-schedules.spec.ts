import { startRedisServer, type RedisServer } from '../../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../../application/ports/store-ports.js';
import { createRedisStore } from '../create-redis-store.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { SCRIPTS } from '../scripts/scripts.generated.js';

const SCHEDULE = { id: 'nightly', queue: 'work', definition: '{"n":1}', keepsWaiting: true, max: 10 };

let server: RedisServer;
let one: StorePorts;
let other: StorePorts;

beforeAll(async () => {
  server = await startRedisServer();
  [one, other] = [createRedisStore({ url: server.url }), createRedisStore({ url: server.url })];
  await Promise.all([one.connection.open(), other.connection.open()]);
});

afterAll(async () => {
  await Promise.all([one?.connection.close(), other?.connection.close()]);
  await server?.stop();
});

it('a schedule that is put anew while another process removes it can be found and removed', async () => {
  await one.schedules.put(SCHEDULE);
  const { client } = one.connection as RedisConnection;
  const evalsha = client.evalsha.bind(client);
  const receipts: unknown[] = [];
  Object.assign(client, {
    evalsha: async (...args: Parameters<typeof evalsha>) => {
      if (args[0] === SCRIPTS.delist.sha1 && receipts.length === 0) {
        receipts.push(await other.schedules.put(SCHEDULE));
      }
      return evalsha(...args);
    },
  });
  expect(await one.schedules.remove('nightly')).toBe(true);
  expect(receipts).toEqual([{ status: 'put', revision: 1 }]);
  expect(await other.schedules.place('nightly')).toBe('work');
  expect(await other.schedules.remove('nightly')).toBe(true);
  expect((await other.schedules.read('work', ['nightly'])).schedules).toEqual([]);
});
