import type { Redis } from 'ioredis';
import type { Keys } from '../stored/keys.js';
import { duplicateForBlocking } from '../connection/redis-client.js';
import { type Sleeper, waitFor, type Wakening } from './sleeper.js';
import { timeLimit } from '../connection/time-limit.js';

/** How much later than it was asked to the server may answer before its connection is taken for dead. */
const GRACE = 1_000;
/** The longest a server is asked to block: a sleep that is longer asks again. */
const LONGEST_BLOCK = 60_000;

/**
 * Sleeps on one blocking connection over the wake markers of all queues. Only the sleeper whom the server gives the
 * marker wakes. A connection that is lost only makes the sleep last its whole time.
 */
export class BlockingSleeper implements Sleeper {
  private blocking?: Redis;
  /** The connection's id at the server, for which a block can be called off. */
  private clientId?: Promise<number>;
  /** The pop under way; one that an abort left behind ends soon. */
  private pop: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly main: () => Redis,
    private readonly keys: Keys,
  ) {}

  async sleep(queues: readonly string[], milliseconds: number, signal: AbortSignal): Promise<Wakening> {
    const until = performance.now() + milliseconds;
    await this.pop;
    for (;;) {
      if (signal.aborted || this.closed) {
        return 'aborted';
      }
      const left = until - performance.now();
      if (left <= 0 || queues.length === 0) {
        return queues.length === 0 ? waitFor(Math.max(0, left), signal, () => undefined) : 'timeout';
      }
      const ended = await this.block(queues, left, signal);
      if (ended !== 'timeout') {
        return ended;
      }
    }
  }

  close(): void {
    this.closed = true;
    this.blocking?.disconnect();
  }

  private block(queues: readonly string[], left: number, signal: AbortSignal): Promise<Wakening> {
    const client = this.connected();
    const block = Math.min(left, LONGEST_BLOCK);
    let isOver = false;
    // 0 would block for ever.
    const seconds = Math.max(block, 1) / 1_000;
    const popped = client.bzpopmin(...queues.map((queue) => this.keys.wake(queue)), seconds);
    const sleeping = waitFor(block + GRACE, signal, (end) => {
      this.pop = popped.then(
        (marker) => {
          if (marker !== null && isOver) {
            this.putBack(marker[0]);
          } else {
            end(marker === null ? 'timeout' : 'woken');
          }
        },
        () => {
          if (this.closed) {
            end('aborted');
          }
        },
      );
    });
    return sleeping.then((ended) => {
      isOver = true;
      if (ended === 'aborted') {
        this.callOff(client);
      } else if (ended === 'timeout') {
        // Answered, or never to be: whichever it is, the next block finds the connection free.
        this.giveUpWhenDead(client, popped);
      }
      return ended;
    });
  }

  private connected(): Redis {
    if (this.blocking === undefined) {
      const client = duplicateForBlocking(this.main());
      client.on('error', () => undefined);
      client.on('close', () => {
        this.clientId = undefined;
      });
      this.blocking = client;
    }
    this.clientId ??= this.blocking.client('ID');
    this.clientId.catch(() => {
      this.clientId = undefined;
    });
    return this.blocking;
  }

  /** Frees the connection for the next sleep. */
  private callOff(client: Redis): void {
    if (this.closed) {
      return;
    }
    const { clientId, pop } = this;
    const unblocked =
      clientId === undefined
        ? Promise.reject(new Error('not connected'))
        : clientId.then((id) => this.main().client('UNBLOCK', id));
    const freed = timeLimit(
      unblocked.then(() => pop),
      GRACE,
    );
    this.pop = freed.catch(() => {
      if (!this.closed) {
        client.disconnect(true);
      }
    });
  }

  private giveUpWhenDead(client: Redis, popped: Promise<unknown>): void {
    let isAnswered = false;
    const answered = (): void => {
      isAnswered = true;
    };
    popped.then(answered, answered);
    setImmediate(() => {
      if (!isAnswered && !this.closed) {
        client.disconnect(true);
      }
    });
  }

  /** The marker came after its sleeper had given up: it is somebody else's. */
  private putBack(key: string): void {
    if (!this.closed) {
      this.main()
        .zadd(key, 0, 'w')
        .catch(() => undefined);
    }
  }
}
