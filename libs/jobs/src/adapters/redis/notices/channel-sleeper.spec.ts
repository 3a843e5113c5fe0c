import { startRedisServer, type RedisServer } from '../../../../../../test/servers/redis-server.js';
import { Channels } from './channels.js';
import { ChannelSleeper } from './channel-sleeper.js';
import { Keys } from '../stored/keys.js';
import { RedisConnection } from '../connection/redis-connection.js';
import { ScriptCaller } from '../scripts/script-caller.js';

let server: RedisServer;
let connection: RedisConnection;
let channels: Channels;
let sleeper: ChannelSleeper;
const keys = new Keys();
const never = new AbortController().signal;

beforeAll(async () => {
  server = await startRedisServer();
  connection = new RedisConnection({ url: server.url });
  await connection.open();
  channels = new Channels(connection, new ScriptCaller(connection, keys, () => 0, 20_000));
});

beforeEach(() => {
  sleeper = new ChannelSleeper(channels, keys, async () => false);
});

afterAll(async () => {
  channels.close();
  await connection.close();
  await server.stop();
});

describe('news that comes while nobody sleeps', () => {
  it.each([
    ['its time', async (queue: string) => sleeper.sleep([queue], 20, never)],
    ['its signal', async (queue: string) => sleeper.sleep([queue], 30_000, AbortSignal.timeout(100))],
    ['news', async (queue: string) => Promise.all([sleeper.sleep([queue], 30_000, never), say(queue)])],
  ])('ends the next sleep, also after one that was ended by %s', async (how, sleep) => {
    const queue = `after-${how.replace(' ', '-')}`;
    await sleeper.sleep([queue], 20, never);
    await sleep(queue);
    await say(queue);
    expect(await sleeper.sleep([queue], 30_000, never)).toBe('woken');
  });
});

it('a sleep ends when the sleeper is closed, and none begins after that', async () => {
  await sleeper.sleep(['closing'], 20, never);
  const sleeping = sleeper.sleep(['closing'], 30_000, never);
  setImmediate(() => sleeper.close());
  expect(await sleeping).toBe('aborted');
  expect(await sleeper.sleep(['closing'], 30_000, never)).toBe('aborted');
});

/** Says that there is work; resolves when this process has heard it. */
async function say(queue: string): Promise<void> {
  let heard = (): void => undefined;
  const hearing = new Promise<void>((resolve) => (heard = resolve));
  const off = await channels.on(keys.wake(queue), heard);
  await server.cli(['PUBLISH', keys.wake(queue), '']);
  await hearing;
  await off();
}
