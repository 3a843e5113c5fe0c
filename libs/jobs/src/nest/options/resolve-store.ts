import { parseDuration } from '../../domain/duration.js';
import type { Problem } from './check-options.js';
import type { JobsModuleOptions } from './module-options.js';
import { DEFAULT_DURABILITY_TIMEOUT, DEFAULT_PREFIX } from './presets.js';
import type {
  JobsRedisOptions,
  RedisClientLike,
  RedisClusterOptions,
  RedisConnectionOptions,
  RedisDurabilityOptions,
} from './redis-options.js';

/** The module's options once a URL for `redis` has become an object. */
export type ToldOptions = Omit<JobsModuleOptions, 'redis'> & { readonly redis?: JobsRedisOptions };

/** Where jobs are kept, decided. */
export type ResolvedStore =
  | { readonly kind: 'memory' }
  | ({ readonly kind: 'redis'; readonly prefix: string } & RedisTarget);

/** How to reach Redis, decided: what the Redis store is made with. */
export interface RedisTarget {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly sentinels?: readonly RedisAddress[];
  readonly name?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  readonly nodes?: readonly (string | RedisAddress)[];
  /** The application's own; never closed. */
  readonly client?: RedisClientLike;
  /** Where a submitted job must be before its submit is answered. */
  readonly durability?: {
    readonly replicas: number;
    readonly appendOnly: boolean;
    /** Milliseconds. */
    readonly timeout: number;
  };
  /** The rest of ioredis's options, without those that the engine decides. */
  readonly options?: Readonly<Record<string, unknown>>;
}

interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ADDRESSES = ['client', 'nodes', 'sentinels', 'url', 'host', 'path'] as const;

/**
 * Where jobs are kept: the store that is told; else Redis when the options or `REDIS_URL` say where; else memory,
 * which production refuses. Options must have passed their own rules.
 */
export function resolveStore(options: ToldOptions, env: Environment): ResolvedStore | readonly Problem[] {
  const redis = withoutEmpty(options.redis);
  const url = env['REDIS_URL']?.trim() ?? '';
  switch (options.store ?? (isTold(options.redis) || url !== '' ? 'redis' : 'untold')) {
    case 'memory':
      return { kind: 'memory' };
    case 'redis':
      return redisStore(options.prefix ?? DEFAULT_PREFIX, redis, url);
    case 'untold':
      return options.enabled !== false && env['NODE_ENV'] === 'production' ? [noStoreInProduction] : { kind: 'memory' };
  }
}

const noStoreInProduction: Problem = {
  path: 'store',
  value: undefined,
  complaint:
    "store: none is chosen, and NODE_ENV is production; set redis.url or the variable REDIS_URL, or choose store: 'memory', which keeps nothing over a restart",
};

/** What goes together in the `redis` option, and what does not. */
export function redisProblems(redis: JobsRedisOptions | undefined): readonly Problem[] {
  const { durability, ...told } = withoutEmpty(redis);
  return [...addressProblems(told), ...durabilityProblems(durability)];
}

function durabilityProblems(durability: RedisDurabilityOptions | undefined): readonly Problem[] {
  return durability === undefined || durability.replicas !== undefined || durability.appendOnly !== undefined
    ? []
    : [
        {
          path: 'redis.durability',
          value: durability,
          allowed: 'replicas, appendOnly or both: without them there is nothing to wait for',
        },
      ];
}

function addressProblems(told: Partial<JobsRedisOptions>): readonly Problem[] {
  const keys = Object.keys(told);
  const problem = (key: string, complaint: string): Problem => ({ path: `redis.${key}`, value: undefined, complaint });
  if ('client' in told) {
    return keys
      .filter((key) => key !== 'client')
      .map((key) => problem(key, `redis.${key} goes with no client: the application's own has its options already`));
  }
  if ('nodes' in told) {
    return keys
      .filter((key) => key !== 'nodes' && key !== 'options')
      .map((key) => problem(key, `redis.${key} goes with no Cluster; use redis.options.redisOptions.${key}`));
  }
  const { sentinels, name, url } = told as RedisConnectionOptions;
  return [
    ...('options' in told ? [problem('options', 'redis.options is for a Cluster, and redis.nodes is not told')] : []),
    ...(sentinels !== undefined && name === undefined
      ? [problem('name', 'redis.name is missing: Sentinels are asked for a master by its name')]
      : []),
    ...(['host', 'port', 'path', 'sentinels'] as const)
      .filter((key) => url !== undefined && key in told)
      .map((key) => problem(key, `redis.${key} and redis.url are two addresses; use one`)),
  ];
}

function redisStore(prefix: string, told: Partial<JobsRedisOptions>, envUrl: string): ResolvedStore {
  const { durability, ...redis } = told;
  const safety = durabilityOf(durability);
  if ('client' in redis && redis.client !== undefined) {
    return { kind: 'redis', prefix, client: redis.client, ...safety };
  }
  if ('nodes' in redis && redis.nodes !== undefined) {
    const { redisOptions, ...options } = withoutOwned(redis.options ?? {});
    return {
      kind: 'redis',
      prefix,
      nodes: redis.nodes.map((node) =>
        typeof node === 'string' ? node : address(typeof node === 'number' ? { port: node } : node, 6379),
      ),
      options: redisOptions === undefined ? options : { ...options, redisOptions: withoutOwned(redisOptions) },
      ...safety,
    };
  }
  const { url, host, port, username, password, db, tls, name, sentinelUsername, sentinelPassword, ...rest } =
    redis as RedisConnectionOptions;
  const { sentinels, ...options } = rest;
  const place = { host, port, username, password, db, tls, name, sentinelUsername, sentinelPassword };
  return {
    kind: 'redis',
    prefix,
    ...(withoutEmpty({ ...place, url: url ?? (hasAddress(redis) ? undefined : envUrl) }) as RedisTarget),
    ...(sentinels === undefined ? {} : { sentinels: sentinels.map((sentinel) => address(sentinel, 26_379)) }),
    options: withoutOwned(options),
    ...safety,
  };
}

/** What is asked for; nothing where replicas and disks are told to be none. */
function durabilityOf(told: RedisDurabilityOptions | undefined): Pick<RedisTarget, 'durability'> {
  const { replicas = 0, appendOnly = false, timeout = DEFAULT_DURABILITY_TIMEOUT } = told ?? {};
  return replicas === 0 && !appendOnly
    ? {}
    : { durability: { replicas, appendOnly, timeout: Math.ceil(parseDuration(timeout)) } };
}

function address({ host, port }: { readonly host?: string; readonly port?: number }, usual: number): RedisAddress {
  return { host: host ?? '127.0.0.1', port: port ?? usual };
}

/**
 * What the engine decides of every connection: when and how commands are sent, sent again or kept, and that replies
 * come in the shapes its scripts are read in. Reads from replicas would see jobs that are no longer there.
 */
const OWNED = new Set(
  `autoPipeliningIgnoredCommands autoResendUnfulfilledCommands autoResubscribe blockingTimeout blockingTimeoutGrace
   clusterRetryStrategy commandQueue commandTimeout enableAutoPipelining enableOfflineQueue lazyConnect maxRetriesPerRequest
   monitor offlineQueue readOnly replyMapping retryStrategy role scaleReads socketTimeout stringNumbers`.split(/\s+/),
);

/** The paths of options that are told and that the engine decides itself. */
export function ownedOptions(redis: JobsRedisOptions | undefined): readonly string[] {
  const told = withoutEmpty(redis) as Partial<RedisConnectionOptions & RedisClusterOptions>;
  const owned = (options: object | undefined, path: string): readonly string[] =>
    Object.keys(options ?? {})
      .filter((key) => OWNED.has(key))
      .map((key) => `${path}.${key}`);
  return [
    ...owned(told, 'redis'),
    ...owned(told.options, 'redis.options'),
    ...owned(told.options?.redisOptions, 'redis.options.redisOptions'),
  ];
}

function withoutOwned<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([key, value]) => value !== undefined && !OWNED.has(key)),
  ) as T;
}

/** True when REDIS_URL is what says where Redis is. */
export function usesEnvironmentUrl(options: ToldOptions): boolean {
  return options.store !== 'memory' && !hasAddress(withoutEmpty(options.redis));
}

/** An option with an address in it; or one with anything in it that does not leave its url open. */
function isTold(redis: JobsRedisOptions | undefined): boolean {
  const told = withoutEmpty(redis);
  return hasAddress(told) || (Object.keys(told).length > 0 && !('url' in (redis ?? {})));
}

function hasAddress(told: Partial<JobsRedisOptions>): boolean {
  return ADDRESSES.some((key) => key in told);
}

function withoutEmpty(redis: object | undefined): Partial<JobsRedisOptions> {
  return Object.fromEntries(
    Object.entries(redis ?? {}).filter(([key, value]) => value !== undefined && !(key === 'url' && value === '')),
  );
}
