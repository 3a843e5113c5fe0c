import { Clock } from '../application/ports/clock.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the event loop that promises get to settle in after each timer. */
const SETTLING_TURNS = 4;

// Taken now, so that a test's fake timers do not hold it up.
const nextTurn = setImmediate;

/** Time that stands still until a test moves it. */
export class VirtualClock extends Clock {
  private readonly timers = new Set<Timer>();
  private elapsed = 0;
  private blocked = 0;
  private order = 0;

  /** @param start epoch milliseconds at which it begins; 2026-01-01 unless told */
  constructor(private readonly start = Date.UTC(2026, 0, 1)) {
    super();
  }

  override now(): number {
    return this.start + this.elapsed;
  }

  override monotonic(): number {
    return this.elapsed;
  }

  override idle(): number {
    return this.elapsed - this.blocked;
  }

  override after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.elapsed + Math.max(0, milliseconds), order: this.order++, callback };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  /** Milliseconds until the next timer; `undefined` when none is set. */
  get nextTimerIn(): number | undefined {
    const next = this.next();
    return next && Math.max(0, next.at - this.elapsed);
  }

  /**
   * Moves time on. Timers that come due fire in order, each at its own time; before the first and after each, promises
   * get to settle, so that timers they set within the span fire too.
   *
   * @throws RangeError for a negative or non-finite span
   */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0 && milliseconds < Infinity)) {
      throw new RangeError(`advance(${milliseconds}): time goes forward, by a finite number of milliseconds`);
    }
    const end = this.elapsed + milliseconds;
    await this.settle();
    for (let timer = this.next(); timer !== undefined && timer.at <= end; timer = this.next()) {
      this.timers.delete(timer);
      this.elapsed = Math.max(this.elapsed, timer.at);
      timer.callback();
      await this.settle();
    }
    this.elapsed = Math.max(this.elapsed, end);
  }

  /**
   * Time passes and nothing happens in it, as while a handler computes: timers that come due fire late, with the next
   * {@link advance}.
   *
   * @throws RangeError for a negative or non-finite span
   */
  block(milliseconds: number): void {
    if (!(milliseconds >= 0 && milliseconds < Infinity)) {
      throw new RangeError(`block(${milliseconds}): time goes forward, by a finite number of milliseconds`);
    }
    this.elapsed += milliseconds;
    this.blocked += milliseconds;
  }

  /** Lets promises settle without moving time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) {
      await new Promise<void>((resolve) => {
        nextTurn(resolve);
      });
    }
  }

  private next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }
}
