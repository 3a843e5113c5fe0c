import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { cutsOf, memoryStore, type OpenStore, redisStore } from './stores.js';
import { type Telling, tellInLanes } from './tell-histories.js';

/** JOBS_MODEL_SEED repeats a run. */
const SEED = Number(process.env['JOBS_MODEL_SEED'] ?? Date.now() % 2_000_000_000);
/** Where no lane of the other tests comes to. */
const OTHER_SEEDS = SEED + 10_000_000;
/** JOBS_MODEL_RUNS asks for a number of histories of each kind, however long they take. */
const RUNS = process.env['JOBS_MODEL_RUNS'];
const TIMEOUT = RUNS === undefined ? 600_000 : 24 * 3_600_000;

/** Commands of a short run: more than ten thousand to servers, and many more where none waits for an answer. */
const STEPS = { memory: 40_000, standalone: 6_500, cluster: 3_200, cut: 500 };
const LANES = 6;

describe(`histories of commands (JOBS_MODEL_SEED=${SEED})`, () => {
  let server: RedisServer;
  let cluster: RedisCluster;
  const ends: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    [server, cluster] = await Promise.all([startRedisServer(), startRedisCluster()]);
  });

  afterAll(async () => {
    await Promise.all(ends.map((end) => end()));
    await Promise.all([server?.stop(), cluster?.stop()]);
  });

  it(
    'leave the memory store as they leave the model',
    async () => {
      const lanes = await lanesOf(async () => [memoryStore()]);
      say('memory store', await tellInLanes(lanes, { ...told(STEPS.memory), seed: OTHER_SEEDS }));
    },
    TIMEOUT,
  );

  it(
    'leave the memory store and a Redis as they leave the model',
    async () => {
      const lanes = await lanesOf(async () => [memoryStore(), await redisStore('Redis', { url: server.url })]);
      say('memory store and Redis', await tellInLanes(lanes, told(STEPS.standalone)));
    },
    TIMEOUT,
  );

  it(
    'leave queues on the masters of a Cluster as they leave the model',
    async () => {
      const lanes = await lanesOf(async () => [await redisStore('Redis Cluster', { nodes: cluster.seeds })]);
      say('Redis Cluster', await tellInLanes(lanes, told(STEPS.cluster)));
      const sizes = await Promise.all(cluster.nodes.map((node) => node.cli('DBSIZE')));
      expect(sizes.map(Number).filter((size) => size > 0)).toHaveLength(cluster.nodes.length);
    },
    TIMEOUT,
  );

  it(
    'leave a Redis as they leave the model where connections are cut between request and reply',
    async () => {
      const proxies: TcpProxy[] = [];
      const lanes = await lanesOf(async () => {
        const proxy = await startTcpProxy({ target: server });
        proxies.push(proxy);
        ends.push(() => proxy.stop());
        return [await redisStore('Redis behind a proxy', { url: proxy.url }, cutsOf(proxy))];
      });
      say('Redis, with connections cut', await tellInLanes(lanes, told(STEPS.cut)));
      expect(proxies.every(({ accepted }) => accepted > 1)).toBe(true);
    },
    TIMEOUT,
  );

  async function lanesOf(newStores: () => Promise<readonly OpenStore[]>): Promise<readonly (readonly OpenStore[])[]> {
    const lanes = await Promise.all(Array.from({ length: LANES }, newStores));
    ends.push(...lanes.flat().map((store) => () => store.close()));
    return lanes;
  }
});

function told(steps: number): Telling {
  return { seed: SEED, ...(RUNS === undefined ? { steps } : { runs: Number(RUNS) }) };
}

function say(stores: string, steps: number): void {
  process.stdout.write(`${stores}: ${steps} commands, each compared with the model\n`);
}
