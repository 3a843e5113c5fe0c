import type { Duration } from '../../domain/duration.js';

/**
 * How to reach Redis. ioredis is an optional peer: its options and clients are described here by their shape, so that
 * these types need it no more than the code does.
 */
export type JobsRedisOptions = RedisConnectionOptions | RedisClusterOptions | RedisClientOptions;

/**
 * A server, or Sentinels with the name of their master: ioredis's options. When and how commands are sent, sent again
 * or kept (`maxRetriesPerRequest`, `enableOfflineQueue`, `commandTimeout` and the like) the engine decides itself; what
 * the options say of it is left aside, and said so at boot.
 */
export interface RedisConnectionOptions extends IoredisOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. An undefined or empty one counts as not given. Default: `REDIS_URL`. */
  readonly url?: string;
  /** The server's name or address. Default: `localhost`. */
  readonly host?: string;
  /** The server's port. Default: 6379. */
  readonly port?: number;
  /** A Unix socket, instead of host and port. */
  readonly path?: string;
  /** 4 or 6; 0 takes either. Default: 0. */
  readonly family?: number;
  /** The ACL user. Default: Redis's own `default`. */
  readonly username?: string;
  /** The user's password. Never shown in a log or an error. */
  readonly password?: string;
  /** The number of the database. Default: 0. */
  readonly db?: number;
  /** Options of Node's `tls.connect`; `{}` is TLS with Node's defaults. Default: no TLS. */
  readonly tls?: object;
  /** Shown by `CLIENT LIST`. */
  readonly connectionName?: string;
  /** Milliseconds a connection may take. Default: 10000. */
  readonly connectTimeout?: number;
  /** The Sentinels to ask, such as `[{ host, port }]`; needs `name`. */
  readonly sentinels?: readonly { readonly host?: string; readonly port?: number }[];
  /** The name of the master that the Sentinels watch. */
  readonly name?: string;
  /** The ACL user at the Sentinels. */
  readonly sentinelUsername?: string;
  /** The password at the Sentinels. Never shown in a log or an error. */
  readonly sentinelPassword?: string;
  /** Speaks TLS with the Sentinels too. Default: `false`. */
  readonly enableTLSForSentinelMode?: boolean;
  /** Where a job must be, besides the primary's memory, before its submit resolves. Default: the primary's memory will do. */
  readonly durability?: RedisDurabilityOptions;
}

/** Where a job must be, besides the primary's memory, before its submit resolves; else it rejects with `unconfirmed-write`. */
export interface RedisDurabilityOptions {
  /** How many replicas must have it (`WAIT`). Default: 0. */
  readonly replicas?: number;
  /** It must be on disk, in the append-only file of the primary and of that many replicas (`WAITAOF`: Redis 7.2, Valkey). Default: `false`. */
  readonly appendOnly?: boolean;
  /** How long to wait for that, 1 ms to 60 s. Default: `5s`. */
  readonly timeout?: Duration;
}

/** A Redis Cluster. */
export interface RedisClusterOptions {
  /** Some nodes to learn the others from: `{ host, port }`, a URL, or a port on localhost. */
  readonly nodes: readonly (string | number | { readonly host?: string; readonly port?: number })[];
  /** ioredis's options for a Cluster; user, password and TLS belong into its `redisOptions`. */
  readonly options?: RedisClusterTuning;
  /** Where a job must be, besides the primary's memory, before its submit resolves. Default: the primary's memory will do. */
  readonly durability?: RedisDurabilityOptions;
}

/** An ioredis `Redis` or `Cluster` that the application has. It is duplicated for what blocks, and never closed. */
export interface RedisClientOptions {
  /** An instance of ioredis's `Redis` or `Cluster`, without a `keyPrefix` of its own. */
  readonly client: RedisClientLike;
  /** Where a job must be, besides the primary's memory, before its submit resolves. Default: the primary's memory will do. */
  readonly durability?: RedisDurabilityOptions;
}

/** What an ioredis `Redis` or `Cluster` is known by. */
export interface RedisClientLike {
  duplicate(...args: never[]): unknown;
  evalsha(...args: never[]): unknown;
}

/** ioredis options that are handed on as they are. */
export interface IoredisOptions {
  readonly Connector?: unknown;
  readonly autoPipeliningIgnoredCommands?: unknown;
  readonly autoResendUnfulfilledCommands?: unknown;
  readonly autoResubscribe?: unknown;
  readonly blockingTimeout?: unknown;
  readonly blockingTimeoutGrace?: unknown;
  readonly clientInfoTag?: unknown;
  readonly commandQueue?: unknown;
  readonly commandTimeout?: unknown;
  readonly disableClientInfo?: unknown;
  readonly disconnectTimeout?: unknown;
  readonly enableAutoPipelining?: unknown;
  readonly enableOfflineQueue?: unknown;
  readonly enableReadyCheck?: unknown;
  readonly failoverDetector?: unknown;
  readonly himportFieldsets?: unknown;
  readonly keepAlive?: unknown;
  readonly lazyConnect?: unknown;
  readonly maxLoadingRetryTime?: unknown;
  readonly maxRetriesPerRequest?: unknown;
  readonly monitor?: unknown;
  readonly natMap?: unknown;
  readonly noDelay?: unknown;
  readonly offlineQueue?: unknown;
  readonly preferredSlaves?: unknown;
  readonly protocol?: unknown;
  readonly readOnly?: unknown;
  readonly reconnectOnError?: unknown;
  readonly replyMapping?: unknown;
  readonly retryStrategy?: unknown;
  readonly role?: unknown;
  readonly scripts?: unknown;
  readonly sentinelCommandTimeout?: unknown;
  readonly sentinelMaxConnections?: unknown;
  readonly sentinelReconnectStrategy?: unknown;
  readonly sentinelRetryStrategy?: unknown;
  readonly sentinelTLS?: unknown;
  readonly showFriendlyErrorStack?: unknown;
  readonly socketTimeout?: unknown;
  readonly stringNumbers?: unknown;
  readonly updateSentinels?: unknown;
}

/** ioredis's options for a Cluster. */
export interface RedisClusterTuning {
  readonly redisOptions?: Omit<
    RedisConnectionOptions,
    'url' | 'host' | 'port' | 'path' | 'sentinels' | 'name' | 'durability'
  >;
  readonly autoPipeliningIgnoredCommands?: unknown;
  readonly clusterNodeRetryStrategy?: unknown;
  readonly clusterRetryStrategy?: unknown;
  readonly dnsLookup?: unknown;
  readonly enableAutoPipelining?: unknown;
  readonly enableOfflineQueue?: unknown;
  readonly enableReadyCheck?: unknown;
  readonly himportFieldsets?: unknown;
  readonly lazyConnect?: unknown;
  readonly maxRedirections?: unknown;
  readonly natMap?: unknown;
  readonly replyMapping?: unknown;
  readonly resolveSrv?: unknown;
  readonly retryDelayOnClusterDown?: unknown;
  readonly retryDelayOnFailover?: unknown;
  readonly retryDelayOnMoved?: unknown;
  readonly retryDelayOnTryAgain?: unknown;
  readonly scaleReads?: unknown;
  readonly scripts?: unknown;
  readonly shardedSubscribers?: unknown;
  readonly showFriendlyErrorStack?: unknown;
  readonly slotsRefreshInterval?: unknown;
  readonly slotsRefreshTimeout?: unknown;
  readonly useSRVRecords?: unknown;
}
