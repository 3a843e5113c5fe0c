import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { InvalidOptionError, UsageError } from '../../../domain/errors/errors.js';
import type { Target } from './redis-options.js';

export type RedisClient = Redis | Cluster;

type Ioredis = typeof import('ioredis');

/** ioredis is an optional peer: it is loaded when a Redis store is made, and not before. */
function loadIoredis(): Ioredis {
  try {
    return require('ioredis') as Ioredis;
  } catch (cause) {
    throw new UsageError("The Redis store needs the package 'ioredis': run npm install ioredis", { cause });
  }
}

/** True for a client of a Cluster. */
export function isCluster(client: RedisClient): client is Cluster {
  return 'isCluster' in client && client.isCluster;
}

/** The slot of a Cluster that a key lies in, as ioredis finds it for each command. */
export function clusterSlot(key: string): number {
  const { Command } = loadIoredis();
  return new Command('exists', [key]).getSlot();
}

/** Milliseconds that a server has to close its end; ioredis holds the process for as long, connected or not. */
const DISCONNECT_TIMEOUT = 200;

/**
 * Milliseconds between two questions whether a server has loaded its data. ioredis asks again when the server expects to
 * be ready, ten seconds later at most, and does not call that off when it is closed: the process would not end.
 */
const LOADING_RETRY = 500;

/**
 * The options of every connection this store opens itself. Nothing is sent again by ioredis, nor kept for later: the
 * script caller does that, and knows until when. A socket on which nothing comes back is given up.
 */
function ownOptions(callTimeout: number): Partial<RedisOptions> {
  return {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: callTimeout,
    connectTimeout: callTimeout,
    disconnectTimeout: DISCONNECT_TIMEOUT,
    maxLoadingRetryTime: LOADING_RETRY,
    retryStrategy: backoff,
    reconnectOnError: isDemoted,
  };
}

/** After a failover the old master is a replica: reconnecting finds the new one. */
function isDemoted(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

function backoff(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 6), 1_000) * (0.5 + Math.random() / 2);
}

/** Opens the connection for calls; it connects by itself, and again whenever it is lost. */
export function createClient(target: Target, callTimeout: number): RedisClient {
  switch (target.kind) {
    case 'client':
      return checkedClient(target.client);
    case 'cluster': {
      const { Cluster } = loadIoredis();
      const { enableOfflineQueue: _, retryStrategy: __, ...redisOptions } = ownOptions(callTimeout);
      return new Cluster(target.nodes as ConstructorParameters<typeof Cluster>[0], {
        clusterRetryStrategy: backoff,
        slotsRefreshTimeout: callTimeout,
        ...target.options,
        enableOfflineQueue: false,
        redisOptions: { ...redisOptions, ...target.redisOptions },
      });
    }
    case 'single': {
      const { Redis } = loadIoredis();
      return new Redis({ ...ownOptions(callTimeout), ...target.options });
    }
  }
}

function checkedClient(client: unknown): RedisClient {
  const { evalsha, duplicate, options } = client as {
    readonly evalsha?: unknown;
    readonly duplicate?: unknown;
    readonly options?: { readonly keyPrefix?: string };
  };
  if (typeof evalsha !== 'function' || typeof duplicate !== 'function') {
    throw new InvalidOptionError('redis.client', typeof client, 'a Redis or Cluster of ioredis');
  }
  if (options?.keyPrefix !== undefined && options.keyPrefix !== '') {
    throw new InvalidOptionError(
      'redis.client',
      `a client with keyPrefix '${options.keyPrefix}'`,
      'a client without one, and the option prefix',
    );
  }
  return client as RedisClient;
}

/** A connection of its own for calls that block: the server answers them late, and on purpose. */
export function duplicateForBlocking(client: Redis): Redis {
  return client.duplicate({
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: undefined,
    commandTimeout: undefined,
    disconnectTimeout: DISCONNECT_TIMEOUT,
    maxLoadingRetryTime: LOADING_RETRY,
    retryStrategy: backoff,
    lazyConnect: false,
  });
}

/**
 * A connection of its own for calls that wait for replicas. Nothing is sent again: a wait must not be answered on another
 * connection than the write before it was made on.
 *
 * @param longest milliseconds that a server may be silent
 */
export function duplicateForWaiting(client: RedisClient, longest: number): RedisClient {
  const options = {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: longest,
    commandTimeout: undefined,
    disconnectTimeout: DISCONNECT_TIMEOUT,
    reconnectOnError: isDemoted,
  };
  return isCluster(client)
    ? client.duplicate([], {
        enableAutoPipelining: false,
        enableOfflineQueue: true,
        lazyConnect: false,
        redisOptions: { ...client.options.redisOptions, ...options },
      })
    : client.duplicate({
        ...options,
        enableAutoPipelining: false,
        enableOfflineQueue: true,
        lazyConnect: false,
        retryStrategy: backoff,
      });
}

/** A connection of its own for channels; subscriptions come back with the connection. */
export function duplicateForChannels(client: RedisClient): RedisClient {
  if (isCluster(client)) {
    return client.duplicate([], { shardedSubscribers: true, enableOfflineQueue: true, lazyConnect: false });
  }
  return client.duplicate({
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: true,
    autoResubscribe: true,
    maxRetriesPerRequest: null,
    socketTimeout: undefined,
    commandTimeout: undefined,
    disconnectTimeout: DISCONNECT_TIMEOUT,
    maxLoadingRetryTime: LOADING_RETRY,
    retryStrategy: backoff,
    lazyConnect: false,
  });
}
