import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { at, daily, every, monthly, weekly } from '../../libs/jobs/src/domain/timetable/builders.js';
import { occurrences } from './occurrences.js';

const timetables = new CronTimetables();

describe('cron', () => {
  it.each([
    ['0 0 29 2 *', '2096-03-01T00:00Z', '2104-02-29 00:00:00'],
    ['0 0 * 2 5#5', '2065-01-01T00:00Z', '2092-02-29 00:00:00'],
    ['0 0 31 12 5#5', '2026-01-01T00:00Z', '2026-12-31 00:00:00'],
    ['0 0 30 2 MON', '2026-01-01T00:00Z', '2026-02-02 00:00:00'],
    ['0 0 L * *', '2026-02-01T12:00Z', '2026-02-28 00:00:00'],
    ['0 0 15,L 2 *', '2028-02-15T12:00Z', '2028-02-29 00:00:00'],
    ['0 0 * * 5L', '2026-01-01T00:00Z', '2026-01-30 00:00:00'],
    ['0 0 * * 1#2', '2026-01-01T00:00Z', '2026-01-12 00:00:00'],
    ['0 0 13 * FRI', '2026-01-01T00:00Z', '2026-01-02 00:00:00'],
    ['0 0 * JAN,dec 7', '2026-02-01T00:00Z', '2026-12-06 00:00:00'],
    ['0 0 ? * MON-FRI', '2026-01-02T12:00Z', '2026-01-05 00:00:00'],
    ['15 30 9 * * *', '2026-01-01T00:00Z', '2026-01-01 09:30:15'],
    ['*/20 * * * * *', '2026-01-01T00:00:20.001Z', '2026-01-01 00:00:40'],
    ['@yearly', '2026-01-01T00:00Z', '2027-01-01 00:00:00'],
    ['@annually', '2026-01-01T00:00Z', '2027-01-01 00:00:00'],
    ['@monthly', '2026-01-01T00:00Z', '2026-02-01 00:00:00'],
    ['@weekly', '2026-01-01T00:00Z', '2026-01-04 00:00:00'],
    ['@daily', '2026-01-01T00:00Z', '2026-01-02 00:00:00'],
    ['@midnight', '2026-01-01T00:00Z', '2026-01-02 00:00:00'],
    ['@hourly', '2026-01-01T00:00Z', '2026-01-01 01:00:00'],
    ['@minutely', '2026-01-01T00:00Z', '2026-01-01 00:01:00'],
    ['@secondly', '2026-01-01T00:00Z', '2026-01-01 00:00:01'],
  ])('%s after %s is %s', (expression, after, expected) => {
    expect(occurrences(expression, 'UTC', after, 1)).toEqual([expected]);
  });

  it('follows a zone that is off by three quarters of an hour', () => {
    expect(occurrences('0 9 * * *', 'Asia/Kathmandu', '2026-01-01T03:14:59.999Z', 2)).toEqual([
      '2026-01-01 09:00:00 +05:45',
      '2026-01-02 09:00:00 +05:45',
    ]);
  });

  it.each([Number.NaN, Infinity, 9e15, Date.parse('9995-01-01T00:00:00Z')])('has nothing after %d', (after) => {
    expect(timetables.compile({ expression: '@daily', timezone: 'Europe/Berlin' }).next(after)).toBeUndefined();
    expect(timetables.compile({ expression: '@every 1h', timezone: 'Europe/Berlin' }).next(after)).toBeUndefined();
  });

  it('begins somewhere when asked from the beginning of time', () => {
    expect(timetables.compile({ expression: '@daily', timezone: 'UTC' }).next(-Infinity)).toBeLessThan(0);
  });
});

describe('the builders', () => {
  it('every: multiples since the epoch, or since the start', () => {
    expect(occurrences(every('5m'), 'Europe/Berlin', '2026-01-01T00:02Z', 2)).toEqual([
      '2026-01-01 01:05:00 +01:00',
      '2026-01-01 01:10:00 +01:00',
    ]);
    const startAt = Date.parse('2026-01-01T00:02:03Z');
    expect(occurrences(every('7m'), 'UTC', '2020-01-01T00:00Z', 2, { startAt })).toEqual([
      '2026-01-01 00:02:03',
      '2026-01-01 00:09:03',
    ]);
  });

  it('every: elapsed time, also when the clock is set', () => {
    expect(occurrences(every('1d'), 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29 01:00:00 +01:00',
      '2026-03-30 02:00:00 +02:00',
    ]);
  });

  it('daily, weekly and at', () => {
    expect(occurrences(daily(2), 'UTC', '2026-01-01T03:00Z', 1)).toEqual(['2026-01-02 02:00:00']);
    expect(occurrences(weekly(['monday', 'thu'], 9, 30), 'UTC', '2026-01-01T12:00Z', 3)).toEqual([
      '2026-01-05 09:30:00',
      '2026-01-08 09:30:00',
      '2026-01-12 09:30:00',
    ]);
    expect(occurrences(at('2026-12-01T10:00+01:00'), 'UTC', '2026-01-01T12:00Z', 2)).toEqual(['2026-12-01 09:00:00']);
    expect(occurrences(at('2026-12-01T10:00+01:00'), 'UTC', '2026-12-01T09:00Z', 2)).toEqual([]);
  });

  it('monthly: the last day of a shorter month', () => {
    expect(occurrences(monthly(31, 0, 0), 'UTC', '2028-01-15T00:00Z', 4)).toEqual([
      '2028-01-31 00:00:00',
      '2028-02-29 00:00:00',
      '2028-03-31 00:00:00',
      '2028-04-30 00:00:00',
    ]);
  });
});

describe('bounds', () => {
  const startAt = Date.parse('2026-01-02T00:00Z');
  const endAt = Date.parse('2026-01-04T00:00Z');

  it('include the start and exclude the end', () => {
    expect(occurrences('@daily', 'UTC', '2025-01-01T00:00Z', 9, { startAt, endAt })).toEqual([
      '2026-01-02 00:00:00',
      '2026-01-03 00:00:00',
    ]);
  });

  it('hold for one moment too', () => {
    expect(occurrences(at(endAt), 'UTC', '2025-01-01T00:00Z', 9, { startAt, endAt })).toEqual([]);
    expect(occurrences(at(startAt), 'UTC', '2025-01-01T00:00Z', 9, { startAt, endAt })).toHaveLength(1);
  });
});
