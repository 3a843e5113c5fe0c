import type { MissedPolicy, Occurrence } from './schedule.js';
import type { Timetable } from '../timetable/timing.js';

/** Occurrences that are no later than this fire one by one, whatever else is due: a process was busy, or a server away. */
export const PROMPT = 5_000;
/** Occurrences that are later than this count as missed: nobody ran. */
export const DEFAULT_GRACE = 60_000;
/** Missed occurrences that `missed: 'all'` makes up for. */
export const DEFAULT_MISSED_BOUND = 100;

/** What is to become of an occurrence that is due. */
export interface Firing {
  /** The occurrence that fires; absent when it, and what fell due with it, is passed over. */
  readonly time?: number;
  /** When it was due. */
  readonly due?: number;
  /** It is made up for. */
  readonly missed: boolean;
  /** Occurrences before this one, from the one that was next, do not fire. */
  readonly passedOver: boolean;
  /** Absent when there is none any more. */
  readonly next?: Occurrence;
}

/** Decides, from a schedule's timetable alone, which of its occurrences fires and which is next. */
export class SchedulePlan {
  constructor(
    private readonly timetable: Timetable,
    private readonly jitterOf: (time: number, most: number) => number,
    private readonly missed: MissedPolicy,
    private readonly grace = DEFAULT_GRACE,
    private readonly bound = DEFAULT_MISSED_BOUND,
  ) {}

  /** The first occurrence later than a time. */
  after(time: number): Occurrence | undefined {
    const next = this.timetable.next(time);
    return next === undefined ? undefined : this.at(next);
  }

  /** The occurrences that follow a time, at most so many. */
  *following(time: number, count: number): IterableIterator<Occurrence> {
    let next = this.after(time);
    for (let left = count; left > 0 && next !== undefined; left--) {
      yield next;
      next = this.after(next.time);
    }
  }

  /** What becomes of the occurrence that was next, and is due now. */
  decide(next: Occurrence, now: number): Firing {
    const late = now - next.due;
    if (this.missed === 'all') {
      const from = late > this.grace ? this.firstKept(next.time, now - this.grace) : next.time;
      return from > next.time ? this.passedOver(this.at(from)) : this.fires(next, next, late > this.grace);
    }
    if (late <= PROMPT) {
      return this.fires(next, next, false);
    }
    const latest = this.latest(next.time, now);
    const latestLate = now - latest.due;
    if (latestLate <= PROMPT) {
      const prompt = this.timetable.next(now - PROMPT - 1) ?? latest.time;
      return this.fires(next, this.at(Math.min(Math.max(prompt, next.time), latest.time)), false);
    }
    return latestLate <= this.grace || this.missed === 'once'
      ? this.fires(next, latest, latestLate > this.grace)
      : this.passedOver(this.after(latest.time));
  }

  private fires(next: Occurrence, fired: Occurrence, missed: boolean): Firing {
    const following = this.after(fired.time);
    return {
      ...fired,
      missed,
      passedOver: fired.time > next.time,
      ...(following === undefined ? {} : { next: following }),
    };
  }

  private passedOver(next: Occurrence | undefined): Firing {
    return { missed: true, passedOver: true, ...(next === undefined ? {} : { next }) };
  }

  /** An occurrence with its jitter, which never takes it to the one that follows. */
  private at(time: number): Occurrence {
    const following = this.timetable.next(time) ?? Infinity;
    return { time, due: time + this.jitterOf(time, following - time - 1) };
  }

  /** The last occurrence that is due; `first` is. */
  private latest(first: number, now: number): Occurrence {
    const latest = this.at(this.last(first, now));
    // Its jitter may keep it back; the one before it is then due, since it comes before it.
    return latest.due <= now || latest.time === first ? latest : this.at(this.last(first, latest.time - 1));
  }

  /** The last occurrence not later than a time, given one that is not later. */
  private last(first: number, until: number): number {
    // As `low` grows the next occurrence after it grows: the last time after which there still is one is looked for.
    let [low, high] = [first - 1, until];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if ((this.timetable.next(middle) ?? Infinity) <= until) low = middle;
      else high = middle;
    }
    return this.timetable.next(low) ?? first;
  }

  /** The first of the last occurrences until a time, as many as are made up for. */
  private firstKept(first: number, until: number): number {
    if (this.count(first - 1, until) <= this.bound) {
      return first;
    }
    let [low, high] = [first - 1, until];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.count(middle, until) > this.bound) low = middle;
      else high = middle;
    }
    return this.timetable.next(high) ?? until + 1;
  }

  /** Occurrences later than one time and not later than another; one more than the bound stands for any number. */
  private count(after: number, until: number): number {
    let number = 0;
    for (let time = this.timetable.next(after); time !== undefined && time <= until;) {
      if (++number > this.bound) {
        break;
      }
      time = this.timetable.next(time);
    }
    return number;
  }
}

/**
 * Milliseconds by which an occurrence of a schedule comes later: at most so many, spread evenly, and the same in every
 * process.
 */
export function jitterOf(id: string, jitter: number): (time: number, most: number) => number {
  return (time, most) => {
    const bound = Math.min(jitter, most);
    return bound <= 0 ? 0 : fraction(`${id}@${time}`) % (bound + 1);
  };
}

/** 32 bits of a text, by FNV-1a with a last stir: near texts are far apart. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
