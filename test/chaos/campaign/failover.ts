import type { Redis } from 'ioredis';

import type { RedisServer } from '../../servers/redis-server.js';
import { startSentinels } from '../../servers/redis-sentinel.js';
import { waitFor } from '../../servers/wait-for.js';
import type { Fault } from './fault.js';
import { clientFaults, ServerConnections } from './server-connections.js';
import type { Topology } from './topology.js';

/** What lies between a master's answer and its replica, and no more than that, can be lost; locally some milliseconds. */
const BOUND = 2_000;

/** A master, its replica, and three Sentinels that replace it. */
export async function failover(): Promise<Topology> {
  const setup = await startSentinels({ downAfter: 500 });
  const servers = [setup.master, setup.replica];
  const master = async (): Promise<RedisServer> => {
    const { port } = await waitFor(() => setup.currentMaster(), { what: 'the sentinels to agree' });
    const found = servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`no server of the set-up has port ${port}`);
    return found;
  };
  const replaced = (old: RedisServer): Promise<true> =>
    waitFor(async () => (await setup.currentMaster()).port !== old.port, {
      timeout: 60_000,
      what: 'a new master',
    }).then(() => true);
  /** A Sentinel does not replace the new master before it knows a replica that follows it. */
  const following = (): Promise<true> =>
    waitFor(async () => (await (await master()).cli('INFO replication')).includes('state=online'), {
      timeout: 60_000,
      what: 'the replica to follow',
    }).then(() => true);
  let struck: RedisServer | undefined;
  const connections = new ServerConnections();
  const queueServer = async (): Promise<Redis> => connections.to(await master());
  const faults: Fault[] = [
    {
      name: 'the master is killed and replaced',
      forgets: true,
      strike: async () => {
        struck = await master();
        await struck.kill('SIGKILL');
        await replaced(struck);
      },
      heal: async () => {
        await struck?.restart();
        await following();
      },
    },
    {
      name: 'the master stands still and is replaced',
      forgets: true,
      strike: async () => {
        struck = await master();
        await struck.kill('SIGSTOP');
        await replaced(struck);
      },
      heal: async () => {
        await struck?.kill('SIGCONT');
        await following();
      },
    },
    ...clientFaults('Redis', queueServer),
  ];
  const module = { redis: { sentinels: [...setup.sentinels], name: setup.name } };
  return {
    name: 'replica with failover (Sentinel)',
    bound: BOUND,
    producers: module,
    workers: module,
    faults: faults.map((fault) => ({ ...fault, ofServer: true })),
    queueServer,
    close: async () => {
      connections.close();
      for (const server of servers) await server.kill('SIGCONT');
      await setup.stop();
    },
  };
}
