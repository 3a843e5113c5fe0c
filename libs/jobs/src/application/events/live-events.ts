import { Injectable } from '@nestjs/common';
import { UsageError } from '../../domain/errors/errors.js';
import { toError } from '../../domain/failure.js';
import { Clock } from '../ports/clock.js';
import { ALL_QUEUES, EventLog, type EventPage } from '../ports/event-log.js';
import { Log } from '../ports/log.js';
import { Notifier, type Unsubscribe } from '../ports/notifier.js';
import { readInterest, type SubscribeOptions } from './live-event.js';
import { type EventSource, LiveSubscription } from './live-subscription.js';

/** For how long events are asked for at a time, and how often they are asked for anew, in milliseconds. */
const LISTENED = 60_000;
const LISTEN_EVERY = 20_000;

/** Events of one reading. */
const PAGE = 500;

/** Milliseconds until a store that does not answer is asked again. */
const TRY_AGAIN = 1_000;

/**
 * Gives the events of every process to all who subscribe in this one: the log is read once for all of them, whenever
 * there is something new, and from where it was last read. So nothing is missed but what the log keeps no more.
 */
@Injectable()
export class LiveEvents implements EventSource {
  private readonly subscriptions = new Set<LiveSubscription>();
  private session: Session | undefined;
  private closed = false;
  private troubled = false;

  constructor(
    private readonly log: EventLog,
    private readonly notifier: Notifier,
    private readonly clock: Clock,
    private readonly log_: Log,
  ) {}

  get position(): number {
    return this.session?.position ?? Infinity;
  }

  /** @throws InvalidOptionError naming the option */
  subscribe(options: SubscribeOptions): LiveSubscription {
    const interest = readInterest(options);
    const subscription = new LiveSubscription(interest, this, this.clock, interest.signal);
    if (this.closed || interest.signal?.aborted === true) {
      subscription.end();
      return subscription;
    }
    this.subscriptions.add(subscription);
    this.session ??= new Session();
    void this.begin(this.session, subscription);
    return subscription;
  }

  /** The number of the newest event, as it was heard by the way: a wake-up may have been lost. */
  learn(newest: number): void {
    const { session } = this;
    if (session?.position !== undefined && session.position !== newest) {
      this.refresh(session);
    }
  }

  /** Ends every subscription. */
  close(): void {
    this.closed = true;
    this.subscriptions.forEach((subscription) => subscription.end());
  }

  /** Asks until the store answers. */
  async read(after: number, subscription: LiveSubscription): Promise<EventPage> {
    for (;;) {
      const page = await this.attempt(() => this.log.read(after, PAGE));
      if (page !== undefined || subscription.ended) {
        return page ?? { events: [], newest: after };
      }
    }
  }

  leave(subscription: LiveSubscription): void {
    this.subscriptions.delete(subscription);
    if (this.subscriptions.size === 0 && this.session !== undefined) {
      this.session.end();
      this.session = undefined;
    }
  }

  /** Hears of news, and asks every process for events; from then on nothing is missed. */
  private async begin(session: Session, subscription: LiveSubscription): Promise<void> {
    try {
      while (!session.ended && !subscription.ended) {
        const newest = await this.attempt(async () => {
          await this.hear(session);
          return this.listen(session);
        });
        if (newest !== undefined && !session.ended) {
          session.position ??= newest;
          subscription.begin(newest);
          this.refresh(session);
          return;
        }
      }
    } catch (error) {
      subscription.end(error);
    }
  }

  private async hear(session: Session): Promise<void> {
    session.hearing ??= this.notifier.onChanged('events', () => this.refresh(session));
    try {
      session.onEnd(await session.hearing);
    } catch (error) {
      session.hearing = undefined;
      throw error;
    }
  }

  /** Asks for events of whatever is subscribed to; tells the processes where that is more than before. */
  private async listen(session: Session): Promise<number> {
    const queues = new Set<string>();
    for (const { interest } of this.subscriptions) {
      (interest.queues ?? [ALL_QUEUES]).forEach((queue) => queues.add(queue));
    }
    const newest = await this.log.listen([...queues], LISTENED);
    if ([...queues].some((queue) => !session.asked.has(queue))) {
      await this.notifier.tellChanged('listening');
    }
    session.asked = queues;
    session.again ??= this.clock.after(LISTEN_EVERY, () => void this.renew(session), { background: true });
    return newest;
  }

  private async renew(session: Session): Promise<void> {
    session.again = undefined;
    if (session.ended) {
      return;
    }
    const newest = await this.attempt(() => this.listen(session)).catch(() => undefined);
    if (newest === undefined) {
      session.again ??= this.clock.after(TRY_AGAIN, () => void this.renew(session), { background: true });
    } else {
      this.learn(newest);
    }
  }

  private refresh(session: Session): void {
    session.stale = true;
    if (!session.reading && session.position !== undefined) {
      session.reading = true;
      void this.readOn(session)
        .catch((error: unknown) => this.subscriptions.forEach((each) => each.end(error)))
        .finally(() => {
          session.reading = false;
          if (session.stale && !session.ended) {
            this.refresh(session); // it came when the last page was read and this was not told yet
          }
        });
    }
  }

  private async readOn(session: Session): Promise<void> {
    while (session.stale && !session.ended) {
      session.stale = false;
      const after = session.position ?? 0;
      const page = await this.attempt(() => this.log.read(after, PAGE));
      if (session.ended) {
        return; // those who subscribe now read for themselves
      }
      if (page === undefined) {
        session.stale = true;
      } else if (page.newest < after) {
        session.position = 0;
        session.stale = true;
        this.subscriptions.forEach((subscription) => subscription.restarted());
      } else {
        session.position = page.events.at(-1)?.number ?? after;
        for (const event of page.events) {
          this.subscriptions.forEach((subscription) => subscription.take(event));
        }
        session.stale ||= page.events.length === PAGE;
      }
    }
  }

  /** Answers nothing where the store does not answer, after a while. @throws UsageError: it never will */
  private async attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await call();
      this.troubled = false;
      return answer;
    } catch (error) {
      if (error instanceof UsageError) {
        throw error;
      }
      if (!this.troubled && !this.closed) {
        this.troubled = true;
        this.log_.warn(`Live events cannot be read; trying until the store answers: ${toError(error).message}`);
      }
      await new Promise<void>((resolve) => this.clock.after(TRY_AGAIN, resolve, { background: true }));
      return undefined;
    }
  }
}

/** From the first subscription of a process until there is none. */
class Session {
  ended = false;
  /** The number of the last event that was read. */
  position: number | undefined;
  /** Queues that processes have been told of. */
  asked: ReadonlySet<string> = new Set();
  hearing: Promise<Unsubscribe> | undefined;
  again: (() => void) | undefined;
  stale = false;
  reading = false;
  private unsubscribe: Unsubscribe | undefined;

  onEnd(unsubscribe: Unsubscribe): void {
    this.unsubscribe = unsubscribe;
    if (this.ended) {
      this.end();
    }
  }

  end(): void {
    this.ended = true;
    this.again?.();
    // Who is not heard any more may be told for a while yet.
    this.unsubscribe?.().catch(() => undefined);
    this.unsubscribe = undefined;
  }
}
