import { parseDuration } from '../duration.js';
import { InvalidScheduleError } from '../errors/errors.js';
import { monthLength } from './calendar.js';

// The grammar of a schedule's expression, which is what is stored, shown and read back:
//
//   @every <duration>            multiples of 5m, 90s, 2h … since `startAt`, else since 1970-01-01T00:00:00Z; 1s at least
//   @at <ISO time>               once; with Z or an offset, such as 2026-12-01T09:00:00.000Z
//   @monthly <date> <hour> <min> on that date, in shorter months on their last day, at that time
//   @yearly @annually @monthly @weekly @daily @midnight @hourly @minutely @secondly
//   [second] minute hour date month weekday
//                                cron, five or six fields, as cron-parser reads them: names (MON, JAN), lists, ranges,
//                                steps, ?, L (last date, or 5L: last Friday), # (1#2: second Monday). Where date and
//                                weekday are both restricted, one of them is enough.

export type Expression =
  | { readonly kind: 'every'; readonly interval: number }
  | { readonly kind: 'at'; readonly time: number }
  | { readonly kind: 'monthly'; readonly date: number; readonly hour: number; readonly minute: number }
  | { readonly kind: 'cron'; readonly fields: readonly string[] };

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
  '@minutely': '* * * * *',
  '@secondly': '* * * * * *',
};

/** Longer than any list of all minutes, hours and days. */
const MAX_EXPRESSION = 1_024;
const SHORTEST_INTERVAL = 1_000;

/** Makes the error for what is being read, from the reason. */
export type Fail = (reason: string, cause?: unknown) => InvalidScheduleError;

/**
 * Reads a schedule's expression; the fields of cron are left as text.
 *
 * @throws InvalidScheduleError with the reason
 */
export function readExpression(text: unknown, option = 'expression'): Expression {
  const fail: Fail = (reason, cause) => new InvalidScheduleError(option, text, reason, { cause });
  if (typeof text !== 'string' || text.trim() === '') {
    throw fail(
      "is no expression; use cron such as '0 9 * * MON-FRI', a macro, or every(), daily(), weekly(), monthly(), at()",
    );
  }
  if (text.length > MAX_EXPRESSION) {
    throw fail(`is too long; an expression has ${MAX_EXPRESSION} characters at most`);
  }
  const words = text.trim().split(/\s+/);
  const [verb = '', ...rest] = words;
  if (!verb.startsWith('@')) {
    if (words.length !== 5 && words.length !== 6) {
      throw fail(`has ${words.length} fields; cron has five, or six with the seconds first`);
    }
    return { kind: 'cron', fields: words };
  }
  if (verb === '@every') return { kind: 'every', interval: readInterval(rest.join(' '), fail) };
  if (verb === '@at') return { kind: 'at', time: readTime(rest.join(' '), fail) };
  if (verb === '@monthly' && rest.length > 0) return readMonthly(rest, fail);
  const macro = Object.hasOwn(MACROS, verb) ? MACROS[verb] : undefined;
  if (macro === undefined || rest.length > 0) {
    throw fail(`is no macro; there are ${Object.keys(MACROS).join(' ')}, and @every, @at, @monthly with arguments`);
  }
  return { kind: 'cron', fields: macro.split(' ') };
}

function readInterval(text: unknown, fail: Fail): number {
  let interval: number;
  try {
    interval = parseDuration(text);
  } catch (error) {
    throw fail("has no interval; use a duration such as '30s', '5m', '2h' or '1d'", error);
  }
  if (interval < SHORTEST_INTERVAL) {
    throw fail('is too often; an interval has one second at least');
  }
  return interval;
}

const ISO_TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/i;

function readTime(text: string, fail: Fail): number {
  const [matched, year, month, date] = ISO_TIME.exec(text) ?? [];
  const time = matched === undefined ? Number.NaN : Date.parse(matched);
  // Date.parse() takes the thirtieth of February for the second of March.
  if (Number.isNaN(time) || Number(date) > monthLength(Number(year), Number(month))) {
    throw fail('has no time; use ISO 8601 with Z or an offset, such as 2026-12-01T09:00:00.000Z');
  }
  return time;
}

function readMonthly(words: readonly string[], fail: Fail): Expression {
  const [date, hour, minute] = words.map((word) => (/^\d{1,2}$/.test(word) ? Number(word) : Number.NaN));
  if (words.length !== 3 || date === undefined || hour === undefined || minute === undefined) {
    throw fail('needs date, hour and minute, such as @monthly 31 0 0');
  }
  checkNumber('date', date, 1, 31, fail);
  checkTime(hour, minute, fail);
  return { kind: 'monthly', date, hour, minute };
}

/** @throws what `fail` makes of the reason, when there is no such time of day */
export function checkTime(hour: number, minute: number, fail: Fail): void {
  checkNumber('hour', hour, 0, 23, fail);
  checkNumber('minute', minute, 0, 59, fail);
}

/** @throws what `fail` makes of the reason, when it is no whole number within the bounds */
export function checkNumber(what: string, value: number, least: number, most: number, fail: Fail): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw fail(`has no such ${what}; it goes from ${least} to ${most}`);
  }
}
