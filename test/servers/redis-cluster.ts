import { ask } from './ask.js';
import { claimPort } from './ports.js';
import type { RedisBinary } from './redis-binary.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { waitFor } from './wait-for.js';

const SLOTS = 16_384;
const NODE_PORT_ATTEMPTS = 5;

export interface RedisClusterOptions {
  /** Default 3. */
  readonly masters?: number;
  /** Replicas of each master, default 0. */
  readonly replicas?: number;
  /** Milliseconds until the cluster takes a silent node for failed, default 2000. */
  readonly nodeTimeout?: number;
  readonly binary?: RedisBinary;
  /** Added to every node's arguments. */
  readonly args?: readonly string[];
}

export interface RedisCluster {
  /** The masters first, in the order of their slots, then the replicas. */
  readonly nodes: readonly RedisServer[];
  /** What a client is given to connect. */
  readonly seeds: readonly { readonly host: string; readonly port: number }[];
  /** The master that was given the key's slot when the cluster was made. */
  nodeFor(key: string): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** A real cluster out of plain server processes, with every slot assigned and agreed on when this resolves. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const masters = options.masters ?? 3;
  const size = masters * (1 + (options.replicas ?? 0));
  const started = await Promise.allSettled(Array.from({ length: size }, () => startNode(options)));
  const all = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(all.map((node) => node.stop()));
  };
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    await join(all, masters);
  } catch (error) {
    await stop();
    throw error;
  }
  const nodes = all.map(({ server }) => server);
  return {
    nodes,
    seeds: nodes.map(({ host, port }) => ({ host, port })),
    async nodeFor(key) {
      const [first] = nodes;
      if (first === undefined) throw new Error('the cluster has no nodes');
      const slot = Number(await first.cli(['CLUSTER', 'KEYSLOT', key]));
      const owner = nodes.slice(0, masters).find((_, index) => slot <= lastSlot(index, masters));
      if (owner === undefined) throw new Error(`no master has slot ${slot}`);
      return owner;
    },
    stop,
  };
}

interface ClusterNode {
  readonly server: RedisServer;
  readonly busPort: number;
  stop(): Promise<void>;
}

/** The bus has a port of its own, claimed like the other one: the usual offset of 10000 could be anybody's. */
async function startNode({ binary, nodeTimeout = 2_000, args = [] }: RedisClusterOptions): Promise<ClusterNode> {
  for (let attempt = 1; ; attempt += 1) {
    const bus = await claimPort();
    try {
      const server = await startRedisServer({
        ...(binary === undefined ? {} : { binary }),
        args: [...clusterArgs(bus.port, nodeTimeout), ...args],
      });
      return {
        server,
        busPort: bus.port,
        async stop() {
          await server.stop();
          bus.release();
        },
      };
    } catch (error) {
      bus.release();
      if (attempt === NODE_PORT_ATTEMPTS) throw error;
    }
  }
}

function clusterArgs(busPort: number, nodeTimeout: number): readonly string[] {
  const own = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-config-file', 'nodes.conf'];
  return [...own, '--cluster-node-timeout', String(nodeTimeout), '--cluster-allow-replica-migration', 'no'];
}

async function join(nodes: readonly ClusterNode[], masters: number): Promise<void> {
  await Promise.all(
    nodes.slice(0, masters).map(({ server }, index) => {
      const range = `${index === 0 ? 0 : lastSlot(index - 1, masters) + 1} ${lastSlot(index, masters)}`;
      return server.cli(`CLUSTER ADDSLOTSRANGE ${range}`);
    }),
  );
  // Distinct epochs from the start: otherwise the nodes first settle who yields to whom.
  await Promise.all(nodes.map(({ server }, index) => server.cli(`CLUSTER SET-CONFIG-EPOCH ${index + 1}`)));
  const [first, ...others] = nodes;
  for (const { server, busPort } of others) {
    await first?.server.cli(`CLUSTER MEET ${server.host} ${server.port} ${busPort}`);
  }
  await everyNode(nodes, 'to know the others', (info) => info.includes(`cluster_known_nodes:${nodes.length}\r`));

  const ids = await Promise.all(nodes.map(({ server }) => server.cli('CLUSTER MYID')));
  const replicas = nodes.slice(masters);
  await Promise.all(
    replicas.map(({ server }, index) =>
      waitFor(async () => (await server.cli(`CLUSTER REPLICATE ${ids[index % masters]}`)) === 'OK', {
        what: `the cluster node on port ${server.port} to become a replica`,
      }),
    ),
  );
  await everyNode(
    nodes,
    'to agree on the slots',
    (info) => info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`),
  );
  await Promise.all(
    replicas.map(({ server }) =>
      waitFor(async () => (await server.cli('INFO replication')).includes('master_link_status:up'), {
        what: `the replica on port ${server.port} to follow its master`,
      }),
    ),
  );
}

async function everyNode(
  nodes: readonly ClusterNode[],
  what: string,
  holds: (clusterInfo: string) => boolean,
): Promise<void> {
  await Promise.all(
    nodes.map(({ server }) =>
      waitFor(async () => holds(await ask({ host: server.host, port: server.port }, 'CLUSTER INFO')), {
        what: `the cluster node on port ${server.port} ${what}`,
      }),
    ),
  );
}

function lastSlot(index: number, masters: number): number {
  return Math.ceil((SLOTS * (index + 1)) / masters) - 1;
}
