import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../../../domain/errors/errors.js';
import type { Confirmed, ConfirmedSender } from './confirmed-sender.js';
import type { Keys } from '../stored/keys.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { classify } from '../connection/redis-errors.js';
import { type ScriptName, SCRIPTS } from './scripts.generated.js';
import { timeLimit } from '../connection/time-limit.js';

type Argument = string | number;

/** Calls a sender may have under way in one queue. */
const SLOTS = 64;
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;

/**
 * Calls scripts, and sends them again when an answer is lost.
 *
 * A call that changes something takes one of its queue's slots and a sequence; the script remembers the answer it gave
 * there. Sent again with both unchanged, it is answered again and not acted on again. The slot is free once the call
 * has ended, and the next call in it has a greater sequence, so that an old one that comes late is recognised.
 */
export class ScriptCaller {
  private readonly sender = randomBytes(12).toString('base64url');
  private readonly lanes = new Map<string, Lane>();
  private sequence = 0;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: Keys,
    private readonly offset: () => number,
    /** Milliseconds for which a call is sent again. */
    readonly patience: number,
    /** Where writes are waited for. */
    private readonly confirmed?: ConfirmedSender,
  ) {
    // While Redis is away every call that waits to be sent again listens to it.
    setMaxListeners(0, connection.closing.signal);
  }

  /** Calls a script that changes the queue. @throws StoreUnavailableError, StoreFullError */
  change(queue: string, script: ScriptName, args: readonly Argument[], patience = this.patience): Promise<unknown> {
    return this.inSlot(queue, (slot) => this.sendChange(queue, script, slot, args, patience));
  }

  /**
   * The same, and says whether the write has come to where the store's `durability` wants it; without that it is not
   * asked. Sent again it goes through the same wait: what has been stored once need not be on the server that is the
   * primary now.
   */
  async changeConfirmed(
    queue: string,
    script: ScriptName,
    args: readonly Argument[],
    patience = this.patience,
  ): Promise<Confirmed> {
    const { confirmed } = this;
    if (confirmed === undefined) {
      return { answer: await this.change(queue, script, args, patience) };
    }
    const withWait = patience === 0 ? 0 : patience + confirmed.longestWait;
    return this.inSlot(queue, (slot) => {
      const all = [...this.commonOf(slot), ...args];
      const send = (): Promise<Confirmed> => confirmed.send(SCRIPTS[script], this.keysOf(queue), all);
      return this.persist(SCRIPTS[script].name, send, withWait, confirmed.longest);
    });
  }

  /**
   * The same for calls that go one after another, in a slot of their own: once one of them has acted, none that was
   * given up before it acts any more, however late it comes. Others only come to this when their slot is used again.
   */
  changeInTurn(
    queue: string,
    whose: string,
    script: ScriptName,
    args: readonly Argument[],
    patience: number,
  ): Promise<unknown> {
    const { turns } = this.laneOf(queue);
    const { slot, last } = turns.get(whose) ?? { slot: SLOTS + turns.size, last: Promise.resolve() };
    const answer = last.then(() => this.sendChange(queue, script, slot, args, patience));
    turns.set(whose, { slot, last: answer.catch(() => undefined) });
    return answer;
  }

  /** Calls a script that only reads, and is told the clock's offset. */
  readNow(queue: string, script: ScriptName, args: readonly Argument[]): Promise<unknown> {
    return this.send(queue, script, [this.offset(), ...args], this.patience);
  }

  /** Calls a script that says what stays the same when it is said twice, and is told the clock's offset. */
  restate(queue: string, script: ScriptName, args: readonly Argument[], patience = this.patience): Promise<unknown> {
    return this.send(queue, script, [this.offset(), ...args], patience);
  }

  /** Calls a script that only reads. */
  read(queue: string, script: ScriptName, args: readonly Argument[]): Promise<unknown> {
    return this.send(queue, script, args, this.patience);
  }

  /**
   * Sends any call again while there is trouble that passes. Without patience it is sent once, and may take its whole time.
   *
   * @param longest milliseconds that one try may take
   */
  async persist<T>(
    what: string,
    call: () => Promise<T>,
    patience = this.patience,
    longest = this.connection.callTimeout,
  ): Promise<T> {
    const until = performance.now() + patience;
    const left = (): number => Math.min(longest, Math.max(1, until - performance.now()));
    try {
      return await timeLimit(call(), patience === 0 ? longest : left());
    } catch (error) {
      this.giveUpOn(error, what, performance.now() + FIRST_PAUSE > until);
    }
    this.connection.resending += 1;
    try {
      return await this.sendAgain(what, call, until, left);
    } finally {
      this.connection.resending -= 1;
    }
  }

  private async sendAgain<T>(what: string, call: () => Promise<T>, until: number, left: () => number): Promise<T> {
    const { closing } = this.connection;
    for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      // Drawn anew each time, so that the calls of many processes do not come back together.
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => undefined);
      try {
        return await timeLimit(call(), left());
      } catch (error) {
        this.giveUpOn(error, what, performance.now() + Math.min(wait * 2, LONGEST_PAUSE) > until);
      }
    }
  }

  /** Throws what the caller is told, unless trying again may help and there is time for it. */
  private giveUpOn(error: unknown, what: string, isLate: boolean): void {
    const { texts, closing } = this.connection;
    if (error instanceof UsageError) {
      throw error;
    }
    switch (classify(error)) {
      case 'full':
        throw texts.full(error);
      case 'trouble':
        break;
      default:
        throw texts.unavailable(`refused to ${what}`, error);
    }
    if (closing.signal.aborted || isLate) {
      throw texts.unavailable(`could not be asked to ${what}`, this.connection.causeOf(error));
    }
  }

  private sendChange(
    queue: string,
    script: ScriptName,
    slot: number,
    args: readonly Argument[],
    patience: number,
  ): Promise<unknown> {
    return this.send(queue, script, [...this.commonOf(slot), ...args], patience);
  }

  private commonOf(slot: number): readonly Argument[] {
    const notices = this.connection.isCluster ? 'shards' : 'keys';
    return [this.offset(), notices, this.sender, slot, ++this.sequence];
  }

  private async inSlot<T>(queue: string, send: (slot: number) => Promise<T>): Promise<T> {
    const lane = this.laneOf(queue);
    const slot = lane.free.pop() ?? (await new Promise<number>((resolve) => lane.waiting.push(resolve)));
    try {
      return await send(slot);
    } finally {
      const next = lane.waiting.shift();
      if (next === undefined) {
        lane.free.push(slot);
      } else {
        next(slot);
      }
    }
  }

  private send(queue: string, name: ScriptName, args: readonly Argument[], patience: number): Promise<unknown> {
    const script = SCRIPTS[name];
    const keys = this.keysOf(queue);
    return this.persist(
      script.name,
      async () => {
        const { client } = this.connection;
        try {
          return await client.evalsha(script.sha1, keys.length, ...keys, ...args);
        } catch (error) {
          if (classify(error) !== 'no-script') {
            throw error;
          }
          return client.eval(script.source, keys.length, ...keys, ...args);
        }
      },
      patience,
    );
  }

  /**
   * A script names its queue's base key, and on a Cluster another: a node that gives its slot away, or is given it, then
   * refuses the script before it begins. Else it would begin wherever the slot is half, and end in the middle.
   */
  private keysOf(queue: string): readonly string[] {
    const base = this.keys.base(queue);
    return this.connection.isCluster ? [base, this.keys.absent(queue)] : [base];
  }

  private laneOf(queue: string): Lane {
    let lane = this.lanes.get(queue);
    if (lane === undefined) {
      // The slots are taken from the end: few calls at a time use few of them.
      lane = { free: Array.from({ length: SLOTS }, (_, index) => SLOTS - 1 - index), waiting: [], turns: new Map() };
      this.lanes.set(queue, lane);
    }
    return lane;
  }
}

interface Lane {
  readonly free: number[];
  readonly waiting: ((slot: number) => void)[];
  readonly turns: Map<string, { readonly slot: number; readonly last: Promise<unknown> }>;
}
