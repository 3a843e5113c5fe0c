import * as fc from 'fast-check';
import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { at, daily, every, monthly } from '../../libs/jobs/src/domain/timetable/builders.js';
import { WatchedClock } from './clock-watcher.js';
import { occurrences } from './occurrences.js';

const timetables = new CronTimetables();

describe('except', () => {
  it('leaves out a date, of one year or of each', () => {
    expect(occurrences('@daily', 'UTC', '2026-12-23T12:00Z', 3, { except: ['2026-12-25'] })).toEqual([
      '2026-12-24 00:00:00',
      '2026-12-26 00:00:00',
      '2026-12-27 00:00:00',
    ]);
    expect(occurrences('0 0 25 12 *', 'UTC', '2026-01-01T00:00Z', 2, { except: ['2026-12-25'] })).toEqual([
      '2027-12-25 00:00:00',
      '2028-12-25 00:00:00',
    ]);
    expect(occurrences('0 0 24,25 12 *', 'UTC', '2026-01-01T00:00Z', 2, { except: ['12-25'] })).toEqual([
      '2026-12-24 00:00:00',
      '2027-12-24 00:00:00',
    ]);
    expect(occurrences('0 0 L 2 *', 'UTC', '2027-01-01T00:00Z', 3, { except: ['02-29'] })).toEqual([
      '2027-02-28 00:00:00',
      '2029-02-28 00:00:00',
      '2030-02-28 00:00:00',
    ]);
  });

  it('leaves out a range of dates with both its ends, over New Year too', () => {
    const options = { except: ['2026-12-24/2027-01-02'] };
    expect(occurrences('@daily', 'UTC', '2026-12-22T12:00Z', 2, options)).toEqual([
      '2026-12-23 00:00:00',
      '2027-01-03 00:00:00',
    ]);
    expect(occurrences('0 0 24 12 *', 'UTC', '2026-12-22T12:00Z', 1, options)).toEqual(['2027-12-24 00:00:00']);
    for (const after of ['2026-12-22T12:00Z', '2029-12-22T12:00Z']) {
      const year = Number(after.slice(0, 4));
      expect(occurrences('@daily', 'UTC', after, 2, { except: ['12-24/01-02'] })).toEqual([
        `${year}-12-23 00:00:00`,
        `${year + 1}-01-03 00:00:00`,
      ]);
    }
    expect(occurrences('@daily', 'UTC', '2026-07-30T12:00Z', 2, { except: ['08-01/08-31'] })).toEqual([
      '2026-07-31 00:00:00',
      '2026-09-01 00:00:00',
    ]);
  });

  it('means dates of the zone', () => {
    expect(occurrences('0 */6 * * *', 'Asia/Kathmandu', '2026-12-24T12:30Z', 2, { except: ['12-25'] })).toEqual([
      '2026-12-26 00:00:00 +05:45',
      '2026-12-26 06:00:00 +05:45',
    ]);
    expect(occurrences(every('6h'), 'Asia/Kathmandu', '2026-12-24T12:30Z', 2, { except: ['12-25'] })).toEqual([
      '2026-12-24 23:45:00 +05:45',
      '2026-12-26 05:45:00 +05:45',
    ]);
  });

  it('leaves out a whole day, and no more, also when it has 23 or 25 hours', () => {
    for (const expression of ['0 * * * *', every('1h')]) {
      expect(occurrences(expression, 'Europe/Berlin', '2026-03-28T22:30Z', 2, { except: ['03-29'] })).toEqual([
        '2026-03-30 00:00:00 +02:00',
        '2026-03-30 01:00:00 +02:00',
      ]);
      expect(occurrences(expression, 'Europe/Berlin', '2026-10-24T21:30Z', 2, { except: ['10-25'] })).toEqual([
        '2026-10-26 00:00:00 +01:00',
        '2026-10-26 01:00:00 +01:00',
      ]);
    }
  });

  it('leaves out what matches a cron expression, with five fields at any second', () => {
    expect(occurrences('*/30 * * * * *', 'UTC', '2026-01-01T11:59:15Z', 2, { except: ['0-58 12 * * *'] })).toEqual([
      '2026-01-01 11:59:30',
      '2026-01-01 12:59:00',
    ]);
    expect(occurrences('*/30 * * * * *', 'UTC', '2026-01-01T11:59:15Z', 3, { except: ['0 * 12 * * *'] })).toEqual([
      '2026-01-01 11:59:30',
      '2026-01-01 12:00:30',
      '2026-01-01 12:01:30',
    ]);
    expect(occurrences('@hourly', 'UTC', '2026-01-02T22:30Z', 2, { except: ['* * * * SAT,SUN'] })).toEqual([
      '2026-01-02 23:00:00',
      '2026-01-05 00:00:00',
    ]);
    expect(occurrences(every('90s'), 'UTC', '2026-01-01T22:59Z', 2, { except: ['* 23 * * *', '@midnight'] })).toEqual([
      '2026-01-02 00:01:30',
      '2026-01-02 00:03:00',
    ]);
    expect(occurrences('@daily', 'UTC', '2026-01-30T12:00Z', 2, { except: [monthly(31)] })).toEqual([
      '2026-02-01 00:00:00',
      '2026-02-02 00:00:00',
    ]);
  });

  it('leaves out one moment', () => {
    expect(occurrences(at('2026-12-25T09:00Z'), 'UTC', '2026-01-01T00:00Z', 1, { except: ['12-25'] })).toEqual([]);
    expect(
      occurrences(at('2026-12-24T23:30Z'), 'Europe/Berlin', '2026-01-01T00:00Z', 1, { except: ['12-25'] }),
    ).toEqual([]);
  });

  it('means both the skipped time and the one it would come at', () => {
    const after = '2026-03-28T12:00Z';
    const next = ['2026-03-30 02:30:00 +02:00'];
    expect(occurrences('30 2 * * *', 'Europe/Berlin', after, 1, { except: ['30 2 29 3 *'] })).toEqual(next);
    expect(occurrences('30 2 * * *', 'Europe/Berlin', after, 1, { except: ['* 3 * * *'] })).toEqual(next);
    expect(occurrences('0,30 2 * * *', 'Europe/Berlin', after, 2, { except: ['0 2 * * *'] })).toEqual([
      '2026-03-29 03:00:00 +02:00',
      ...next,
    ]);
    expect(occurrences('0 12 * * *', 'Pacific/Apia', '2011-12-30T01:00Z', 1, { except: ['2011-12-30'] })).toEqual([
      '2011-12-31 12:00:00 +14:00',
    ]);
  });

  it.each([
    ['* * * * * *', ['* * * * *']],
    ['*/2 * * * *', ['*/2 * * * *']],
    ['0 * * * *', ['0 0-11 * * *', '0 12-23 * * *']],
    [daily(0), ['01-01/12-31']],
    [daily(0), ['0 0 * * *']],
    [every('1s'), ['* * * * *']],
    [every('2s'), ['*/2 * * * * *']],
    [every('1h'), ['2026-01-01/2999-12-31']],
  ])('ends %s when %j leaves out everything', (expression, except) => {
    const timetable = timetables.compile({ expression, timezone: 'Europe/Berlin', except });
    expect(timetable.next(Date.parse('2026-06-01T00:00Z'))).toBeUndefined();
  });

  it('goes on after less than ten years, and after rare days', () => {
    expect(occurrences('@daily', 'UTC', '2026-01-01T12:00Z', 1, { except: ['2026-01-01/2035-12-31'] })).toEqual([
      '2036-01-01 00:00:00',
    ]);
    expect(occurrences('@daily', 'UTC', '2026-01-01T12:00Z', 1, { except: ['2026-01-01/2036-12-31'] })).toEqual([]);
    expect(occurrences('0 0 29 2 *', 'UTC', '2095-01-01T00:00Z', 1, { except: ['2096-02-29'] })).toEqual([
      '2104-02-29 00:00:00',
    ]);
  });

  it('leaves out the same as a filter over all occurrences would', () => {
    const from = Date.parse('2026-10-23T22:00Z');
    const to = Date.parse('2026-10-27T23:00Z');
    const clock = new WatchedClock('Europe/Berlin', from, to, 60_000);
    const shownAt = (time: number) => clock.shown[Math.floor((time - from) / 60_000)]!;
    const part = (size: number) =>
      fc.oneof(
        fc.constant({ text: '*', takes: () => true }),
        fc.integer({ min: 2, max: 6 }).map((step) => ({ text: `*/${step}`, takes: (n: number) => n % step === 0 })),
        fc
          .tuple(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: 0, max: size - 1 }))
          .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
          .map(([a, b]) => ({ text: `${a}-${b}`, takes: (n: number) => n >= a && n <= b })),
      );
    const cron = fc
      .tuple(part(60), part(24), fc.constantFrom('*', '24', '25,26', '27'))
      .map(([minute, hour, dates]) => ({
        text: `${minute.text} ${hour.text} ${dates} * *`,
        takes: (shown: Date) =>
          minute.takes(shown.getUTCMinutes()) &&
          hour.takes(shown.getUTCHours()) &&
          (dates === '*' || dates.split(',').includes(String(shown.getUTCDate()))),
      }));
    const date = fc.constantFrom('10-24', '10-25', '10-26', '10-27').map((text) => ({
      text,
      takes: (shown: Date) => shown.getUTCDate() === Number(text.slice(3)),
    }));
    const rule = fc.oneof(
      fc.constantFrom('* * * * *', '*/7 * * * *', '30 2,5,9 * * *', '0-40 1-3 * * *', '*/20 * * * * *'),
      fc.constantFrom('@every 90s', '@every 7m', '@every 11h', '@monthly 25 2 30'),
    );
    fc.assert(
      fc.property(rule, fc.array(fc.oneof(cron, date), { maxLength: 3 }), (expression, left) => {
        const all = timetables.compile({ expression, timezone: 'Europe/Berlin', endAt: to });
        const some = timetables.compile({
          expression,
          timezone: 'Europe/Berlin',
          endAt: to,
          except: left.map(({ text }) => text),
        });
        const expected: number[] = [];
        for (let time = all.next(from - 1); time !== undefined; time = all.next(time)) {
          const shown = new Date(shownAt(time));
          if (!left.some(({ takes }) => takes(shown))) expected.push(time);
        }
        const found: number[] = [];
        for (let time = some.next(from - 1); time !== undefined; time = some.next(time)) found.push(time);
        // Compared one by one only when they differ: there are thousands.
        if (found.join() !== expected.join()) expect(found).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});
