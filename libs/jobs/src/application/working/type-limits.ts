import type { Clock } from '../ports/clock.js';

/** Milliseconds that a job goes back for, at least, when too many of its type wait here. */
const DEFERRED = 500;

/** And at most, so that a process with room meets it soon. */
const MAX_DEFERRED = 60_000;

/** Jobs that find their type crowded wait here as far as they will begin within this time, in milliseconds. */
export const CROWD_HORIZON = 250;

/** How many wait here at most, and while nothing is known of the type. */
const MAX_WAITING = 500;
const FIRST_WAITING = 100;

/** Weight of the newest attempt in the running mean. */
const RECENT = 0.2;

interface TypeUse {
  running: number;
  /** Mean milliseconds of an attempt; unknown before the first has ended. */
  mean: number | undefined;
  /** Monotonic time at which one last began or ended. */
  movedAt: number;
  /** Monotonic time at which the last of those that were put off is expected back. */
  lineEnds: number;
}

/** What a limit needs of a handler. */
export interface LimitedType {
  readonly type: string;
  readonly concurrency?: number;
}

/** Counts the attempts of types that have a limit of their own in this process, and says when more of them may come. */
export class TypeLimits {
  private readonly uses = new Map<string, TypeUse>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** True while the type has not reached its limit. */
  mayBegin({ type, concurrency }: LimitedType): boolean {
    return concurrency === undefined || (this.uses.get(type)?.running ?? 0) < concurrency;
  }

  begun(of: LimitedType): void {
    if (of.concurrency !== undefined) {
      const use = this.use(of);
      use.running++;
      use.movedAt = this.clock.monotonic();
    }
  }

  /** @param duration milliseconds for which it held its place */
  ended(of: LimitedType, duration: number): void {
    if (of.concurrency !== undefined) {
      const use = this.use(of);
      use.running--;
      use.movedAt = this.clock.monotonic();
      use.mean = use.mean === undefined ? duration : use.mean + RECENT * (duration - use.mean);
    }
  }

  /** False where the attempts of a type have long held their places: those that wait for one do not begin soon. */
  moves(of: LimitedType): boolean {
    return of.concurrency === undefined || this.clock.monotonic() - this.use(of).movedAt < CROWD_HORIZON;
  }

  /** How many claimed jobs of a crowded type may wait here to begin: as many as the limit, and more where they are short. */
  mayWait(of: LimitedType): number {
    const limit = of.concurrency ?? MAX_WAITING;
    if (!this.moves(of)) {
      return limit;
    }
    const { mean } = this.use(of);
    return mean === undefined
      ? Math.max(limit, FIRST_WAITING)
      : Math.max(limit, Math.min(Math.floor((limit * CROWD_HORIZON) / Math.max(mean, 0.01)), MAX_WAITING));
  }

  /**
   * Milliseconds for which a job that finds its type crowded goes back. Those that are put off come back one after
   * another, about as fast as they can begin: a long line that came back together would be claimed and put off for ever.
   */
  deferral(of: LimitedType): number {
    const use = this.use(of);
    const now = this.clock.monotonic();
    const farthest = now + MAX_DEFERRED * (0.5 + Math.random() / 2);
    use.lineEnds = Math.min(
      Math.max(use.lineEnds, now) + Math.min(use.mean ?? DEFERRED, DEFERRED) / (of.concurrency ?? 1),
      farthest,
    );
    return Math.max(DEFERRED, Math.round(use.lineEnds - now));
  }

  private use({ type }: LimitedType): TypeUse {
    let use = this.uses.get(type);
    if (use === undefined) {
      use = { running: 0, mean: undefined, movedAt: -Infinity, lineEnds: 0 };
      this.uses.set(type, use);
    }
    return use;
  }
}
