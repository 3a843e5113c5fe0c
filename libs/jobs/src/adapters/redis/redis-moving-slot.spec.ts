import { Redis } from 'ioredis';
import { keysInSlot, MovingSlot } from '../../../../../test/servers/move-slot.js';
import { type RedisCluster, startRedisCluster } from '../../../../../test/servers/redis-cluster.js';
import type { RedisServer } from '../../../../../test/servers/redis-server.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { clusterSlot } from './connection/redis-client.js';
import { createRedisStore } from './create-redis-store.js';

const SLOT = clusterSlot('jobs:{q}');
const ADDED = { status: 'added', state: 'pending' };

let cluster: RedisCluster;
let store: StorePorts;
let from: RedisServer;
let to: RedisServer;

beforeEach(async () => {
  cluster = await startRedisCluster({ masters: 3, replicas: 0 });
  store = createRedisStore({ nodes: cluster.seeds, retryTimeout: 60_000 });
  await store.connection.open();
  from = await cluster.nodeFor('jobs:{q}');
  to = cluster.nodes.find((node) => node !== from) as RedisServer;
});

afterEach(async () => {
  await store.connection.close();
  await cluster.stop();
});

describe('while the slot of a queue moves, and its keys lie on two nodes', () => {
  it('nothing is changed, and what was asked for is done once it has arrived', async () => {
    expect(await submit('a', 'b')).toEqual([ADDED, ADDED]);
    const moving = await MovingSlot.begin(SLOT, from, to);
    await moving.move(['jobs:{q}:meta']);
    const before = await Promise.all([dump(from), dump(to)]);
    expect(before.map((keys) => Object.keys(keys).length > 0)).toEqual([true, true]);

    const claimed = store.jobs.claim({
      queue: 'q',
      holder: 'h',
      limit: 10,
      lease: 60_000,
      suspects: false,
      standBy: 0,
    });
    const submitted = submit('c');
    await waitFor(async () => (await refusals(to)) >= 4, { what: 'the calls to be refused' });
    expect(await Promise.all([dump(from), dump(to)])).toEqual(before);

    await moving.end(cluster.nodes);
    expect(await submitted).toEqual([ADDED]);
    const ids = (await claimed).jobs.map(({ id }) => id);
    expect([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]).toContainEqual(ids);
    expect(await dump(from)).toEqual({});
  });
});

/** How often the node has refused a call because its keys are apart. */
async function refusals(node: RedisServer): Promise<number> {
  return Number(/errorstat_TRYAGAIN:count=(\d+)/.exec(await node.cli('INFO errorstats'))?.[1] ?? 0);
}

/** What a node holds of the slot, by key; empty once it has been given away. */
async function dump(node: RedisServer): Promise<Record<string, string>> {
  const keys = await keysInSlot(node, SLOT, 1_000);
  const client = new Redis(node.port, node.host);
  try {
    // A node that is being given the slot answers who says that it asks.
    const values = await Promise.all(
      keys.map(async (key) => {
        const [, value] = await Promise.all([client.call('ASKING'), client.callBuffer('DUMP', key)]);
        return [key, (value as Buffer).toString('hex')] as const;
      }),
    );
    return Object.fromEntries(values);
  } finally {
    client.disconnect();
  }
}

function submit(...ids: readonly string[]) {
  const spec = { type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
  return store.jobs.submit({ queue: 'q', holder: 'h', specs: ids.map((id) => ({ ...spec, id })) });
}
