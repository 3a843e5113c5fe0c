import type { Exception } from './exceptions.js';
import type { Timetable } from './timing.js';
import type { WallRule } from './wall-rule.js';
import { WIDEST_SHIFT, type Zone } from './zone.js';

// Four walks from a rule to its occurrences. Each begins anew from the time it is asked for, and passes over what is left
// out. A wall time here is in seconds, a time in epoch milliseconds.

const YEAR = 365.25 * 86_400_000;
const LONGEST_LEFT_OUT = 10 * YEAR;
const MOST_LEFT_OUT = 250_000;

/** Ends the search of one `next` when all was left out for ten years, or for 250,000 occurrences. */
class Patience {
  private first: number | undefined;
  private count = 0;

  isOver(leftOut: number): boolean {
    this.first ??= leftOut;
    this.count += 1;
    return leftOut - this.first > LONGEST_LEFT_OUT || this.count > MOST_LEFT_OUT;
  }
}

/** Times named one by one: each comes once, the first time the clock shows it, or a later one if it skips it. */
export class FixedTimes implements Timetable {
  constructor(
    private readonly rule: WallRule,
    private readonly zone: Zone,
    private readonly exception: Exception,
  ) {}

  next(after: number): number | undefined {
    const patience = new Patience();
    // What the clock has shown has come, also while it shows an earlier hour again.
    let from = Math.floor(this.zone.latestShown(after) / 1_000) + 1;
    for (;;) {
      const wall = this.rule.from(from);
      if (wall === undefined) {
        return undefined;
      }
      const time = this.zone.firstAt(wall * 1_000);
      const until = this.leftOutUntil(wall, time);
      if (until === undefined) {
        return time;
      }
      if (patience.isOver(time)) {
        return undefined;
      }
      from = until;
    }
  }

  /** Left out is what is meant for a time that is left out, and what would come at one because its own is skipped. */
  private leftOutUntil(wall: number, time: number): number | undefined {
    const until = this.exception.until(wall);
    if (until !== undefined) {
      return until;
    }
    const shown = Math.floor(this.zone.wallAt(time) / 1_000);
    return shown !== wall && this.exception.until(shown) !== undefined ? shown : undefined;
  }
}

/** Times named by a pattern: they come whenever the clock shows one, so again in an hour that repeats itself. */
export class RunningTimes implements Timetable {
  constructor(
    private readonly rule: WallRule,
    private readonly zone: Zone,
    private readonly exception: Exception,
  ) {}

  next(after: number): number | undefined {
    const patience = new Patience();
    let from = (Math.floor(after / 1_000) + 1) * 1_000;
    for (;;) {
      const span = this.zone.spanAt(from);
      const wall = this.rule.from((from + span.offset) / 1_000);
      if (wall === undefined) {
        return undefined;
      }
      const time = wall * 1_000 - span.offset;
      if (time >= span.to) {
        // Where the clock was not set for so long, none of the times before the next one can come again.
        from = span.to > from + WIDEST_SHIFT ? Math.max(span.to, time - WIDEST_SHIFT) : span.to;
        continue;
      }
      const until = this.exception.until(wall);
      if (until === undefined) {
        return time;
      }
      if (patience.isOver(time)) {
        return undefined;
      }
      from = Math.min(until * 1_000 - span.offset, span.to);
    }
  }
}

/** Multiples of an interval since an anchor: elapsed time, whatever the clock shows. */
export class Intervals implements Timetable {
  constructor(
    private readonly interval: number,
    private readonly anchor: number,
    private readonly zone: Zone,
    private readonly exception: Exception,
  ) {}

  next(after: number): number | undefined {
    const patience = new Patience();
    let from = after + 1;
    for (;;) {
      const time = this.anchor + Math.ceil((from - this.anchor) / this.interval) * this.interval;
      const span = this.zone.spanAt(time);
      const until = this.exception.until(Math.floor((time + span.offset) / 1_000));
      if (until === undefined) {
        return time;
      }
      if (patience.isOver(time)) {
        return undefined;
      }
      from = Math.min(until * 1_000 - span.offset, span.to);
    }
  }
}

/** One moment. */
export class Once implements Timetable {
  constructor(
    private readonly time: number,
    private readonly zone: Zone,
    private readonly exception: Exception,
  ) {}

  next(after: number): number | undefined {
    const leftOut = this.exception.until(Math.floor(this.zone.wallAt(this.time) / 1_000)) !== undefined;
    return this.time > after && !leftOut ? this.time : undefined;
  }
}

/** The first and last times that are asked of a walk, so that none leaves the calendar's years 1 to 9999. */
const FIRST_TIME = Date.parse('0001-02-01T00:00:00Z');
const LAST_TIME = Date.parse('9990-01-01T00:00:00Z');

/** Only what lies within the schedule's bounds. */
export class Bounded implements Timetable {
  constructor(
    private readonly within: Timetable,
    private readonly startAt: number | undefined,
    private readonly endAt: number | undefined,
  ) {}

  next(after: number): number | undefined {
    const from = Math.max(Math.floor(after), (this.startAt ?? FIRST_TIME) - 1, FIRST_TIME);
    // Neither is NaN less.
    if (!(from < Math.min(this.endAt ?? LAST_TIME, LAST_TIME))) {
      return undefined;
    }
    const next = this.within.next(from);
    return next === undefined || (this.endAt !== undefined && next >= this.endAt) ? undefined : next;
  }
}
