import { InvalidScheduleError } from '../errors/errors.js';
import { dateOf, dayOf, monthLength, SECONDS_A_DAY } from './calendar.js';
import type { TimeOfDay } from './time-of-day.js';
import type { WallRule } from './wall-rule.js';

// The grammar of `except`, each in the schedule's zone:
//
//   2026-12-25               that day
//   12-25                    that day of every year
//   2026-12-24/2027-01-02    those days, both ends included
//   12-24/01-02              those days of every year, both ends included
//   <cron expression>        all that matches its fields; with five fields: any second of the minute. Macros too.

/** Says for a wall time, in seconds, whether it is left out. */
export interface Exception {
  /** The wall time from which to look again, later than the given one; undefined when it is not left out. */
  until(wall: number): number | undefined;
}

const DATE = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/;

/**
 * Reads one of `except` if it is about dates.
 *
 * @returns undefined when it looks like something else
 * @throws InvalidScheduleError for a date that there is not, or a range that goes backwards
 */
export function datesException(text: string, option: string): Exception | undefined {
  const ends = text.split('/').map((end) => DATE.exec(end.trim()));
  const [first, last = first] = ends;
  if (first == null || last == null || ends.length > 2) {
    return undefined;
  }
  const fail = (reason: string) => new InvalidScheduleError(option, text, reason);
  const [from, to] = [ordinal(first), ordinal(last)];
  if (from === undefined || to === undefined) {
    throw fail('names a day that no calendar has');
  }
  if ((first[1] === undefined) !== (last[1] === undefined)) {
    throw fail('has the year at one end only; give it at both or at none');
  }
  if (first[1] !== undefined) {
    if (from > to) throw fail('ends before it begins');
    return wholeDays((day) => day >= from && day <= to);
  }
  return wholeDays((day) => {
    const { month, date } = dateOf(day);
    const inYear = month * 100 + date;
    // Over New Year, when it ends before it begins.
    return from <= to ? inYear >= from && inYear <= to : inYear >= from || inYear <= to;
  });
}

/** The day's number, or without a year its place in any: month * 100 + date. */
function ordinal([, yearText, monthText, dateText]: RegExpExecArray): number | undefined {
  const [month, date] = [Number(monthText), Number(dateText)];
  const year = yearText === undefined ? 2_000 : Number(yearText);
  if (year < 1 || month < 1 || month > 12 || date < 1 || date > monthLength(year, month)) {
    return undefined;
  }
  return yearText === undefined ? month * 100 + date : dayOf(year, month, date);
}

function wholeDays(isLeftOut: (day: number) => boolean): Exception {
  return {
    until: (wall) => {
      const day = Math.floor(wall / SECONDS_A_DAY);
      return isLeftOut(day) ? (day + 1) * SECONDS_A_DAY : undefined;
    },
  };
}

/**
 * Leaves out what matches the rule's fields.
 *
 * @param of the times that may be asked for: where the exception takes all of their minutes, it is passed hour by hour
 */
export function cronException(rule: WallRule, of: TimeOfDay): Exception {
  const { hours, minutes, seconds } = rule.times;
  let step = 1;
  if (seconds.includesAllOf(of.seconds)) {
    step = 60;
    if (minutes.includesAllOf(of.minutes)) {
      step = hours.includesAllOf(of.hours) ? SECONDS_A_DAY : 3_600;
    }
  }
  return { until: (wall) => (rule.has(wall) ? (Math.floor(wall / step) + 1) * step : undefined) };
}

/** All of a schedule's exceptions as one. */
export function anyOf(exceptions: readonly Exception[]): Exception {
  return {
    until: (wall) => {
      for (const exception of exceptions) {
        const until = exception.until(wall);
        if (until !== undefined) return until;
      }
      return undefined;
    },
  };
}
