import type { Redis } from 'ioredis';

/** One job as Redis has it. Written after the description of the keys, and sharing no code with the engine. */
export interface StoredJob {
  readonly id: string;
  readonly stored: string;
  readonly state: string;
  readonly token: string;
  readonly holder: string;
  readonly generation: string;
  readonly attempts: number;
  readonly crashes: number;
  readonly flags: string;
  readonly priority: string;
  /** A retention of its own, in milliseconds as text; empty is the queue's. */
  readonly retain: string;
  readonly result: string;
}

/** Every key of a queue and every job in it, read while nothing changes them. */
export interface StoredQueue {
  readonly base: string;
  /** Without the base. */
  readonly keys: ReadonlySet<string>;
  readonly jobs: ReadonlyMap<string, StoredJob>;
  /** Stored ids that have a state and no envelope. */
  readonly orphans: readonly string[];
}

const UUID_LENGTH = 22;

export async function readQueue(redis: Redis, queue: string, prefix = 'jobs'): Promise<StoredQueue> {
  const base = `${prefix}:{${queue}}`;
  const keys = new Set<string>();
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const [next, found] = await redis.scan(
      cursor,
      'MATCH',
      `${base.replaceAll(/[[\]*?\\]/g, '\\$&')}:*`,
      'COUNT',
      1_000,
    );
    for (const key of found) keys.add(key.slice(base.length));
    cursor = next;
  }
  const envelopes = await readBuckets(redis, base, keys, ':e:');
  const states = await readBuckets(redis, base, keys, ':s:');
  const jobs = new Map(
    [...envelopes].map(([stored, envelope]) => [stored, toJob(stored, envelope, states.get(stored))]),
  );
  return { base, keys, jobs, orphans: [...states.keys()].filter((stored) => !envelopes.has(stored)) };
}

async function readBuckets(
  redis: Redis,
  base: string,
  keys: ReadonlySet<string>,
  part: string,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const key of keys) {
    if (!key.startsWith(part)) continue;
    for (const [field, value] of Object.entries(await redis.hgetall(base + key))) {
      values.set(key.slice(part.length) + field, value);
    }
  }
  return values;
}

function toJob(stored: string, envelope: string, record: string | undefined): StoredJob {
  const [, , retain = '', priority = ''] = envelope.slice(13).split('|');
  const fresh = ['pending', '0', '', '0', '0', '0', '0', '', priority, '', '', retain, '', ''];
  const fields = record === undefined ? fresh : record.split('|');
  const [
    state = '',
    token = '',
    holder = '',
    generation = '',
    attempts,
    crashes,
    ,
    flags = '',
    level = '',
    ,
    ,
    kept = '',
  ] = fields;
  return {
    id: toId(stored),
    stored,
    state,
    token,
    holder,
    generation,
    attempts: Number(attempts),
    crashes: Number(crashes),
    flags,
    priority: level,
    retain: kept,
    result: fields.slice(14).join('|'),
  };
}

/** An id that is a UUID is stored as its 16 bytes in base64url, any other behind a dot. */
export function toId(stored: string): string {
  if (stored.length !== UUID_LENGTH || stored.startsWith('.')) return stored.slice(1);
  return Buffer.from(stored, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
