import { findRedis, findValkey, type RedisBinary } from './redis-binary.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { waitFor } from './wait-for.js';

export interface ReplicatedOptions {
  readonly binary?: RedisBinary;
  /** Added to the arguments of both servers. */
  readonly args?: readonly string[];
}

/** A primary and the replica that follows it, with the network between them in the test's hands. */
export interface ReplicatedServers {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** What replicates goes through it: from the primary these are `replies`. */
  readonly link: TcpProxy;
  /** Makes the replica a primary of its own, as a failover does. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both, and resolves once the replica follows. */
export async function startReplicated(options: ReplicatedOptions = {}): Promise<ReplicatedServers> {
  const binary = options.binary ?? (await findRedis());
  const args = ['--repl-diskless-sync-delay', '0', ...(options.args ?? [])];
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const each of running.splice(0).reverse()) await each.stop();
  };
  try {
    const primary = await startRedisServer({ binary, args });
    running.push(primary);
    const link = await startTcpProxy({ target: primary });
    running.push(link);
    const replica = await startRedisServer({ binary, args: [...args, '--replicaof', link.host, String(link.port)] });
    running.push(replica);
    await waitFor(async () => (await primary.cli('INFO replication')).includes('state=online'), {
      what: 'the replica to follow the primary',
    });
    return {
      primary,
      replica,
      link,
      promote: async () => void (await replica.cli('REPLICAOF NO ONE')),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A server program that has `WAITAOF`: that of the run where it is new enough, else Valkey. */
export async function findServerWithWaitAof(): Promise<RedisBinary> {
  const binary = await findRedis();
  return hasWaitAof(binary) ? binary : findValkey();
}

/** Redis has it since 7.2, and so has every Valkey. */
export function hasWaitAof({ name, version }: RedisBinary): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return name === 'valkey-server' || major > 7 || (major === 7 && minor >= 2);
}
