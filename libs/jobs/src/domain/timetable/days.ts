import { dateOf, dayOf, monthLength, weekdayOf } from './calendar.js';
import type { NumberSet } from './number-set.js';

/** Which dates of one month are meant: bit 1 is the first, bit 31 the thirty-first; 0 when none is. */
export type DatesOfMonth = (year: number, month: number) => number;

/** After this many years without a day there is none: a fifth Friday of February takes 40 years at most, across 2100. */
const YEARS_AHEAD = 50;
/** Every year of any length and any weekday of its first of January comes within these. */
const EVERY_KIND_OF_YEAR = { from: 2000, to: 2027 } as const;
const LAST_YEAR = 9_999;

/** The days that a rule names, found month by month. */
export class Days {
  private cachedMonth = -1;
  private cachedDates = 0;

  constructor(private readonly datesOf: DatesOfMonth) {}

  /** False for the thirtieth of February and its like. */
  get everCome(): boolean {
    for (let year: number = EVERY_KIND_OF_YEAR.from; year <= EVERY_KIND_OF_YEAR.to; year += 1) {
      for (let month = 1; month <= 12; month += 1) {
        if (this.datesOf(year, month) !== 0) return true;
      }
    }
    return false;
  }

  has(day: number): boolean {
    const { year, month, date } = dateOf(day);
    return (this.dates(year, month) & (1 << date)) !== 0;
  }

  /** The first that is not earlier than the given day. */
  from(day: number): number | undefined {
    const { year, month, date } = dateOf(day);
    // Shifting by 32 would be shifting by 0; a date is 31 at most.
    const rest = this.dates(year, month) & (-1 << date);
    if (rest !== 0) {
      return dayOf(year, month, lowestBit(rest));
    }
    const end = Math.min(year + YEARS_AHEAD, LAST_YEAR) * 12;
    for (let index = year * 12 + month; index < end; index += 1) {
      const [inYear, inMonth] = [Math.floor(index / 12), (index % 12) + 1];
      const dates = this.datesOf(inYear, inMonth);
      if (dates !== 0) {
        return dayOf(inYear, inMonth, lowestBit(dates));
      }
    }
    return undefined;
  }

  /** Most questions in a row are about one month. */
  private dates(year: number, month: number): number {
    const key = year * 12 + month;
    if (key !== this.cachedMonth) {
      this.cachedDates = this.datesOf(year, month);
      this.cachedMonth = key;
    }
    return this.cachedDates;
  }
}

/** The date in every month, in shorter months their last day. */
export function clampedDate(date: number): DatesOfMonth {
  return (year, month) => 1 << Math.min(date, monthLength(year, month));
}

/** The date fields of a cron expression, as they were written. */
export interface CronDates {
  /** 1 to 12. */
  readonly months: NumberSet;
  /** 1 to 31; undefined when the field is `*` or `?`. */
  readonly dates?: NumberSet;
  /** `L` among the dates. */
  readonly lastDate: boolean;
  /** 0 to 6, Sunday first; undefined when the field is `*` or `?`. */
  readonly weekdays?: NumberSet;
  /** The weekdays' one in the month, from `#`; undefined for any. */
  readonly nth?: number;
  /** Weekdays with `L`: the last one of them in the month. */
  readonly lastWeekdays: NumberSet;
}

/** As cron does: where both dates and weekdays are restricted, a day needs to fit only one of them. */
export function cronDates(fields: CronDates): DatesOfMonth {
  const { months, dates, lastDate, weekdays, nth, lastWeekdays } = fields;
  const fitsWeekday = (weekday: number, date: number, length: number) =>
    (weekdays !== undefined && weekdays.has(weekday) && (nth === undefined || Math.ceil(date / 7) === nth)) ||
    (lastWeekdays.has(weekday) && date > length - 7);
  const anyDate = dates === undefined;
  const anyWeekday = weekdays === undefined;
  return (year, month) => {
    if (!months.has(month)) return 0;
    const length = monthLength(year, month);
    const firstWeekday = weekdayOf(dayOf(year, month, 1));
    let found = 0;
    for (let date = 1; date <= length; date += 1) {
      const fitsDate = !anyDate && (dates.has(date) || (lastDate && date === length));
      if (
        (anyDate && anyWeekday) ||
        fitsDate ||
        (!anyWeekday && fitsWeekday((firstWeekday + date - 1) % 7, date, length))
      ) {
        found |= 1 << date;
      }
    }
    return found;
  };
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
