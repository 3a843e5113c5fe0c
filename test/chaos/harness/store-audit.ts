import type { Redis } from 'ioredis';

import { readQueue, type StoredJob, type StoredQueue } from './stored-jobs.js';

/** What a queue's keys say about each other: empty when all is as it must be while no script runs. */
export interface StoreAudit {
  readonly jobs: readonly StoredJob[];
  readonly byState: ReadonlyMap<string, number>;
  /** Jobs that no claim, tick or list can find, jobs found twice, wrong counters, keys of nobody. */
  readonly problems: readonly string[];
}

const PLAIN_KEYS = new Set([
  ':meta',
  ':levels',
  ':depths',
  ':suspects',
  ':scheduled',
  ':retrying',
  ':completed',
  ':cancelled',
  ':kept:completed',
  ':kept:cancelled',
  ':failed',
  ':retained',
  ':holders',
  ':senders',
  ':standby',
  ':wake',
  ':schedules',
  ':schedules:state',
  ':schedules:due',
  ':schedules:waiting',
]);
const DETAIL = /^:[hlg]:(.*)$/s;
const MAX_REPLIES = 64;

/** Reads all keys of a queue and compares records, indexes, leases and counters with each other. */
export async function auditQueue(redis: Redis, queue: string, prefix?: string): Promise<StoreAudit> {
  const stored = await readQueue(redis, queue, prefix);
  const problems: string[] = stored.orphans.map((id) => `job ${id} has a state record and no envelope`);
  const places = await indexPlaces(redis, stored);
  for (const [id, found] of places) {
    if (!stored.jobs.has(id)) problems.push(`${found.join(' and ')} names ${id}, which is no job`);
  }
  for (const job of stored.jobs.values()) problems.push(...misplaced(job, places.get(job.stored) ?? []));
  problems.push(...(await wrongCounters(redis, stored)), ...(await wrongLeases(redis, stored)));
  problems.push(...(await leftoverKeys(redis, stored)));
  const jobs = [...stored.jobs.values()];
  return { jobs, byState: tally(jobs.map(({ state }) => state)), problems };
}

/** Where each job is found, by its stored id: the keys that name it. */
async function indexPlaces(redis: Redis, { base, keys }: StoredQueue): Promise<ReadonlyMap<string, readonly string[]>> {
  const places = new Map<string, string[]>();
  const found = (id: string, place: string): void => {
    places.set(id, [...(places.get(id) ?? []), place]);
  };
  for (const key of keys) {
    if (key === ':suspects' || key.startsWith(':p:')) {
      for (const entry of await redis.lrange(base + key, 0, -1)) {
        const [, generation = '0', id = entry] = /^#(\d+)#(.*)$/s.exec(entry) ?? [];
        found(id, `${key}#${generation}`);
      }
    } else if (key === ':scheduled' || key === ':retrying') {
      for (const member of await redis.zrange(base + key, '0', '-1')) found(member.slice(12), key);
    } else if (/^:((kept:)?(completed|cancelled)|failed|retained)$/.test(key)) {
      for (const member of await redis.zrange(base + key, '0', '-1')) found(member, key);
    }
  }
  return places;
}

function expectedPlaces(job: StoredJob): readonly string[] {
  switch (job.state) {
    case 'pending':
      return [`${job.flags.includes('s') ? ':suspects' : `:p:${job.priority}`}#${job.generation}`];
    case 'running':
      return [];
    case 'scheduled':
    case 'retrying':
      return [`:${job.state}`];
    case 'failed':
      return job.retain === '' || job.retain === '0' ? [':failed'] : [':failed', ':retained'];
    default:
      return job.retain === '' ? [`:${job.state}`] : [`:kept:${job.state}`, ':retained'];
  }
}

function misplaced(job: StoredJob, places: readonly string[]): readonly string[] {
  const expected = [...expectedPlaces(job)].sort().join(' and ') || 'nowhere';
  const found = [...places].sort().join(' and ') || 'nowhere';
  return found === expected ? [] : [`${job.state} job ${job.id} is in ${found}, not in ${expected}`];
}

async function wrongCounters(redis: Redis, { base, jobs }: StoredQueue): Promise<readonly string[]> {
  const meta = await redis.hgetall(`${base}:meta`);
  const states = tally([...jobs.values()].map(({ state }) => state));
  const levels = tally([...jobs.values()].filter(({ state }) => state === 'pending').map(({ priority }) => priority));
  const problems: string[] = [];
  for (const state of ['pending', 'running']) {
    const counted = Number(meta[state] ?? 0);
    const there = states.get(state) ?? 0;
    if (counted !== there) problems.push(`the counter says ${counted} ${state}, and there are ${there}`);
  }
  const depths = new Map(Object.entries(await redis.hgetall(`${base}:depths`)));
  for (const level of new Set([...levels.keys(), ...depths.keys()])) {
    const counted = Number(depths.get(level) ?? 0);
    const there = levels.get(level) ?? 0;
    if (counted !== there) problems.push(`the counter says ${counted} pending at ${level}, and there are ${there}`);
  }
  return problems;
}

/** Every running job must be findable by whoever takes back what its holder held, and nothing else may look leased. */
async function wrongLeases(redis: Redis, { base, keys, jobs }: StoredQueue): Promise<readonly string[]> {
  const problems: string[] = [];
  const running = [...jobs.values()].filter(({ state }) => state === 'running');
  const holders = new Set(await redis.zrange(`${base}:holders`, '0', '-1'));
  for (const holder of await redis.hkeys(`${base}:standby`)) {
    if (!holders.has(holder)) problems.push(`${holder} stands by, and its heartbeat is watched by nobody`);
  }
  const open = tally(running.map(({ holder, token }) => `${holder} ${token}`));
  for (const key of keys) {
    if (!key.startsWith(':leases:')) continue;
    const holder = key.slice(':leases:'.length);
    for (const [field, value] of Object.entries(await redis.hgetall(base + key))) {
      const token = field.replace(/[#!]$/, '');
      const there = open.get(`${holder} ${token}`) ?? 0;
      if (there === 0) problems.push(`${key} keeps ${field}, a claim of which nothing runs`);
      else if (field.endsWith('#') && Number(value) !== there) {
        problems.push(`${key} says ${value} of claim ${token} run, and ${there} do`);
      }
    }
  }
  for (const { id, stored, holder, token } of running) {
    const ids = (await redis.hget(`${base}:leases:${holder}`, token))?.split('\n') ?? [];
    if (!ids.includes(stored)) problems.push(`running job ${id} is in no lease of ${holder}`);
    if (!holders.has(holder)) problems.push(`running job ${id} is held by ${holder}, whose heartbeat nobody watches`);
  }
  return problems;
}

async function leftoverKeys(redis: Redis, { base, keys, jobs }: StoredQueue): Promise<readonly string[]> {
  const problems: string[] = [];
  const senders = new Set(await redis.zrange(`${base}:senders`, '0', '-1'));
  for (const key of keys) {
    const detailOf = DETAIL.exec(key)?.[1];
    if (detailOf !== undefined) {
      if (!jobs.has(detailOf)) problems.push(`${key} is of a job that is not there`);
    } else if (key.startsWith(':replies:')) {
      if (!senders.has(key.slice(':replies:'.length))) problems.push(`${key} will never be trimmed`);
      if ((await redis.hlen(base + key)) > MAX_REPLIES) problems.push(`${key} has more than ${MAX_REPLIES} replies`);
    } else if (key.startsWith(':p:')) {
      const level = key.slice(':p:'.length);
      if ((await redis.zscore(`${base}:levels`, level)) === null) problems.push(`${key} is not among the levels`);
    } else if (!/^:([es]|leases):/.test(key) && !PLAIN_KEYS.has(key)) {
      problems.push(`${key} is a key of nobody`);
    }
  }
  return problems;
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
