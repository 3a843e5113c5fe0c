import { Cluster, Redis } from 'ioredis';
import { moveSlot } from '../../../../../test/servers/move-slot.js';
import { type RedisCluster, startRedisCluster } from '../../../../../test/servers/redis-cluster.js';
import type { RedisServer } from '../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { createRedisStore } from './create-redis-store.js';
import { clusterSlot } from './connection/redis-client.js';
import type { RedisLocation } from './connection/redis-options.js';

const ADDED = { status: 'added', state: 'pending' };
const FOR_EVER = 60_000;
const SOON = 300;
const MASTERS = 3;
const QUEUES = Array.from({ length: 12 }, (_, index) => `queue-${index}`);

let cluster: RedisCluster;
let closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  // No failover in the midst of a test: a stopped replica is only silent.
  cluster = await startRedisCluster({ masters: MASTERS, replicas: 1, nodeTimeout: 60_000 });
});

afterEach(async () => {
  for (const close of closers.reverse()) {
    await close();
  }
  closers = [];
});

afterAll(() => cluster.stop());

describe('a submit that waits for a replica, on a Cluster', () => {
  it("asks the queue's own node", async () => {
    const store = await storeThat(FOR_EVER);
    expect((await Promise.all(QUEUES.map((queue) => submit(store, queue, 'a')))).flat()).toEqual(
      QUEUES.map(() => ADDED),
    );
    const confirmed = await Promise.all(QUEUES.map(async (queue) => pendingOn((await nodesOf(queue)).replica, queue)));
    expect(confirmed).toEqual(QUEUES.map(() => '1'));
  });

  it('is not confirmed where the replica of its node is away, and neither are others held up by it', async () => {
    const store = await storeThat(SOON);
    const patient = await storeThat(FOR_EVER);
    const { master, replica } = await nodesOf('queue-0');
    const isThere = await Promise.all(QUEUES.map(async (queue) => (await nodesOf(queue)).master !== master));
    await Promise.all(QUEUES.map((queue) => submit(patient, queue, 'warm')));
    await replica.kill('SIGSTOP');
    try {
      const stuck = submit(patient, 'queue-0', 'b');
      const there = QUEUES.filter((_, index) => isThere[index]);
      expect((await Promise.all(there.map((queue) => submit(patient, queue, 'b')))).flat()).toEqual(
        there.map(() => ADDED),
      );
      expect(await submit(store, 'queue-0', 'c')).toEqual([
        { ...ADDED, unconfirmed: { replicas: 0, wanted: 1, timeout: SOON } },
      ]);
      await replica.kill('SIGCONT');
      expect(await stuck).toEqual([ADDED]);
    } finally {
      await replica.kill('SIGCONT');
    }
  });

  it('follows a slot that has moved', async () => {
    const store = await storeThat(FOR_EVER);
    expect(await submit(store, 'moved', 'a')).toEqual([ADDED]);
    const { master } = await nodesOf('moved');
    const masters = cluster.nodes.slice(0, MASTERS);
    const other = masters.find((node) => node !== master) as RedisServer;
    await moveSlot(clusterSlot('jobs:{moved}'), master, other, masters);
    expect(await submit(store, 'moved', 'a')).toEqual([{ status: 'duplicate', state: 'pending' }]);
    expect(await submit(store, 'moved', 'b')).toEqual([ADDED]);
    expect(await pendingOn(replicaOf(other), 'moved')).toBe('2');
  });

  it("works with the application's own client, which stays open", async () => {
    const client = new Cluster([...cluster.seeds]);
    closers.push(async () => client.disconnect());
    const store = await storeThat(FOR_EVER, { client });
    expect(await submit(store, 'own', 'a')).toEqual([ADDED]);
    await store.connection.close();
    expect(await client.ping()).toBe('PONG');
  });
});

describe('a submit that waits for a replica, on a Cluster of which a master dies', () => {
  let mortal: RedisCluster;

  beforeAll(async () => {
    mortal = await startRedisCluster({ masters: MASTERS, replicas: 1, nodeTimeout: 2_000 });
  });

  afterAll(() => mortal.stop());

  it('was answered for good, and the next goes to the replica that took its place', async () => {
    const patient = await storeThat(FOR_EVER, { nodes: mortal.seeds });
    const store = await storeThat(SOON, { nodes: mortal.seeds });
    const ids = Array.from({ length: 20 }, (_, index) => `job-${index}`);
    expect((await Promise.all(ids.map((id) => submit(patient, 'q', id)))).flat()).toEqual(ids.map(() => ADDED));
    await (await mortal.nodeFor('jobs:{q}')).kill('SIGKILL');
    // Nobody follows the new master.
    expect(await submit(store, 'q', 'later')).toEqual([
      { ...ADDED, unconfirmed: { replicas: 0, wanted: 1, timeout: SOON } },
    ]);
    expect((await store.inspector.get('q', [...ids, 'later'])).map((job) => job?.state)).toEqual(
      [...ids, 'later'].map(() => 'pending'),
    );
  });
});

describe('the slot of a key', () => {
  it.each([
    'jobs:{queue}',
    'jobs:{@system}:meta',
    'jobs:{a.b:c-d_e}',
    'no braces',
    'empty {} braces',
    '{ä😀}',
    '{a}{b}',
  ])('is the one that Redis gives it: %s', async (key) => {
    expect(clusterSlot(key)).toBe(Number(await cluster.nodes[0]?.cli(['CLUSTER', 'KEYSLOT', key])));
  });
});

async function storeThat(timeout: number, location: RedisLocation = { nodes: cluster.seeds }): Promise<StorePorts> {
  const durability = { replicas: 1, appendOnly: false, timeout };
  const store = createRedisStore({ ...location, durability, retryTimeout: 60_000 });
  closers.push(() => store.connection.close());
  await store.connection.open();
  return store;
}

async function nodesOf(queue: string): Promise<{ readonly master: RedisServer; readonly replica: RedisServer }> {
  const master = await cluster.nodeFor(`jobs:{${queue}}`);
  return { master, replica: replicaOf(master) };
}

function replicaOf(master: RedisServer): RedisServer {
  return cluster.nodes[cluster.nodes.indexOf(master) + MASTERS] as RedisServer; // one each, in the same order
}

/** On a connection that may read what a replica has. */
async function pendingOn(replica: RedisServer, queue: string): Promise<string | null> {
  const client = new Redis(replica.port, replica.host, { readOnly: true });
  try {
    return await client.hget(`jobs:{${queue}}:meta`, 'pending');
  } finally {
    client.disconnect();
  }
}

function submit(store: StorePorts, queue: string, id: string) {
  const spec = { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
  return store.jobs.submit({ queue, holder: 'h', specs: [spec] });
}
