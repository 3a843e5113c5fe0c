import { startRedisServer } from '../../servers/redis-server.js';
import { startTcpProxy } from '../../servers/tcp-proxy.js';
import { loadScripts } from '../harness/scripts.js';
import type { Seeded } from '../harness/seeded.js';
import type { Fault } from './fault.js';
import { networkFaults } from './network-faults.js';
import { clientFaults, ServerConnections } from './server-connections.js';
import type { Topology } from './topology.js';

export interface Persistence {
  readonly name: string;
  readonly args: readonly string[];
  /** Absent where Redis is not to be killed, as it has nothing to come back with. */
  readonly kill?: { readonly forgets: boolean };
  readonly bound?: number;
}

/** So that a restart takes a moment, in which Redis answers that it is loading. */
const SLOW_LOADING = ['--key-load-delay', '10', '--loading-process-events-interval-bytes', '1024'];

export const PERSISTENCE: readonly Persistence[] = [
  {
    name: 'AOF, always',
    args: ['--appendonly', 'yes', '--appendfsync', 'always', ...SLOW_LOADING],
    kill: { forgets: false },
  },
  {
    name: 'AOF, everysec',
    args: ['--appendonly', 'yes', '--appendfsync', 'everysec', ...SLOW_LOADING],
    kill: { forgets: true },
    bound: 2_000,
  },
  { name: 'RDB each second', args: ['--save', '1 1'], kill: { forgets: true }, bound: 5_000 },
  { name: 'no persistence', args: [] },
];

/** One server, and a network to it that can fail. */
export async function standalone({ name, args, kill, bound }: Persistence, seeded: Seeded): Promise<Topology> {
  const server = await startRedisServer({ args });
  const [producers, workers] = [await startTcpProxy({ target: server }), await startTcpProxy({ target: server })];
  await loadScripts(server);
  const connections = new ServerConnections();
  const redis = connections.to(server);
  const killed = async (): Promise<void> => {
    await server.kill('SIGKILL');
  };
  const deaths: Fault[] =
    kill === undefined
      ? []
      : [
          { name: 'Redis is killed', ...kill, lasts: [0, 1_500], strike: killed, heal: () => server.restart() },
          {
            name: 'Redis is away for a minute',
            ...kill,
            most: kill.forgets ? 0 : 1,
            lasts: [60_000, 60_000],
            strike: killed,
            heal: () => server.restart(),
          },
        ];
  const own: Fault[] = [
    ...clientFaults('Redis', async () => redis),
    {
      name: 'Redis has no memory left',
      lasts: [300, 1_500],
      strike: () => redis.config('SET', 'maxmemory', '1mb'),
      heal: () => redis.config('SET', 'maxmemory', '0'),
    },
    {
      name: 'Redis is read-only',
      lasts: [300, 1_500],
      strike: () => redis.call('REPLICAOF', '127.0.0.1', '1'),
      heal: () => redis.call('REPLICAOF', 'NO', 'ONE'),
    },
    {
      name: 'Redis stands still',
      lasts: [300, 3_000],
      strike: () => server.kill('SIGSTOP'),
      heal: () => server.kill('SIGCONT'),
    },
    ...deaths,
  ];
  return {
    name,
    ...(bound === undefined ? {} : { bound }),
    producers: { redis: { url: producers.url } },
    workers: { redis: { url: workers.url } },
    faults: [
      ...own.map((fault) => ({ ...fault, ofServer: true })),
      ...networkFaults('producers', producers, ['submit'], seeded),
      ...networkFaults('workers', workers, ['claim', 'settle', 'tick'], seeded),
    ],
    queueServer: async () => redis,
    close: async () => {
      connections.close();
      await Promise.all([producers.stop(), workers.stop()]);
      await server.stop();
    },
  };
}
