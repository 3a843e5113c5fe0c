import type { Redis } from 'ioredis';
import {
  type ChangedSubject,
  type FinishedJob,
  type HandedOver,
  Notifier,
  type Unsubscribe,
} from '../../../application/ports/notifier.js';
import type { ClaimedJob } from '../../../domain/job.js';
import { BlockingSleeper } from './blocking-sleeper.js';
import { Channels } from './channels.js';
import { ChannelSleeper } from './channel-sleeper.js';
import { toClaimedJob } from '../stored/job-record.js';
import type { Keys } from '../stored/keys.js';
import { isCluster } from '../connection/redis-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import type { Sleeper, Wakening } from './sleeper.js';
import { fromStoredId } from '../stored/stored-id.js';
import { isTexts, readJson } from '../stored/stored-json.js';

/** For how long a queue announces its finished jobs after it was last asked to, and how often it is asked. */
const LISTENED = 60_000;
const LISTEN_EVERY = 20_000;

/** Wake-ups and notices through Redis. Its connections are opened when they are first needed. */
export class RedisNotifier extends Notifier {
  private readonly channels: Channels;
  private readonly waiting = new Map<string, { readonly timer: NodeJS.Timeout; listeners: number }>();
  private sleeper?: Sleeper;

  constructor(
    private readonly connection: RedisConnection,
    private readonly caller: ScriptCaller,
    private readonly keys: Keys,
  ) {
    super();
    this.channels = new Channels(connection, caller);
    connection.beforeClose(() => {
      this.sleeper?.close();
      this.channels.close();
      for (const { timer } of this.waiting.values()) {
        clearInterval(timer);
      }
    });
  }

  override async sleep(queues: readonly string[], milliseconds: number, signal: AbortSignal): Promise<Wakening> {
    if (signal.aborted || this.connection.closing.signal.aborted) {
      return 'aborted';
    }
    this.sleeper ??= this.connection.isCluster
      ? new ChannelSleeper(this.channels, this.keys, (queue) => this.hasWork(queue))
      : new BlockingSleeper(() => this.connection.client as Redis, this.keys);
    return this.sleeper.sleep(queues, milliseconds, signal);
  }

  override async onCancel(
    queues: readonly string[],
    listener: (queue: string, id: string) => void,
  ): Promise<Unsubscribe> {
    return all(
      queues.map((queue) => this.channels.on(this.keys.cancel(queue), (id) => listener(queue, fromStoredId(id)))),
    );
  }

  override async onHandedOver(
    queues: readonly string[],
    holder: string,
    listener: (queue: string, handed: HandedOver) => void,
  ): Promise<Unsubscribe> {
    return all(
      queues.map((queue) =>
        this.channels.on(this.keys.handed(queue, holder), (message) => {
          const handed = readHandedOver(message);
          if (handed !== undefined) {
            listener(queue, handed);
          }
        }),
      ),
    );
  }

  override async onFinished(queue: string, listener: (finished: FinishedJob) => void): Promise<Unsubscribe> {
    const off = await this.channels.on(this.keys.finished(queue), (message) => listener(readFinished(message)));
    let stop: () => void;
    try {
      stop = await this.keepAnnouncing(queue);
    } catch (error) {
      await off();
      throw error;
    }
    return async () => {
      stop();
      await off();
    };
  }

  override async tellChanged(subject: ChangedSubject): Promise<void> {
    const channel = this.channelOf(subject);
    await this.caller.persist('tell of a change', async () => {
      const { client } = this.connection;
      return isCluster(client) ? client.spublish(channel, subject) : client.publish(channel, subject);
    });
  }

  override onChanged(subject: ChangedSubject, listener: () => void): Promise<Unsubscribe> {
    const heard = (message: string): void => {
      if (message === subject || subject === 'events') {
        listener();
      }
    };
    return this.channels.on(this.channelOf(subject), heard, listener);
  }

  /** Events come often, and are for few: they do not wake those who listen to the rest. */
  private channelOf(subject: ChangedSubject): string {
    return subject === 'events' ? this.keys.newEvents : this.keys.changed;
  }

  private async hasWork(queue: string): Promise<boolean> {
    const [pending, paused] = await this.caller.persist('look for work', async () =>
      this.connection.client.hmget(this.keys.meta(queue), 'pending', 'paused'),
    );
    return Number(pending) > 0 && paused !== '1';
  }

  /** Asks the queue to announce its finished jobs for as long as anyone listens here. */
  private async keepAnnouncing(queue: string): Promise<() => void> {
    const ask = (): Promise<unknown> => this.caller.change(queue, 'listen', [LISTENED]);
    await ask();
    let waiting = this.waiting.get(queue);
    if (waiting === undefined) {
      const timer = setInterval(() => void ask().catch(() => undefined), LISTEN_EVERY);
      timer.unref();
      waiting = { timer, listeners: 0 };
      this.waiting.set(queue, waiting);
    }
    const own = waiting;
    own.listeners++;
    return () => {
      own.listeners--;
      if (own.listeners === 0) {
        clearInterval(own.timer);
        this.waiting.delete(queue);
      }
    };
  }
}

async function all(subscribing: readonly Promise<Unsubscribe>[]): Promise<Unsubscribe> {
  const unsubscribes = await Promise.all(subscribing);
  return async () => {
    await Promise.all(unsubscribes.map((unsubscribe) => unsubscribe()));
  };
}

/** `[token, time, stored id, envelope …]`, as the submit script writes it. */
function readHandedOver(message: string): HandedOver | undefined {
  const told = readJson(message);
  if (!isTexts(told)) {
    return undefined;
  }
  const [token, now, ...rest] = told;
  const jobs: ClaimedJob[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const job = toClaimedJob(rest[at] as string, rest[at + 1] as string);
    // The script hands over what it has just written; what is not heard goes back.
    if (job !== undefined) {
      jobs.push(job);
    }
  }
  return { token: Number(token), jobs, now: Number(now) };
}

/** Stands for a result that is too long to travel; no JSON begins so. */
const OMITTED = '…';

/** `<state>⏎<stored id>⏎<result>`, as the scripts write it. */
function readFinished(message: string): FinishedJob {
  const [state = '', storedId = '', ...rest] = message.split('\n');
  const result = rest.join('\n');
  return {
    id: fromStoredId(storedId),
    state: state as FinishedJob['state'],
    ...(result === '' ? {} : result === OMITTED ? { resultOmitted: true } : { result }),
  };
}
