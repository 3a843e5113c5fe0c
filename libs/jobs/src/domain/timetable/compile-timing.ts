import { InvalidScheduleError } from '../errors/errors.js';
import { reading } from '../options/read-options.js';
import { clampedDate, Days } from './days.js';
import { anyOf, cronException, datesException, type Exception } from './exceptions.js';
import { type Expression, readExpression } from './expression.js';
import { NumberSet } from './number-set.js';
import { Bounded, FixedTimes, Intervals, Once, RunningTimes } from './occurrences.js';
import { TimeOfDay } from './time-of-day.js';
import type { Timetable, Timing } from './timing.js';
import { WallRule } from './wall-rule.js';
import type { Zone } from './zone.js';

/** What compiling takes from outside of the domain. */
export interface TimingSources {
  /**
   * Reads the five or six fields of a cron expression.
   *
   * @throws Error whose message is the reason
   */
  readonly readCron: (fields: readonly string[]) => WallRule;
  /** The zone of that name; undefined when there is none. */
  readonly zone: (name: string) => Zone | undefined;
}

/**
 * Makes a timetable of a timing, all of which is checked here.
 *
 * @throws InvalidScheduleError naming the option, its value and the reason
 */
export function compileTiming(timing: Timing, sources: TimingSources): Timetable {
  const { startAt, endAt } = timing;
  const zone = typeof timing.timezone === 'string' ? sources.zone(timing.timezone) : undefined;
  if (zone === undefined) {
    throw new InvalidScheduleError(
      'timezone',
      timing.timezone,
      "is no time zone; use an IANA name such as 'Europe/Berlin'",
    );
  }
  checkBounds(startAt, endAt);
  const { of, walk } = plan(readExpression(timing.expression), timing, zone, sources);
  const exceptions = readExceptions(timing.except, of, sources);
  return new Bounded(walk(anyOf(exceptions)), startAt, endAt);
}

/** The walk that an expression asks for, and which times of a day it may come to. */
interface Plan {
  readonly of: TimeOfDay;
  readonly walk: (exception: Exception) => Timetable;
}

function plan(expression: Expression, timing: Timing, zone: Zone, sources: TimingSources): Plan {
  switch (expression.kind) {
    case 'every': {
      const { interval } = expression;
      const anchor = timing.startAt ?? 0;
      return { of: TimeOfDay.all(), walk: (exception) => new Intervals(interval, anchor, zone, exception) };
    }
    case 'at': {
      const { time } = expression;
      return { of: TimeOfDay.all(), walk: (exception) => new Once(time, zone, exception) };
    }
    default: {
      const rule = wallRule(expression, 'expression', timing.expression, sources);
      const Walk = rule.fixed ? FixedTimes : RunningTimes;
      return { of: rule.times, walk: (exception) => new Walk(rule, zone, exception) };
    }
  }
}

type WallExpression = Extract<Expression, { kind: 'cron' | 'monthly' }>;

function wallRule(expression: WallExpression, option: string, text: string, { readCron }: TimingSources): WallRule {
  if (expression.kind === 'monthly') {
    const { date, hour, minute } = expression;
    const times = new TimeOfDay(new NumberSet([hour], 24), new NumberSet([minute], 60), new NumberSet([0], 60));
    return new WallRule(new Days(clampedDate(date)), times, true);
  }
  let rule: WallRule;
  try {
    rule = readCron(expression.fields);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidScheduleError(option, text, `cannot be read as cron: ${reason}`, { cause: error });
  }
  if (!rule.days.everCome) {
    throw new InvalidScheduleError(option, text, 'never comes: no month it names has such a day');
  }
  return rule;
}

function readExceptions(except: unknown, of: TimeOfDay, sources: TimingSources): readonly Exception[] {
  if (except === undefined) {
    return [];
  }
  const list = reading('except', except, () =>
    Array.isArray(except) ? [...(except as readonly unknown[])] : undefined,
  );
  if (list === undefined) {
    throw new InvalidScheduleError('except', except, 'is no list; use an array of dates, ranges and cron expressions');
  }
  return list.map((text, index) => readException(text, `except[${index}]`, of, sources));
}

function readException(text: unknown, option: string, of: TimeOfDay, sources: TimingSources): Exception {
  const fail = (cause?: unknown) =>
    new InvalidScheduleError(
      option,
      text,
      "is no exception; use a date ('2026-12-25', '12-25'), a range ('2026-12-24/2027-01-02') or a cron expression",
      { cause },
    );
  if (typeof text !== 'string') {
    throw fail();
  }
  const dates = datesException(text, option);
  if (dates !== undefined) {
    return dates;
  }
  const words = text.trim().split(/\s+/).length;
  const expression = words === 1 && !text.trim().startsWith('@') ? undefined : readExpression(text, option);
  if (expression === undefined || expression.kind === 'every' || expression.kind === 'at') {
    throw fail();
  }
  const rule = wallRule(expression, option, text, sources);
  const anySecond = expression.kind === 'monthly' || expression.fields.length === 5;
  return cronException(anySecond ? rule.atAnySecond() : rule, of);
}

function checkBounds(startAt: unknown, endAt: unknown): void {
  checkTime('startAt', startAt);
  checkTime('endAt', endAt);
  if (typeof startAt === 'number' && typeof endAt === 'number' && endAt <= startAt) {
    throw new InvalidScheduleError('endAt', endAt, `is not later than startAt (${startAt})`);
  }
}

function checkTime(option: string, time: unknown): void {
  if (time !== undefined && !Number.isSafeInteger(time)) {
    throw new InvalidScheduleError(option, time, 'is no time; use epoch milliseconds');
  }
}
