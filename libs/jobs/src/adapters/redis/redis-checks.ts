import type { Redis } from 'ioredis';
import { UnsuitableStoreError } from '../../domain/errors.js';
import { isCluster, type RedisClient } from './redis-client.js';

const OLDEST_REDIS = [7, 0] as const;
const OLDEST_VALKEY = [7, 2] as const;

/**
 * Checks every master for what jobs need. All of it is in INFO: CONFIG is closed on many managed servers.
 *
 * @throws UnsuitableStoreError when a server is too old or may evict keys
 */
export async function checkServers(client: RedisClient, place: string): Promise<void> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  if (servers.length === 0) {
    throw new Error('no node has told of the masters yet');
  }
  await Promise.all(servers.map((server) => checkServer(server, place)));
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
