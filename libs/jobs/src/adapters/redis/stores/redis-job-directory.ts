import { JobDirectory, type JobTypeEntry } from '../../../application/ports/job-directory.js';
import type { Keys } from '../stored/keys.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { isName } from '../../../domain/names.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { readJsonObject } from '../stored/stored-json.js';

/**
 * What a process publishes is little and bounded, so a Redis at its `maxmemory` takes it all the same: else no worker
 * could be started to drain it.
 */
const ALLOW_OOM = '#!lua flags=allow-oom\n';
const ADD_TYPES = `${ALLOW_OOM}for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end`;
const ADD_QUEUES = `${ALLOW_OOM}for i = 1, #ARGV do redis.call('SADD', KEYS[1], ARGV[i]) end`;

/** The queues and job types that processes have published on this Redis, in two keys outside of all queues. */
export class RedisJobDirectory extends JobDirectory {
  constructor(
    private readonly connection: RedisConnection,
    private readonly caller: ScriptCaller,
    private readonly keys: Keys,
  ) {
    super();
  }

  override async announce(entries: {
    readonly types: readonly JobTypeEntry[];
    readonly queues: readonly string[];
  }): Promise<void> {
    const types = entries.types.flatMap((entry) => [entry.type, JSON.stringify(entry)]);
    const queues = [...new Set([...entries.queues, ...entries.types.map(({ queue }) => queue)])];
    // Two keys, perhaps on two servers: said twice, it stays the same.
    await Promise.all([
      types.length > 0 && this.ask('announce types', (client) => client.eval(ADD_TYPES, 1, this.keys.types, ...types)),
      queues.length > 0 &&
        this.ask('announce queues', (client) => client.eval(ADD_QUEUES, 1, this.keys.queues, ...queues)),
    ]);
  }

  override async type(type: string): Promise<JobTypeEntry | undefined> {
    const text = await this.ask('look up a job type', (client) => client.hget(this.keys.types, type));
    return text === null ? undefined : readEntry(text)[0];
  }

  override async types(): Promise<readonly JobTypeEntry[]> {
    const texts = await this.ask('look up job types', (client) => client.hvals(this.keys.types));
    return texts.flatMap(readEntry).sort((a, b) => byName(a.type, b.type));
  }

  override async queues(): Promise<readonly string[]> {
    const names = await this.ask('look up queues', (client) => client.smembers(this.keys.queues));
    return names.filter(isName).sort(byName);
  }

  private ask<T>(what: string, call: (client: RedisConnection['client']) => Promise<T>): Promise<T> {
    return this.caller.persist(what, async () => call(this.connection.client));
  }
}

/** What is published of a type; none where it cannot be read: nobody is known to handle it then. */
function readEntry(text: string): readonly JobTypeEntry[] {
  const entry = readJsonObject(text);
  const { type, queue, priority, maxAttempts, maxCrashes, retain = 0, expiresIn = 0 } = entry ?? {};
  const numbers = [priority, maxAttempts, maxCrashes, retain, expiresIn];
  return isName(type) && isName(queue) && numbers.every((each) => Number.isSafeInteger(each))
    ? [entry as unknown as JobTypeEntry]
    : [];
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
