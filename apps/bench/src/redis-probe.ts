import { Redis } from 'ioredis';
import type { Target } from './engines/engine.js';

/** What Redis has used so far. */
export interface RedisUse {
  /** CPU seconds, user and system. */
  readonly cpu: number;
  /** Commands, those inside scripts included. */
  readonly commands: number;
  /** Bytes in use. */
  readonly memory: number;
}

/** Reads from Redis what an engine costs it. */
export class RedisProbe {
  private readonly redis: Redis;

  constructor(target: Target) {
    this.redis = new Redis({ ...target, maxRetriesPerRequest: null });
  }

  /** The process id of the server. */
  async pid(): Promise<number> {
    return Number(/^process_id:(\d+)/m.exec(await this.redis.info('server'))?.[1]);
  }

  async use(): Promise<RedisUse> {
    const info = await this.redis.info('everything');
    const number = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
    let commands = 0;
    for (const [, name, calls] of info.matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)) {
      commands += name === 'info' ? 0 : Number(calls);
    }
    return { cpu: number('used_cpu_user') + number('used_cpu_sys'), commands, memory: number('used_memory') };
  }

  /** Calls that clients send in so many seconds, scripts counting once: round trips, but for pipelining. */
  async calls(seconds: number): Promise<number> {
    const monitor = await this.redis.monitor();
    let calls = 0;
    monitor.on('monitor', (_time: string, _args: readonly string[], source: string) => {
      calls += source === 'lua' ? 0 : 1;
    });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    monitor.disconnect();
    return calls;
  }

  /** Keys left, without those that may remain. */
  async leftovers(mayRemain: (key: string) => boolean): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const page of this.redis.scanStream({ count: 1_000 })) {
      keys.push(...(page as string[]).filter((key) => !mayRemain(key)));
    }
    return keys;
  }

  /** The longest time one script has held Redis since the last call, in ms. */
  async longestScript(): Promise<number> {
    const log = (await this.redis.call('SLOWLOG', 'GET', '5000')) as readonly [number, number, number, ...unknown[]][];
    await this.redis.call('SLOWLOG', 'RESET');
    return Math.max(0, ...log.map(([, , microseconds]) => microseconds)) / 1_000;
  }

  /** Logs every command that takes longer than 100 µs. */
  async watchScripts(): Promise<void> {
    await this.redis.config('SET', 'slowlog-log-slower-than', '100');
    await this.redis.config('SET', 'slowlog-max-len', '5000');
    await this.redis.call('SLOWLOG', 'RESET');
  }

  async flush(): Promise<void> {
    await this.redis.flushall();
  }

  close(): void {
    this.redis.disconnect();
  }
}
