import { cronDates, Days } from '../../domain/timetable/days.js';
import { NumberSet } from '../../domain/timetable/number-set.js';
import { TimeOfDay } from '../../domain/timetable/time-of-day.js';
import { isFixed, WallRule } from '../../domain/timetable/wall-rule.js';

type CronParser = typeof import('cron-parser');

/** By `require` and under another name, as the Redis adapter is: applications without cron need not load the parser. */
const load: NodeJS.Require = require;

/** Months and weekdays have names, some with an H that is no `H`. */
const NAME = /[a-z]{3}/gi;

/**
 * Reads five or six fields with cron-parser, of which only the fields are used: its own walk is not right where the clock
 * is set (docs/decisions/daylight-saving.md).
 *
 * @throws Error whose message is the reason
 */
export function readCron(fields: readonly string[]): WallRule {
  if (fields.some((field, index) => (index < fields.length - 2 ? field : field.replace(NAME, '')).includes('H'))) {
    throw new Error("'H' is another time in each process; name one");
  }
  const [secondText = '', minuteText = '', hourText = ''] = fields.length === 5 ? ['0', ...fields] : fields;
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = parse(fields.join(' '));
  const seconds = { text: secondText, values: numbers(second.values, 60) };
  const minutes = { text: minuteText, values: numbers(minute.values, 60) };
  const hours = { text: hourText, values: numbers(hour.values, 24) };
  const dates = cronDates({
    months: numbers(month.values, 13),
    ...(dayOfMonth.isWildcard ? {} : { dates: numbers(dayOfMonth.values, 32) }),
    lastDate: dayOfMonth.hasLastChar,
    ...(dayOfWeek.isWildcard ? {} : { weekdays: numbers(dayOfWeek.values, 7) }),
    ...(dayOfWeek.nthDay > 0 ? { nth: dayOfWeek.nthDay } : {}),
    lastWeekdays: lastWeekdays(dayOfWeek.values),
  });
  return new WallRule(
    new Days(dates),
    new TimeOfDay(hours.values, minutes.values, seconds.values),
    isFixed([hours, minutes, seconds]),
  );
}

function parse(text: string) {
  const { CronExpressionParser } = load('cron-parser') as CronParser;
  try {
    return CronExpressionParser.parse(text).fields;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      /explicit day of month/i.test(message) ? 'it never comes: no month it names has such a day' : message,
      { cause: error },
    );
  }
}

function numbers(values: readonly (number | string)[], bound: number): NumberSet {
  return new NumberSet(
    values.filter((value) => typeof value === 'number'),
    bound,
  );
}

/** `5L` among the weekdays is the last Friday. */
function lastWeekdays(values: readonly (number | string)[]): NumberSet {
  return new NumberSet(
    values.filter((value) => typeof value === 'string').map((value) => Number.parseInt(value, 10) % 7),
    7,
  );
}
