import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import type { Timing } from '../../libs/jobs/src/domain/timetable/timing.js';

const timetables = new CronTimetables();

type Options = Omit<Timing, 'expression' | 'timezone'>;

/** The first occurrences later than a time, as a clock in the zone shows them, with its distance to UTC. */
export function occurrences(expression: string, timezone: string, after: string, count: number, options: Options = {}) {
  const timetable = timetables.compile({ expression, timezone, ...options });
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const offset = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  const found: string[] = [];
  let time: number | undefined = Date.parse(after);
  for (let index = 0; index < count; index += 1) {
    time = timetable.next(time);
    if (time === undefined) break;
    found.push(`${format.format(time)} ${offset.format(time).split('GMT')[1]}`.replace(' +00:00', '').trimEnd());
  }
  return found;
}
