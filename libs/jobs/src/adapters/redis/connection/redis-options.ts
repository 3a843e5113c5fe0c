import { InvalidOptionError } from '../../../domain/errors/errors.js';

/** One server's address. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Where Redis is. Exactly one of: `url`, or `host` and `port` (127.0.0.1:6379 unless told); `sentinels` and `name`;
 * `nodes` of a Cluster; `client`.
 */
export interface RedisLocation {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. */
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  /** ACL user. */
  readonly username?: string;
  readonly password?: string;
  /** Default 0; a Cluster has no other. */
  readonly db?: number;
  /** `true`, or options of Node's `tls.connect`. Default: none, or what the URL says. */
  readonly tls?: boolean | Readonly<Record<string, unknown>>;
  readonly sentinels?: readonly RedisAddress[];
  /** The name of the master that the sentinels watch. */
  readonly name?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** Some nodes of a Cluster: URLs or addresses. */
  readonly nodes?: readonly (string | RedisAddress)[];
  /** Any further options of ioredis; for a Cluster, its cluster options. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * The application's own ioredis client, `Redis` or `Cluster`, without a `keyPrefix`. It is duplicated for blocking
   * and subscribing, and never closed.
   */
  readonly client?: unknown;
}

/** Where a submitted job must be before its submit is answered, besides the primary's memory. */
export interface Durability {
  /** Replicas that must have it. */
  readonly replicas: number;
  /** It must be on disk: in the append-only file of the primary, and of those replicas. */
  readonly appendOnly: boolean;
  /** Milliseconds to wait for that, at least 1. */
  readonly timeout: number;
}

export interface RedisStoreOptions extends RedisLocation {
  /** Default: the primary's memory will do. */
  readonly durability?: Durability;
  /** What every key begins with. Default `jobs`. */
  readonly prefix?: string;
  /** Milliseconds to wait for Redis at `open()`. Default 10,000. */
  readonly bootTimeout?: number;
  /** Milliseconds that one round trip may take before it is sent again. Default 5,000. */
  readonly callTimeout?: number;
  /** Milliseconds for which a submit, a settle or a move is sent again before it fails. Default 20,000. */
  readonly retryTimeout?: number;
  /** Milliseconds added to the server's clock, for tests on virtual time. Default 0. */
  readonly offset?: () => number;
}

/** A location with its URL read, ready for ioredis. */
export type Target =
  | { readonly kind: 'client'; readonly client: unknown }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly (string | RedisAddress)[];
      readonly redisOptions: Readonly<Record<string, unknown>>;
      readonly options: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'single'; readonly options: Readonly<Record<string, unknown>> };

/**
 * Reads a location.
 *
 * @throws InvalidOptionError for a URL that is none, or places that exclude each other
 */
export function toTarget(location: RedisLocation): Target {
  const places = (['url', 'host', 'sentinels', 'nodes', 'client'] as const).filter(
    (key) => location[key] !== undefined,
  );
  if (places.length > 1) {
    throw new InvalidOptionError('redis', places, 'one of url, host, sentinels, nodes and client');
  }
  if (location.client !== undefined) {
    return { kind: 'client', client: location.client };
  }
  const { username, password, db, options = {} } = location;
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...tlsOptions(location.tls),
  };
  if (location.nodes !== undefined) {
    const redisOptions = { ...credentials, ...(options['redisOptions'] as object | undefined) };
    return { kind: 'cluster', nodes: location.nodes, redisOptions, options };
  }
  const place =
    location.sentinels === undefined
      ? addressOf(location)
      : {
          sentinels: location.sentinels,
          name: location.name,
          ...(location.sentinelUsername === undefined ? {} : { sentinelUsername: location.sentinelUsername }),
          ...(location.sentinelPassword === undefined ? {} : { sentinelPassword: location.sentinelPassword }),
        };
  return { kind: 'single', options: { ...place, ...(db === undefined ? {} : { db }), ...credentials, ...options } };
}

function addressOf({ url, host = '127.0.0.1', port = 6379 }: RedisLocation): Readonly<Record<string, unknown>> {
  if (url === undefined) {
    return { host, port };
  }
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // Not even the value is shown: it may hold a password.
    throw new InvalidOptionError('redis.url', '(hidden)', 'a URL such as redis://host:6379');
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new InvalidOptionError('redis.url', `${parsed.protocol}//…`, 'redis:// or rediss://');
  }
  const database = /^\/(\d+)$/.exec(parsed.pathname)?.[1];
  return {
    host: parsed.hostname === '' ? host : decodeURIComponent(parsed.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: parsed.port === '' ? port : Number(parsed.port),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(database === undefined ? {} : { db: Number(database) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function tlsOptions(tls: RedisLocation['tls']): Readonly<Record<string, unknown>> {
  if (tls === undefined || tls === false) {
    return {};
  }
  return { tls: tls === true ? {} : tls };
}

/** Where the target is, for people: no credentials in it. */
export function describeTarget(target: Target): string {
  switch (target.kind) {
    case 'client':
      return `Redis at ${describeClient(target.client)}`;
    case 'cluster':
      return `Redis Cluster at ${target.nodes.map(describeNode).join(', ')}`;
    case 'single': {
      const { host, port, path, db, sentinels, name } = target.options as ShownOptions;
      if (sentinels !== undefined) {
        return `Redis '${name}' behind the sentinels ${sentinels.map(describeNode).join(', ')}`;
      }
      return `Redis at ${path ?? `${host}:${port}`}${db === undefined || db === 0 ? '' : `/${db}`}`;
    }
  }
}

interface ShownOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly db?: number;
  readonly sentinels?: readonly RedisAddress[];
  readonly name?: string;
}

function describeNode(node: string | RedisAddress): string {
  if (typeof node !== 'string') {
    return `${node.host}:${node.port}`;
  }
  return node.replace(/^[a-z]+:\/\//, '').replace(/^.*@/, '');
}

function describeClient(client: unknown): string {
  const { options, startupNodes } = client as {
    readonly options?: { readonly host?: string; readonly port?: number };
    readonly startupNodes?: readonly unknown[];
  };
  if (Array.isArray(startupNodes)) {
    return (startupNodes as readonly (number | string | RedisAddress)[])
      .map((node) => (typeof node === 'number' ? `127.0.0.1:${node}` : describeNode(node)))
      .join(', ');
  }
  return `${options?.host ?? 'localhost'}:${options?.port ?? 6379}`;
}

/** The texts that no log line and no error may show. */
export function secretsOf(target: Target): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      const inUrl = /\/\/[^/@]*:([^/@]+)@/.exec(value)?.[1];
      if (inUrl !== undefined) {
        found.push(inUrl);
      }
    } else if (typeof value === 'object' && value !== null && depth < 4) {
      for (const [key, inner] of Object.entries(value)) {
        if (/password|passphrase/i.test(key) && typeof inner === 'string' && inner !== '') {
          found.push(inner);
        } else {
          look(inner, depth + 1);
        }
      }
    }
  };
  look(target.kind === 'client' ? (target.client as { readonly options?: unknown }).options : target, 0);
  return found;
}
