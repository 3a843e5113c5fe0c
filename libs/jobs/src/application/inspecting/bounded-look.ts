import { formatDuration } from '../../domain/duration.js';
import { toError } from '../../domain/failure.js';
import type { Clock } from '../ports/clock.js';
import { within } from '../within.js';

/** Something that was looked at, or why it could not be. */
export type Seen<T> =
  | { readonly known: true; readonly value: T }
  /** `reason` holds no secrets. */
  | { readonly known: false; readonly reason: string };

/**
 * Looks at something that may not answer: one look at a time whoever asks, none waited for longer than a limit, and what
 * was seen used again for a moment. However many ask, and however often, the store is asked no more than that.
 */
export class BoundedLook<T> {
  private last: { readonly at: number; readonly seen: Seen<T> } | undefined;
  private underWay: { readonly since: number; readonly ended: Promise<Seen<T>> } | undefined;

  /**
   * @param limit milliseconds after which a look counts as not answered; it goes on, and is the next asker's
   * @param freshFor milliseconds for which what was seen is used again
   */
  constructor(
    private readonly clock: Clock,
    private readonly look: () => Promise<T>,
    private readonly limit: number,
    private readonly freshFor: number,
  ) {}

  /** What there is to see. Never rejects, and answers within the limit. */
  async see(): Promise<Seen<T>> {
    const now = this.clock.monotonic();
    if (this.last !== undefined && now - this.last.at < this.freshFor) {
      return this.last.seen;
    }
    this.underWay ??= { since: now, ended: this.begin() };
    const { since, ended } = this.underWay;
    const left = since + this.limit - now;
    if (left > 0 && (await within(this.clock, left, ended)) === 'done') {
      return ended;
    }
    return { known: false, reason: `no answer within ${formatDuration(this.limit)}` };
  }

  private async begin(): Promise<Seen<T>> {
    const seen = await Promise.resolve()
      .then(this.look)
      .then(
        (value): Seen<T> => ({ known: true, value }),
        (error: unknown): Seen<T> => ({ known: false, reason: toError(error).message }),
      );
    this.last = { at: this.clock.monotonic(), seen };
    this.underWay = undefined;
    return seen;
  }
}
