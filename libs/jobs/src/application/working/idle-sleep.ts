import { toError } from '../../domain/failure.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Notifier } from '../ports/notifier.js';

/** Wait after a sleep that failed, in milliseconds. */
const AFTER_FAILURE = 1_000;

/** The one sleep of a process that waits for work: which queues it hears, and how it ended. */
export class IdleSleep {
  private current: { readonly queues: ReadonlySet<string>; readonly stop: AbortController } | undefined;

  constructor(
    private readonly notifier: Notifier,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get asleep(): boolean {
    return this.current !== undefined;
  }

  /** True while a wake-up for the queue would be heard. */
  hears(queue: string): boolean {
    return this.current?.queues.has(queue) === true;
  }

  /** Ends the sleep, if there is one. */
  stop(): void {
    this.current?.stop.abort();
  }

  /**
   * Sleeps until one of the queues may have work, the time is up, or {@link stop}. Never rejects.
   *
   * @returns whether somebody woke it
   */
  async over(queues: ReadonlySet<string>, milliseconds: number): Promise<boolean> {
    const stop = new AbortController();
    this.current = { queues, stop };
    try {
      const ended = await this.notifier.sleep([...queues], Math.max(Math.ceil(milliseconds), 1), stop.signal);
      return ended === 'woken';
    } catch (error) {
      this.log.warn(`Sleeping until woken failed: ${toError(error).message}`);
      await new Promise<void>((resolve) => this.clock.after(AFTER_FAILURE, resolve, { background: true }));
      return false;
    } finally {
      this.current = undefined;
    }
  }
}
