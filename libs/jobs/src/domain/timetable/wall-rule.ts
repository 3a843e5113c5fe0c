import { SECONDS_A_DAY } from './calendar.js';
import type { Days } from './days.js';
import { NumberSet } from './number-set.js';
import { TimeOfDay } from './time-of-day.js';

/** What a rule names by the clock on the wall: certain times of certain days. Knows no zone. */
export class WallRule {
  constructor(
    readonly days: Days,
    readonly times: TimeOfDay,
    /**
     * Whether it names its times one by one (`30 2 * * *`): then each comes once, however the clock is set. One that
     * names them by a pattern (`0 * * * *`) comes whenever the clock shows one of them.
     */
    readonly fixed: boolean,
  ) {}

  /** The same, at every second of its minutes. */
  atAnySecond(): WallRule {
    const { hours, minutes } = this.times;
    return new WallRule(this.days, new TimeOfDay(hours, minutes, NumberSet.all(60)), this.fixed);
  }

  has(wall: number): boolean {
    const day = Math.floor(wall / SECONDS_A_DAY);
    return this.times.has(wall - day * SECONDS_A_DAY) && this.days.has(day);
  }

  /** The first wall time that is not earlier; undefined when there is none within fifty years. */
  from(wall: number): number | undefined {
    const today = Math.floor(wall / SECONDS_A_DAY);
    let day = this.days.from(today);
    if (day === today) {
      const second = this.times.from(wall - today * SECONDS_A_DAY);
      if (second !== -1) {
        return today * SECONDS_A_DAY + second;
      }
      day = this.days.from(today + 1);
    }
    return day === undefined ? undefined : day * SECONDS_A_DAY + this.times.first;
  }
}

/** One of the fields for seconds, minutes or hours, as it was written and as it was read. */
export interface TimeField {
  readonly text: string;
  readonly values: NumberSet;
}

/**
 * The times are named one by one when no field of them has a `*`, `?` or step, nor takes all values (`0-23`): numbers,
 * lists and plain ranges are left.
 */
export function isFixed(fields: readonly TimeField[]): boolean {
  return fields.every(({ text, values }) => !/[*?/]/.test(text) && !values.isWhole);
}
