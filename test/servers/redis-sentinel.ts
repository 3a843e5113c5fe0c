import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ask } from './ask.js';
import { recordServer } from './markers.js';
import { claimPort, HOST } from './ports.js';
import { findRedis, type RedisBinary } from './redis-binary.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { launchServer } from './server-process.js';
import { waitFor } from './wait-for.js';

const PORT_ATTEMPTS = 5;

export interface SentinelOptions {
  /** Default 'mymaster'. */
  readonly name?: string;
  /** Milliseconds until a silent master is taken for down, default 1000. */
  readonly downAfter?: number;
  readonly binary?: RedisBinary;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface SentinelSetup {
  readonly name: string;
  /** What a client is given to connect. */
  readonly sentinels: readonly Address[];
  /** The two data servers in their first roles; a failover swaps those. */
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** The address of the master as the sentinels name it now. */
  currentMaster(): Promise<Address>;
  stop(): Promise<void>;
}

interface Sentinel extends Address {
  stop(): Promise<void>;
}

/** A master, its replica and three sentinels that know each other and the replica when this resolves. */
export async function startSentinels(options: SentinelOptions = {}): Promise<SentinelSetup> {
  const { name = 'mymaster', downAfter = 1_000 } = options;
  const binary = options.binary ?? (await findRedis());
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
  };
  const started = <T extends { stop(): Promise<void> }>(server: T): T => {
    running.push(server);
    return server;
  };
  try {
    const args = ['--repl-diskless-sync-delay', '0'];
    const master = started(await startRedisServer({ binary, args }));
    const following = [...args, '--replicaof', master.host, String(master.port)];
    const replica = started(await startRedisServer({ binary, args: following }));
    await waitFor(async () => (await master.cli('INFO replication')).includes('state=online'), {
      what: 'the replica to follow the master',
    });
    const sentinels: Sentinel[] = [];
    for (let count = 0; count < 3; count += 1) {
      sentinels.push(started(await startSentinel(binary, name, master, downAfter)));
    }
    // They find each other through the master, on a tick of two seconds.
    await waitFor(
      async () => {
        const infos = await Promise.all(sentinels.map((sentinel) => ask(sentinel, 'INFO sentinel')));
        return infos.every((info) => info.includes('slaves=1,sentinels=3'));
      },
      { what: 'the sentinels to find each other' },
    );
    return {
      name,
      sentinels: sentinels.map(({ host, port }) => ({ host, port })),
      master,
      replica,
      currentMaster: () => masterNamedBy(sentinels, name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function masterNamedBy(sentinels: readonly Sentinel[], name: string): Promise<Address> {
  const answers = await Promise.all(
    sentinels.map((sentinel) => ask(sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name])),
  );
  const [first = '', ...others] = answers;
  if (others.some((answer) => answer !== first)) throw new Error(`the sentinels disagree: ${answers.join(' / ')}`);
  const [host = '', port] = first.split('\n');
  return { host, port: Number(port) };
}

async function startSentinel(binary: RedisBinary, name: string, master: Address, downAfter: number): Promise<Sentinel> {
  for (let attempt = 1; ; attempt += 1) {
    const claimed = await claimPort();
    const { port } = claimed;
    // A sentinel rewrites its configuration file, so each has a folder of its own.
    const dir = await mkdtemp(join(tmpdir(), 'nestjs-jobs-sentinel-'));
    const release = async (): Promise<void> => {
      claimed.release();
      await rm(dir, { recursive: true, force: true });
    };
    const config = join(dir, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      `bind ${HOST}`,
      `dir "${dir}"`,
      `sentinel monitor ${name} ${master.host} ${master.port} 2`,
      `sentinel down-after-milliseconds ${name} ${downAfter}`,
      `sentinel failover-timeout ${name} 5000`,
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    const sentinel = await launchServer({ binary, args: [config, '--sentinel'], dir, keepDir: false });
    await waitFor(
      async () =>
        !sentinel.running ||
        (await ask({ host: HOST, port }, 'INFO server')).includes(`process_id:${sentinel.pid}\r\n`),
      { what: `the sentinel on port ${port} to answer` },
    );
    if (sentinel.running) {
      recordServer(binary);
      return {
        host: HOST,
        port,
        async stop() {
          await sentinel.end();
          await release();
        },
      };
    }
    const log = sentinel.log();
    await release();
    if (attempt === PORT_ATTEMPTS) throw new Error(`a sentinel did not start on port ${port}: ${log}`);
  }
}
