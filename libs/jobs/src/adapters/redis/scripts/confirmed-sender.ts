import type { ChainableCommander } from 'ioredis';
import type { UnconfirmedWrite } from '../../../domain/errors/durability-errors.js';
import { clusterSlot, duplicateForWaiting, isCluster, type RedisClient } from '../connection/redis-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { classify } from '../connection/redis-errors.js';
import type { Durability } from '../connection/redis-options.js';
import { timeLimit } from '../connection/time-limit.js';

type Argument = string | number;

/** What a script answered, and what its write has not come to in time. */
export interface Confirmed {
  readonly answer: unknown;
  readonly unconfirmed?: UnconfirmedWrite | undefined;
}

interface Call {
  readonly command: readonly [name: string, ...Argument[]];
  readonly key: string;
  readonly resolve: (confirmed: Confirmed) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends scripts on a connection of their own and has the server wait, behind them, until replicas and disks have what
 * they wrote.
 *
 * `WAIT` speaks of the writes of its own connection, and blocks it. So a round is one pipeline, scripts first, and one
 * wait for all of them: a pipeline goes out on one connection or fails, so no wait is answered by another server than
 * the one that wrote. While a round is under way the next gathers, so that a call waits for two of them at most; on a
 * Cluster, for two of its own node.
 */
export class ConfirmedSender {
  private readonly lanes = new Map<string, Call[]>();
  private readonly longestRound: number;
  private client?: RedisClient;

  constructor(
    private readonly connection: RedisConnection,
    private readonly durability: Durability,
  ) {
    this.longestRound = durability.timeout + connection.callTimeout;
    connection.beforeClose(() => this.client?.disconnect());
  }

  /** Milliseconds that a call may take: the round before it, its own, and both once more if its script was unknown. */
  get longest(): number {
    return 4 * this.longestRound;
  }

  /** Milliseconds of that which are no trouble: the server waits, as it was told to. */
  get longestWait(): number {
    return 2 * this.durability.timeout;
  }

  /** @throws what ioredis does, when it is not known whether the script ran, or it is known that it did not */
  async send(
    script: { readonly sha1: string; readonly source: string },
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<Confirmed> {
    const rest = [keys.length, ...keys, ...args];
    // A queue's base key: every call has one.
    const key = keys[0] as string;
    try {
      return await this.join(key, ['evalsha', script.sha1, ...rest]);
    } catch (error) {
      if (classify(error) !== 'no-script') {
        throw error;
      }
      return this.join(key, ['eval', script.source, ...rest]);
    }
  }

  private join(key: string, command: Call['command']): Promise<Confirmed> {
    const client = this.connected();
    const name = laneOf(client, key);
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = [];
      this.lanes.set(name, lane);
      const calls = lane;
      // What is called in one tick of the event loop goes together.
      setImmediate(() => void this.work(client, name, calls));
    }
    const calls = lane;
    return new Promise((resolve, reject) => calls.push({ command, key, resolve, reject }));
  }

  private async work(client: RedisClient, name: string, lane: Call[]): Promise<void> {
    while (lane.length > 0) {
      const calls = lane.splice(0);
      try {
        await this.round(client, calls);
      } catch (error) {
        for (const { reject } of calls) {
          reject(error);
        }
      }
    }
    this.lanes.delete(name);
  }

  private async round(client: RedisClient, calls: readonly Call[]): Promise<void> {
    const pipeline = client.pipeline();
    for (const { command } of calls) {
      pipeline.call(...(command as [string, ...Argument[]]));
    }
    this.wait(pipeline);
    const results = (await timeLimit(pipeline.exec(), this.longestRound)) ?? [];
    const unconfirmed = this.readWait(results[calls.length]);
    for (const [index, { key, resolve, reject }] of calls.entries()) {
      const [error, answer] = results[index] ?? [new Error('the pipeline has no answer to it')];
      if (error === null) {
        resolve({ answer, unconfirmed });
      } else {
        relearn(client, key, error);
        reject(error);
      }
    }
  }

  private wait(pipeline: ChainableCommander): void {
    const { replicas, appendOnly, timeout } = this.durability;
    if (appendOnly) {
      pipeline.call('WAITAOF', 1, replicas, timeout);
    } else {
      pipeline.wait(replicas, timeout);
    }
  }

  /** What is missing; undefined when nothing is. @throws when it passes, and the scripts are to be sent again */
  private readWait(result: [error: Error | null, result: unknown] | undefined): UnconfirmedWrite | undefined {
    const { replicas: wanted, appendOnly, timeout } = this.durability;
    const [error, reply] = result ?? [new Error('the pipeline has no answer to its wait')];
    if (error !== null) {
      if (classify(error) === 'trouble') {
        throw error;
      }
      const reason = this.connection.texts.reason(error);
      return { replicas: 0, wanted, ...(appendOnly ? { appendOnly: false } : {}), timeout, reason };
    }
    const [onDisk, replicas] = appendOnly ? (reply as readonly unknown[]).map(Number) : [1, Number(reply)];
    // Other than a number, it confirms nothing.
    if ((onDisk as number) >= 1 && (replicas as number) >= wanted) {
      return undefined;
    }
    return {
      replicas: Number(replicas),
      wanted,
      ...(appendOnly ? { appendOnly: (onDisk as number) >= 1 } : {}),
      timeout,
    };
  }

  private connected(): RedisClient {
    // Says so when the store has been closed.
    const main = this.connection.client;
    if (this.client === undefined) {
      this.client = duplicateForWaiting(main, this.longestRound);
      this.client.on('error', () => undefined);
    }
    return this.client;
  }
}

/** Calls that one server answers: on a Cluster those of one node, as far as its client knows where their slots lie. */
function laneOf(client: RedisClient, key: string): string {
  return isCluster(client) ? (client.slots[clusterSlot(key)]?.join() ?? key) : '';
}

/** ioredis does not follow a slot for a pipeline of which a part was answered; a command that stands alone it does. */
function relearn(client: RedisClient, key: string, error: Error): void {
  if (isCluster(client) && /^(MOVED|ASK)\b/.test(error.message)) {
    client.exists(key).catch(() => undefined);
  }
}
