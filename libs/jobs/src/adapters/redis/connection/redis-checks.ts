import type { Redis } from 'ioredis';
import { UnsuitableStoreError } from '../../../domain/errors/errors.js';
import { isCluster, type RedisClient } from './redis-client.js';
import { classify } from './redis-errors.js';
import type { Durability } from './redis-options.js';

const OLDEST_REDIS = [7, 0] as const;
const OLDEST_VALKEY = [7, 2] as const;

/**
 * Checks every master for what jobs need. All of it is in INFO: CONFIG is closed on many managed servers. Whether it can
 * wait for its append-only file a server is asked by having it wait.
 *
 * @throws UnsuitableStoreError when a server is too old, may evict keys, or cannot wait as it is to
 */
export async function checkServers(client: RedisClient, place: string, durability?: Durability): Promise<void> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  if (servers.length === 0) {
    throw new Error('no node has told of the masters yet');
  }
  await Promise.all(
    servers.map(async (server) => {
      await checkServer(server, place);
      if (durability !== undefined) {
        await checkWait(server, place, durability);
      }
    }),
  );
}

async function checkWait(server: Redis, place: string, { appendOnly }: Durability): Promise<void> {
  try {
    await (appendOnly ? server.call('WAITAOF', 1, 0, 1) : server.wait(0, 1));
  } catch (error) {
    const { message } = error as Error;
    if (classify(error) === 'trouble') {
      // Until a Cluster has told of its slots, replicas among the nodes that were named pass for masters.
      throw new Error(`cannot wait yet: ${message}`, { cause: error });
    }
    if (classify(error) !== 'refused' || /^NO(AUTH|PERM)\b/.test(message)) {
      throw error;
    }
    throw new UnsuitableStoreError(
      /appendonly/i.test(message)
        ? `${place} has appendonly off, and redis.durability.appendOnly is to wait for its append-only file: set appendonly yes, or wait for replicas alone`
        : `${place} cannot wait as redis.durability asks for (${message}): appendOnly needs WAITAOF, which Redis 7.2 and Valkey 7.2 have; use one of them, or wait for replicas alone`,
      { cause: error },
    );
  }
}

async function checkServer(server: Redis, place: string): Promise<void> {
  const info = `${await server.info('server')}\n${await server.info('memory')}`;
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const valkey = field('valkey_version');
  const [product, version, oldest] =
    valkey === undefined
      ? (['Redis', field('redis_version') ?? '', OLDEST_REDIS] as const)
      : (['Valkey', valkey, OLDEST_VALKEY] as const);
  if (isOlder(version, oldest)) {
    throw new UnsuitableStoreError(
      `${place} runs ${product} ${version}, which is too old: use Redis ${OLDEST_REDIS.join('.')} or Valkey ${OLDEST_VALKEY.join('.')}, or newer`,
    );
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new UnsuitableStoreError(
      `${place} has maxmemory-policy ${policy}, with which jobs would be lost when it is full: set it to noeviction`,
    );
  }
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
