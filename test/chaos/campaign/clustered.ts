import type { Redis } from 'ioredis';

import { startRedisCluster } from '../../servers/redis-cluster.js';
import type { RedisServer } from '../../servers/redis-server.js';
import { waitFor } from '../../servers/wait-for.js';
import { LINE, QUEUE } from '../fixtures/worker-options.js';
import type { Fault } from './fault.js';
import { moveSlot } from '../../servers/move-slot.js';
import { clientFaults, ServerConnections } from './server-connections.js';
import type { Topology } from './topology.js';

const BOUND = 2_000;

/** Three masters, each with a replica that replaces it. */
export async function clustered(): Promise<Topology> {
  const cluster = await startRedisCluster({ masters: 3, replicas: 1, nodeTimeout: 1_000 });
  const slotOf = async (queue: string): Promise<number> =>
    Number(await cluster.nodes[0]?.cli(['CLUSTER', 'KEYSLOT', `{${queue}}`]));
  const [slot, lineSlot] = [await slotOf(QUEUE), await slotOf(LINE)];
  /** By what a node that runs says: those that lag behind are asked again. */
  const masters = async (): Promise<readonly RedisServer[]> => {
    const roles = await Promise.all(
      cluster.nodes.map(async (node) => (node.running ? (await node.cli('ROLE')).startsWith('master') : false)),
    );
    return cluster.nodes.filter((_, index) => roles[index]);
  };
  const ownerOf = async (wanted: number): Promise<RedisServer> => {
    for (const node of await masters()) {
      const shards = await node.cli('CLUSTER NODES');
      const own = shards.split('\n').find((line) => line.includes('myself')) ?? '';
      if (!own.includes('fail') && slotsOf(own).some(([first, last]) => first <= wanted && wanted <= last)) return node;
    }
    throw new Error(`no master has slot ${wanted}`);
  };
  const owner = (wanted = slot): Promise<RedisServer> =>
    waitFor(() => ownerOf(wanted), { timeout: 60_000, what: `a master that has slot ${wanted}` });
  const whole = (): Promise<true> =>
    waitFor(
      async () => {
        const infos = await Promise.all(cluster.nodes.map((node) => node.cli('CLUSTER INFO')));
        const roles = await Promise.all(cluster.nodes.map((node) => node.cli('INFO replication')));
        return (
          infos.every((info) => info.includes('cluster_state:ok')) &&
          roles.every((role) =>
            role.includes('role:master') ? role.includes('state=online') : role.includes('link_status:up'),
          )
        );
      },
      { timeout: 60_000, what: 'the cluster to be whole again' },
    ).then(() => true);
  const connections = new ServerConnections();
  const queueServer = async (queue: string): Promise<Redis> =>
    connections.to(await owner(queue === LINE ? lineSlot : slot));
  let struck: RedisServer | undefined;
  const faults: Fault[] = [
    {
      name: 'the master of the queue is killed and replaced',
      forgets: true,
      strike: async () => {
        struck = await owner();
        await struck.kill('SIGKILL');
        await owner();
      },
      heal: async () => {
        await struck?.restart();
        await whole();
      },
    },
    {
      name: 'the slot of the queue moves to another master',
      strike: async () => {
        const from = await owner();
        const to = (await masters()).find((node) => node !== from);
        if (to !== undefined) await moveSlot(slot, from, to, await masters());
      },
    },
    ...clientFaults('the master of the queue', () => queueServer(QUEUE)),
  ];
  const module = { redis: { nodes: [...cluster.seeds] } };
  return {
    name: 'Cluster, a replica each',
    bound: BOUND,
    producers: module,
    workers: module,
    faults: faults.map((fault) => ({ ...fault, ofServer: true })),
    queueServer,
    close: async () => {
      connections.close();
      await cluster.stop();
    },
  };
}

/** The slots in a line of `CLUSTER NODES`, without those on their way. */
function slotsOf(line: string): readonly (readonly [number, number])[] {
  return line
    .split(' ')
    .slice(8)
    .filter((part) => /^\d/.test(part))
    .map((part) => {
      const [first = '', last = first] = part.split('-');
      return [Number(first), Number(last)] as const;
    });
}
