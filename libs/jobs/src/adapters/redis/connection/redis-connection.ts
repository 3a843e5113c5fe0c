import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreConnection } from '../../../application/ports/store-connection.js';
import { UnsuitableStoreError, UsageError } from '../../../domain/errors/errors.js';
import { checkServers } from './redis-checks.js';
import { createClient, isCluster, type RedisClient } from './redis-client.js';
import { classify, ErrorTexts } from './redis-errors.js';
import {
  describeTarget,
  type Durability,
  type RedisStoreOptions,
  secretsOf,
  type Target,
  toTarget,
} from './redis-options.js';
import { timeLimit } from './time-limit.js';

const DEFAULT_BOOT_TIMEOUT = 10_000;
const DEFAULT_CALL_TIMEOUT = 5_000;
const LONGEST_CLOSE = 800;

/** Opens the client that all calls of a store go through, checks its server, and closes whatever was opened. */
export class RedisConnection extends StoreConnection {
  override readonly description: string;
  readonly texts: ErrorTexts;
  readonly callTimeout: number;
  /** What a submit waits for; absent where the primary's memory will do. */
  readonly durability: Durability | undefined;
  /** Aborted when the store closes: calls that wait to be sent again end. */
  readonly closing = new AbortController();
  /** Calls under way that have failed before. */
  resending = 0;
  private readonly target: Target;
  private readonly closers: (() => void)[] = [];
  private readonly bootTimeout: number;
  private opened?: RedisClient;
  private lastError: unknown;

  constructor(options: RedisStoreOptions) {
    super();
    this.target = toTarget(options);
    this.description = describeTarget(this.target);
    this.texts = new ErrorTexts(this.description, secretsOf(this.target));
    this.durability = options.durability;
    this.bootTimeout = options.bootTimeout ?? DEFAULT_BOOT_TIMEOUT;
    this.callTimeout = options.callTimeout ?? DEFAULT_CALL_TIMEOUT;
    if (this.target.kind === 'client') {
      this.opened = this.watched(createClient(this.target, this.callTimeout));
    }
  }

  /** The client for calls; connecting begins with the first use. */
  get client(): RedisClient {
    if (this.closing.signal.aborted) {
      throw new UsageError('The Redis store has been closed');
    }
    this.opened ??= this.watched(createClient(this.target, this.callTimeout));
    return this.opened;
  }

  get isCluster(): boolean {
    return this.target.kind === 'cluster' || (this.target.kind === 'client' && isCluster(this.client));
  }

  override get isAway(): boolean {
    return this.resending > 0;
  }

  /** Why a call failed: what ioredis says of a connection it does not have is of less use than why that cannot be made. */
  causeOf(error: unknown): unknown {
    return (error as { readonly name?: string } | null)?.name === 'ReplyError' ? error : (this.lastError ?? error);
  }

  /** What is to be closed before the client itself. */
  beforeClose(close: () => void): void {
    this.closers.push(close);
  }

  override async open(): Promise<void> {
    const until = performance.now() + this.bootTimeout;
    for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
      try {
        const left = Math.max(1, until - performance.now());
        await timeLimit(
          checkServers(this.ready(), this.description, this.durability),
          Math.min(left, this.callTimeout),
        );
        return;
      } catch (error) {
        await this.failedToOpen(error, until - performance.now() - wait);
      }
      await pause(wait);
    }
  }

  override async ping(): Promise<number> {
    const began = performance.now();
    try {
      await timeLimit(this.client.ping(), this.callTimeout);
    } catch (error) {
      throw this.texts.unavailable('does not answer', this.lastError ?? error);
    }
    return performance.now() - began;
  }

  override async close(): Promise<void> {
    this.closing.abort();
    for (const close of this.closers) {
      close();
    }
    const { opened } = this;
    if (opened === undefined || this.target.kind === 'client' || opened.status === 'end') {
      return;
    }
    // A client between two attempts to connect has nothing to close, and tells of no end.
    const ended: Promise<unknown> =
      opened.status === 'reconnecting' ? Promise.resolve() : once(opened, 'end').catch(() => undefined);
    opened.disconnect();
    await timeLimit(ended, LONGEST_CLOSE).catch(() => undefined);
  }

  private ready(): RedisClient {
    const { client } = this;
    if (client.status === 'wait') {
      client.connect().catch(() => undefined);
    }
    return client;
  }

  /** Ends the attempt to open, unless trying again may help and there is time for it. */
  private async failedToOpen(error: unknown, left: number): Promise<void> {
    const reason = this.lastError ?? error;
    const isFinal = error instanceof UnsuitableStoreError || error instanceof UsageError;
    // The answer to a call may come before the one to the password is known, and that says why.
    const isEarly = this.lastError === undefined && /^NOAUTH\b/.test((error as Error).message);
    if (!isFinal && left > 0 && (isEarly || (!isRefusal(reason) && classify(error) === 'trouble'))) {
      return;
    }
    await this.close();
    throw isFinal
      ? error
      : this.texts.unavailable('cannot be used', isRefusal(error) && !isRefusal(reason) ? error : reason);
  }

  private watched(client: RedisClient): RedisClient {
    // ioredis reports each failed attempt to connect here, and would print what nobody listens to.
    const failed = (error: unknown): void => {
      this.lastError = lastNodeError(error);
    };
    const ready = (): void => {
      this.lastError = undefined;
    };
    client.on('error', failed).on('ready', ready);
    if (this.target.kind === 'client') {
      this.beforeClose(() => client.off('error', failed).off('ready', ready));
    }
    return client;
  }
}

function lastNodeError(error: unknown): unknown {
  return (error as { readonly lastNodeError?: unknown } | null)?.lastNodeError ?? error;
}

/** The server answered, and the answer would not change: a wrong password, a missing permission. */
function isRefusal(error: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM|ERR)\b/.test((error as { readonly message?: string } | null)?.message ?? '');
}
