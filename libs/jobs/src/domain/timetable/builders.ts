import { type Duration, parseDuration } from '../duration.js';
import { InvalidScheduleError } from '../errors/errors.js';
import { checkNumber, checkTime, type Fail, readExpression } from './expression.js';

// What is hard to get right as cron text. Each answers a plain expression, which can be stored and read back.

export type Weekday = 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday';
/** A weekday's name or its first three letters; in JavaScript in any case. */
export type WeekdayName = Weekday | 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat';

const WEEKDAYS: readonly Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/**
 * Each time the interval has passed, whatever the clock shows: at its multiples since the schedule's `startAt`, or since
 * 1970-01-01T00:00:00Z. For "at two every night" use `daily`: `every('1d')` does not follow summer time.
 *
 * @param interval milliseconds or a string such as `'5m'`; one second at least
 * @throws InvalidScheduleError
 */
export function every(interval: Duration): string {
  const fail = failing('every()', interval);
  let milliseconds: number;
  try {
    milliseconds = parseDuration(interval);
  } catch (error) {
    throw fail("is no interval; use milliseconds, or a string such as '30s', '5m', '2h' or '1d'", error);
  }
  const [unit, length] = UNITS.find(([, size]) => milliseconds % size === 0) ?? ['ms', 1];
  return checked(`@every ${milliseconds / length}${unit}`, fail);
}

/**
 * Every day at a time of the schedule's zone; once also on the days on which the clock is set.
 *
 * @param hour 0 to 23
 * @param minute 0 to 59. Default: 0
 * @throws InvalidScheduleError
 */
export function daily(hour: number, minute = 0): string {
  checkTime(hour, minute, failing('daily()', [hour, minute]));
  return `${minute} ${hour} * * *`;
}

/**
 * On one or several days of the week at a time of the schedule's zone.
 *
 * @param days such as `'monday'`, `'mon'` or `['mon', 'thu']`
 * @param hour 0 to 23
 * @param minute 0 to 59. Default: 0
 * @throws InvalidScheduleError
 */
export function weekly(days: WeekdayName | readonly WeekdayName[], hour: number, minute = 0): string {
  const fail = failing('weekly()', [days, hour, minute]);
  checkTime(hour, minute, fail);
  const names = looked(fail, () => (Array.isArray(days) ? [...(days as readonly unknown[])] : [days]));
  const indexes = new Set(names.map((name) => weekdayIndex(name, fail)));
  if (indexes.size === 0) {
    throw fail('names no day of the week');
  }
  const list = WEEKDAYS.filter((_, index) => indexes.has(index)).map((day) => day.slice(0, 3).toUpperCase());
  return `${minute} ${hour} * * ${list.join(',')}`;
}

/**
 * Every month on a date, in months that are shorter on their last day, at a time of the schedule's zone.
 *
 * @param date 1 to 31
 * @param hour 0 to 23. Default: 0
 * @param minute 0 to 59. Default: 0
 * @throws InvalidScheduleError
 */
export function monthly(date: number, hour = 0, minute = 0): string {
  const fail = failing('monthly()', [date, hour, minute]);
  checkNumber('date', date, 1, 31, fail);
  checkTime(hour, minute, fail);
  return `@monthly ${date} ${hour} ${minute}`;
}

/**
 * Once.
 *
 * @param time a date, epoch milliseconds, or ISO 8601 with `Z` or an offset
 * @throws InvalidScheduleError
 */
export function at(time: Date | number | string): string {
  const fail = failing('at()', time);
  if (typeof time === 'string') {
    const read = readFor(`@at ${time}`, fail);
    return at(read.kind === 'at' ? read.time : Number.NaN);
  }
  const date = looked(fail, () => new Date(time));
  if (Number.isNaN(date.getTime())) {
    throw fail('is no time');
  }
  return checked(`@at ${date.toISOString()}`, fail);
}

function failing(builder: string, value: unknown): Fail {
  return (reason, cause) => new InvalidScheduleError(builder, value, reason, { cause });
}

/** What is made of an argument that may throw when it is looked at. */
function looked<T>(fail: Fail, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw fail('cannot be read', error);
  }
}

function checked(expression: string, fail: Fail): string {
  readFor(expression, fail);
  return expression;
}

/** What is wrong with the text is told of the builder's arguments. */
function readFor(expression: string, fail: Fail) {
  try {
    return readExpression(expression);
  } catch (error) {
    throw error instanceof InvalidScheduleError ? fail(error.reason, error.cause) : error;
  }
}

function weekdayIndex(name: unknown, fail: Fail): number {
  const text = typeof name === 'string' ? name.toLowerCase() : '';
  const index = WEEKDAYS.findIndex((day) => day === text || day.slice(0, 3) === text);
  if (index === -1) {
    throw fail(`names no day of the week; there are ${WEEKDAYS.join(', ')}, or their first three letters`);
  }
  return index;
}
