import type { Clock } from '../ports/clock.js';

/** What times out. */
export interface Timed {
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  expire(): void;
}

/**
 * Watches the timeouts of all running attempts with one timer, so that a job that ends in time, as nearly all do,
 * never pays for a timer of its own.
 */
export class AttemptDeadlines {
  private readonly watched = new Set<Timed>();
  private next = Infinity;
  private callOff: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  add(timed: Timed): void {
    this.watched.add(timed);
    if (timed.expiresAt < this.next) {
      this.arm(timed.expiresAt);
    }
  }

  remove(timed: Timed): void {
    this.watched.delete(timed);
  }

  close(): void {
    this.callOff?.();
    this.watched.clear();
    this.next = Infinity;
  }

  private arm(at: number): void {
    this.callOff?.();
    this.next = at;
    // Node's timers overflow past 2^31 − 1 ms; an early sweep finds nothing and arms anew.
    const wait = Math.min(Math.max(at - this.clock.monotonic(), 0), MAX_TIMER);
    this.callOff = this.clock.after(wait, () => this.sweep(), { background: true });
  }

  private sweep(): void {
    const now = this.clock.monotonic();
    this.next = Infinity;
    let earliest = Infinity;
    for (const timed of this.watched) {
      if (timed.expiresAt <= now) {
        this.watched.delete(timed);
        timed.expire();
      } else if (timed.expiresAt < earliest) {
        earliest = timed.expiresAt;
      }
    }
    if (earliest < this.next) {
      this.arm(earliest);
    }
  }
}

const MAX_TIMER = 2_147_483_647;
