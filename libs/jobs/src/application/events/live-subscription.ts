import type { Clock } from '../ports/clock.js';
import type { EventPage, LoggedEvent } from '../ports/event-log.js';
import type { Interest, LiveEvent, LiveEventSubscription } from './live-event.js';

/** Events that wait here for a subscriber who is slow; beyond them, it reads on in the log. */
const MOST_WAITING = 1_000;

/** What a subscription needs of who made it. */
export interface EventSource {
  /** The number of the last event that was given to all subscriptions that keep up. */
  readonly position: number;
  /** A page of the log behind a number. Rejects only where nothing will ever be read. */
  read(after: number, subscription: LiveSubscription): Promise<EventPage>;
  leave(subscription: LiveSubscription): void;
}

/**
 * One subscriber's place in the log of events. One that keeps up is given events as they come; one that does not reads on
 * in the log at its own pace, so that it misses only what the log keeps no more.
 */
export class LiveSubscription implements LiveEventSubscription {
  readonly ready: Promise<void>;
  private becomeReady: () => void = () => undefined;
  private waiting: LiveEvent[] = [];
  /** The number of the last event that was looked at; absent until the first is known. */
  private position: number | undefined;
  private behind = true;
  private state: 'open' | 'ended' | { readonly error: unknown } = 'open';
  private stir: () => void = () => undefined;
  /** Ends the wait for a page under way: the store may be away, and its answer is of no use any more. */
  private leaveReading: () => void = () => undefined;
  private last: Promise<unknown> = Promise.resolve();
  private readonly abort = (): void => this.end();

  constructor(
    readonly interest: Interest,
    private readonly source: EventSource,
    readonly clock: Clock,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.ready = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
    signal?.addEventListener('abort', this.abort, { once: true });
  }

  get ended(): boolean {
    return this.state !== 'open';
  }

  get cursor(): string | undefined {
    return this.position === undefined || this.waiting.length > 0 ? undefined : String(this.position);
  }

  /** Where it begins is known. @param newest the number of the newest event at that time */
  begin(newest: number): void {
    this.position = this.interest.after ?? newest;
    if (this.position > newest) {
      this.miss(0, 'restarted', 0);
    }
    this.catchUp();
    this.becomeReady();
    this.stir();
  }

  /** Something has come for all. */
  take(event: LoggedEvent): void {
    if (this.position === undefined || this.behind || event.number <= this.position) {
      // One that is behind looks for it in the log.
      this.stir();
      return;
    }
    if (this.waiting.length >= MOST_WAITING) {
      this.behind = true;
      return;
    }
    this.look(event);
  }

  /** The log has begun anew. */
  restarted(): void {
    if (this.position !== undefined && !this.behind) {
      this.miss(0, 'restarted', 0);
    }
  }

  /** Ends it: what waits is not given out any more. */
  end(error?: unknown): void {
    if (this.state !== 'open') {
      return;
    }
    this.state = error === undefined ? 'ended' : { error };
    this.waiting = [];
    this.signal?.removeEventListener('abort', this.abort);
    this.becomeReady();
    this.stir();
    this.leaveReading();
    this.source.leave(this);
  }

  next(): Promise<IteratorResult<LiveEvent, undefined>> {
    const answer = this.last.then(() => this.nextOne());
    this.last = answer.catch(() => undefined);
    return answer;
  }

  async return(): Promise<IteratorResult<LiveEvent, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  async throw(error?: unknown): Promise<IteratorResult<LiveEvent, undefined>> {
    this.end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  private async nextOne(): Promise<IteratorResult<LiveEvent, undefined>> {
    for (;;) {
      const event = this.waiting.shift();
      if (event !== undefined) {
        return { done: false, value: event };
      }
      if (this.state === 'ended') {
        return { done: true, value: undefined };
      }
      if (this.state !== 'open') {
        const { error } = this.state;
        this.state = 'ended';
        throw error;
      }
      if (this.position !== undefined && this.behind) {
        await this.readOn(this.position);
      } else {
        await new Promise<void>((resolve) => {
          this.stir = resolve;
        });
      }
    }
  }

  private async readOn(position: number): Promise<void> {
    let page: EventPage | undefined;
    try {
      page = await new Promise<EventPage | undefined>((resolve, reject) => {
        this.leaveReading = () => resolve(undefined);
        this.source.read(position, this).then(resolve, reject);
      });
    } catch (error) {
      this.end(error);
      return;
    }
    if (page === undefined || this.state !== 'open') {
      return;
    }
    if (page.newest < position) {
      this.miss(0, 'restarted', 0);
    }
    page.events.forEach((event) => this.look(event));
    this.catchUp();
  }

  /** It keeps up once it has looked at all that the others have. */
  private catchUp(): void {
    if (this.position !== undefined && this.position >= this.source.position) {
      this.behind = false;
    }
  }

  private look({ number, at, event }: LoggedEvent): void {
    const expected = (this.position ?? 0) + 1;
    if (number > expected) {
      this.miss(number - expected, 'overtaken', number - 1);
    }
    this.position = number;
    if (this.interest.wants(event)) {
      this.waiting.push({ ...event, cursor: String(number), at });
    }
    this.stir();
  }

  private miss(lost: number, reason: 'overtaken' | 'restarted', position: number): void {
    this.position = position;
    this.waiting.push({ kind: 'gap', lost, reason, cursor: String(position) });
    this.stir();
  }
}
