import {
  Checked,
  isRecord,
  anything,
  boolean,
  callable,
  duration,
  integer,
  listOf,
  Nested,
  object,
  type Rule,
  text,
} from './option-rules.js';
import type {
  IoredisOptions,
  RedisClusterTuning,
  RedisConnectionOptions,
  RedisDurabilityOptions,
} from './redis-options.js';

const port = integer(1, 65_535);

const url: Rule = (value) =>
  value === '' || (typeof value === 'string' && isRedisUrl(value))
    ? undefined
    : "a URL such as 'redis://user:password@host:6379/0', or 'rediss://…' for TLS, with %-escapes for what is special in a password";

function isRedisUrl(value: string): boolean {
  try {
    const { protocol, username, password } = new URL(value);
    decodeURIComponent(username + password);
    return protocol === 'redis:' || protocol === 'rediss:';
  } catch {
    return false;
  }
}

const address: Rule = (value) =>
  isRecord(value) && (value['host'] === undefined || text(value['host']) === undefined) && optional(port)(value['port'])
    ? undefined
    : '{ host, port }';

const node: Rule = (value) =>
  port(value) === undefined || address(value) === undefined || (typeof value === 'string' && value !== '')
    ? undefined
    : '{ host, port }, a URL, or a port';

function optional(rule: Rule): (value: unknown) => boolean {
  return (value) => value === undefined || rule(value) === undefined;
}

const client: Rule = (value) =>
  typeof value === 'object' &&
  value !== null &&
  callable((value as Record<string, unknown>)['duplicate']) === undefined &&
  callable((value as Record<string, unknown>)['evalsha']) === undefined
    ? hasKeyPrefix(value)
      ? "a client without ioredis's keyPrefix: the scripts would miss their keys; use the option prefix instead"
      : undefined
    : 'an ioredis Redis or Cluster';

function hasKeyPrefix(value: object): boolean {
  const options = (value as { readonly options?: unknown }).options;
  return isRecord(options) && options['keyPrefix'] !== undefined && options['keyPrefix'] !== '';
}

const IOREDIS: Readonly<Record<keyof IoredisOptions, Rule>> = {
  Connector: anything,
  autoPipeliningIgnoredCommands: anything,
  autoResendUnfulfilledCommands: anything,
  autoResubscribe: anything,
  blockingTimeout: anything,
  blockingTimeoutGrace: anything,
  clientInfoTag: anything,
  commandQueue: anything,
  commandTimeout: anything,
  disableClientInfo: anything,
  disconnectTimeout: anything,
  enableAutoPipelining: anything,
  enableOfflineQueue: anything,
  enableReadyCheck: anything,
  failoverDetector: anything,
  himportFieldsets: anything,
  keepAlive: anything,
  lazyConnect: anything,
  maxLoadingRetryTime: anything,
  maxRetriesPerRequest: anything,
  monitor: anything,
  natMap: anything,
  noDelay: anything,
  offlineQueue: anything,
  preferredSlaves: anything,
  protocol: anything,
  readOnly: anything,
  reconnectOnError: anything,
  replyMapping: anything,
  retryStrategy: anything,
  role: anything,
  scripts: anything,
  sentinelCommandTimeout: anything,
  sentinelMaxConnections: anything,
  sentinelReconnectStrategy: anything,
  sentinelRetryStrategy: anything,
  sentinelTLS: anything,
  showFriendlyErrorStack: anything,
  socketTimeout: anything,
  stringNumbers: anything,
  updateSentinels: anything,
};

const CONNECTION: Readonly<Record<Exclude<keyof RedisConnectionOptions, 'durability'>, Rule>> = {
  url,
  host: text,
  port,
  path: text,
  family: (value) => ([0, 4, 6].includes(value as number) ? undefined : '0, 4 or 6'),
  username: text,
  password: text,
  db: integer(0),
  tls: object,
  connectionName: text,
  connectTimeout: integer(1),
  sentinels: listOf(address, '{ host, port }'),
  name: text,
  sentinelUsername: text,
  sentinelPassword: text,
  enableTLSForSentinelMode: boolean,
  ...IOREDIS,
};

const { url: _url, host: _host, port: _port, path: _path, sentinels: _sentinels, name: _name, ...NODE } = CONNECTION;

const CLUSTER: Readonly<Record<Exclude<keyof RedisClusterTuning, 'redisOptions'>, Rule>> = {
  autoPipeliningIgnoredCommands: anything,
  clusterNodeRetryStrategy: anything,
  clusterRetryStrategy: anything,
  dnsLookup: anything,
  enableAutoPipelining: anything,
  enableOfflineQueue: anything,
  enableReadyCheck: anything,
  himportFieldsets: anything,
  lazyConnect: anything,
  maxRedirections: anything,
  natMap: anything,
  replyMapping: anything,
  resolveSrv: anything,
  retryDelayOnClusterDown: anything,
  retryDelayOnFailover: anything,
  retryDelayOnMoved: anything,
  retryDelayOnTryAgain: anything,
  scaleReads: anything,
  scripts: anything,
  shardedSubscribers: anything,
  showFriendlyErrorStack: anything,
  slotsRefreshInterval: anything,
  slotsRefreshTimeout: anything,
  useSRVRecords: anything,
};

/** ioredis's options for the connection to each node of a Cluster. */
class NodeSchema {}
checkAll(NodeSchema, NODE);

class ClusterSchema {
  @Nested(() => NodeSchema) redisOptions: unknown;
}
checkAll(ClusterSchema, CLUSTER);

class DurabilitySchema implements Readonly<Record<keyof RedisDurabilityOptions, unknown>> {
  @Checked(integer(0, 100)) replicas: unknown;
  @Checked(boolean) appendOnly: unknown;
  @Checked(duration(1, 60_000)) timeout: unknown;
}

/** The rules of the `redis` option, whichever of its forms it has; `resolve-store.ts` says which go together. */
export class RedisSchema {
  @Checked(client) client: unknown;
  @Checked(listOf(node, '{ host, port }, URLs or ports')) nodes: unknown;
  @Nested(() => ClusterSchema) options: unknown;
  @Nested(() => DurabilitySchema) durability: unknown;
}
checkAll(RedisSchema, CONNECTION);

function checkAll(schema: new () => object, rules: Readonly<Record<string, Rule>>): void {
  for (const [key, rule] of Object.entries(rules)) {
    Checked(rule)(schema.prototype as object, key);
  }
}
