import type { Channels } from './channels.js';
import type { Keys } from '../stored/keys.js';
import { type Sleeper, waitFor, type Wakening } from './sleeper.js';

/**
 * Sleeps on channels: on a Cluster no call can block on the keys of two queues. Every sleeper of a queue wakes; who
 * comes second finds nothing and sleeps again.
 */
export class ChannelSleeper implements Sleeper {
  private readonly subscribed = new Map<string, Promise<unknown>>();
  /** Queues with news that came while nobody slept. */
  private readonly news = new Set<string>();
  private wake?: (queue: string) => void;
  private closed = false;
  /** Ends the sleep under way. One a sleep: signals combined with one that lives on are never quite let go by Node 20. */
  private ending = new AbortController();

  constructor(
    private readonly channels: Channels,
    private readonly keys: Keys,
    private readonly hasWork: (queue: string) => Promise<boolean>,
  ) {}

  async sleep(queues: readonly string[], milliseconds: number, given: AbortSignal): Promise<Wakening> {
    if (given.aborted || this.closed) {
      return 'aborted';
    }
    const ending = new AbortController();
    const abort = (): void => ending.abort();
    this.ending = ending;
    given.addEventListener('abort', abort, { once: true });
    try {
      return await this.sleepUntil(queues, milliseconds, ending.signal);
    } finally {
      given.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.closed = true;
    this.ending.abort();
  }

  private async sleepUntil(queues: readonly string[], milliseconds: number, signal: AbortSignal): Promise<Wakening> {
    const until = performance.now() + milliseconds;
    const subscribing = Promise.all(queues.map((queue) => this.subscribe(queue)));
    const isNew = await waitFor(milliseconds, signal, (end) => void subscribing.then(() => end('woken')));
    if (signal.aborted || isNew !== 'woken') {
      return signal.aborted ? 'aborted' : 'timeout';
    }
    const known = queues.find((queue) => this.news.delete(queue));
    if (known !== undefined) {
      return 'woken';
    }
    const ended = await waitFor(Math.max(0, until - performance.now()), signal, (end) => {
      this.wake = (queue) => {
        if (queues.includes(queue)) {
          this.wake = undefined;
          this.news.delete(queue);
          end('woken');
        }
      };
    });
    // What comes now, with nobody asleep, is kept for the next sleep.
    this.wake = undefined;
    return ended;
  }

  private subscribe(queue: string): Promise<unknown> {
    let subscribed = this.subscribed.get(queue);
    if (subscribed === undefined) {
      subscribed = this.listen(queue).catch(() => this.subscribed.delete(queue));
      this.subscribed.set(queue, subscribed);
    }
    return subscribed;
  }

  /** What was said before the first sleep over a queue was not heard: that sleep ends at once where there is work. */
  private async listen(queue: string): Promise<void> {
    await this.channels.on(this.keys.wake(queue), () => {
      this.news.add(queue);
      this.wake?.(queue);
    });
    if (await this.hasWork(queue)) {
      this.news.add(queue);
    }
  }
}
