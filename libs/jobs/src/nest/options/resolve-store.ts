import type { Problem } from './check-options.js';
import type { JobsModuleOptions } from './module-options.js';
import { DEFAULT_PREFIX } from './presets.js';
import type {
  JobsRedisOptions,
  RedisClientLike,
  RedisClusterOptions,
  RedisClusterTuning,
  RedisConnectionOptions,
} from './redis-options.js';

/** Where jobs are kept, decided. */
export type ResolvedStore =
  | { readonly kind: 'memory' }
  | { readonly kind: 'redis'; readonly prefix: string; readonly redis: RedisTarget };

/** How to reach Redis, decided. */
export type RedisTarget =
  /** A server or Sentinels; what the URL says wins over the options. */
  | {
      readonly kind: 'server';
      readonly url?: string;
      readonly options: Readonly<Omit<RedisConnectionOptions, 'url'>>;
    }
  | {
      readonly kind: 'cluster';
      readonly nodes: RedisClusterOptions['nodes'];
      readonly options: RedisClusterTuning;
    }
  /** The application's own; never closed. */
  | { readonly kind: 'client'; readonly client: RedisClientLike };

type Environment = Readonly<Record<string, string | undefined>>;

const ADDRESSES = ['client', 'nodes', 'sentinels', 'url', 'host', 'path'] as const;

/**
 * Where jobs are kept: the store that is told; else Redis when the options or `REDIS_URL` say where; else memory,
 * which production refuses. Options must have passed their own rules.
 */
export function resolveStore(options: JobsModuleOptions, env: Environment): ResolvedStore | readonly Problem[] {
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
  const told = withoutEmpty(redis);
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

function redisStore(
  prefix: string,
  redis: Partial<JobsRedisOptions>,
  envUrl: string,
): ResolvedStore | readonly Problem[] {
  if ('client' in redis && redis.client !== undefined) {
    return { kind: 'redis', prefix, redis: { kind: 'client', client: redis.client } };
  }
  if ('nodes' in redis && redis.nodes !== undefined) {
    return { kind: 'redis', prefix, redis: { kind: 'cluster', nodes: redis.nodes, options: redis.options ?? {} } };
  }
  const { url, ...options } = redis as RedisConnectionOptions;
  const from = url ?? (hasAddress(redis) || envUrl === '' ? undefined : envUrl);
  return {
    kind: 'redis',
    prefix,
    redis: { kind: 'server', ...(from === undefined ? {} : { url: from }), options },
  };
}

/** True when REDIS_URL is what says where Redis is. */
export function usesEnvironmentUrl(options: JobsModuleOptions): boolean {
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

function withoutEmpty(redis: JobsRedisOptions | undefined): Partial<JobsRedisOptions> {
  return Object.fromEntries(
    Object.entries(redis ?? {}).filter(([key, value]) => value !== undefined && !(key === 'url' && value === '')),
  );
}
