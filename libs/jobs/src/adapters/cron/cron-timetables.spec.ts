import { InvalidScheduleError } from '../../domain/errors/errors.js';
import type { Timing } from '../../domain/timetable/timing.js';
import { CronTimetables } from './cron-timetables.js';

function refusal(timing: Partial<Record<keyof Timing, unknown>>): string {
  try {
    new CronTimetables().compile({ expression: '0 0 * * *', timezone: 'UTC', ...timing } as Timing);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidScheduleError);
    expect((error as InvalidScheduleError).code).toBe('invalid-schedule');
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('what is refused', () => {
  it.each([
    [
      { expression: '0 0 30 2 *' },
      /^expression: "0 0 30 2 \*" cannot be read as cron: it never comes: no month it names has such a day$/,
    ],
    [{ expression: '0 0 31 4,6 *' }, /never comes/],
    [{ expression: '61 0 * * *' }, /^expression: "61 0 \* \* \*" cannot be read as cron: .*expected range 0-59/],
    [{ expression: '0 0 * *' }, /^expression: "0 0 \* \*" has 4 fields; cron has five, or six/],
    [{ expression: '' }, /^expression: "" is no expression/],
    [{ expression: undefined }, /^expression: undefined is no expression/],
    [{ expression: 'H H * * *' }, /'H' is another time in each process/],
    [{ expression: '0 0 * * H' }, /'H' is another time in each process/],
    [{ expression: '0 0 * * FOO' }, /cannot be read as cron/],
    [{ expression: '@fortnightly' }, /^expression: "@fortnightly" is no macro/],
    [{ expression: '@every 10ms' }, /^expression: "@every 10ms" is too often; an interval has one second at least/],
    [{ expression: '@at 2026-12-01T09:00' }, /^expression: .* has no time; use ISO 8601 with Z or an offset/],
    [{ timezone: 'Europe/Atlantis' }, /^timezone: "Europe\/Atlantis" is no time zone; use an IANA name/],
    [{ timezone: '' }, /^timezone: "" is no time zone/],
    [{ timezone: undefined }, /^timezone: undefined is no time zone/],
    [{ timezone: '+05:30' }, /^timezone: "\+05:30" is no time zone/],
    [{ startAt: Number.NaN }, /^startAt: NaN is no time; use epoch milliseconds/],
    [{ endAt: '2026' }, /^endAt: "2026" is no time/],
    [{ startAt: 5, endAt: 5 }, /^endAt: 5 is not later than startAt \(5\)/],
    [{ except: '12-25' }, /^except: "12-25" is no list/],
    [{ except: ['12-25', 'christmas'] }, /^except\[1\]: "christmas" is no exception; use a date/],
    [{ except: ['2026-02-30'] }, /^except\[0\]: "2026-02-30" names a day that no calendar has/],
    [{ except: ['2026-12-24/2026-12-23'] }, /^except\[0\]: .* ends before it begins/],
    [{ except: ['2026-12-24/12-26'] }, /^except\[0\]: .* has the year at one end only/],
    [{ except: ['@every 5m'] }, /^except\[0\]: "@every 5m" is no exception/],
    [{ except: ['0 0 30 2 *'] }, /^except\[0\]: .* never comes/],
    [{ except: [7] }, /^except\[0\]: 7 is no exception/],
  ])('%p', (timing, message) => {
    expect(refusal(timing)).toMatch(message);
  });
});
