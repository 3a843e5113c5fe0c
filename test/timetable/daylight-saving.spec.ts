import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { daily } from '../../libs/jobs/src/domain/timetable/builders.js';
import { occurrences } from './occurrences.js';

const timetables = new CronTimetables();

describe('a fixed time', () => {
  it.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T00:00Z',
      ['2026-03-28 02:30:00 +01:00', '2026-03-29 03:00:00 +02:00', '2026-03-30 02:30:00 +02:00'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T06:00Z',
      ['2026-03-07 02:30:00 -05:00', '2026-03-08 03:00:00 -04:00', '2026-03-09 02:30:00 -04:00'],
    ],
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T12:00Z',
      ['2026-10-03 02:15:00 +10:30', '2026-10-04 02:30:00 +11:00', '2026-10-05 02:15:00 +11:00'],
    ],
    [
      'America/Santiago',
      daily(0, 0),
      '2026-09-04T12:00Z',
      ['2026-09-05 00:00:00 -04:00', '2026-09-06 01:00:00 -03:00', '2026-09-07 00:00:00 -03:00'],
    ],
    [
      'Asia/Beirut',
      daily(0, 0),
      '2026-03-27T12:00Z',
      ['2026-03-28 00:00:00 +02:00', '2026-03-29 01:00:00 +03:00', '2026-03-30 00:00:00 +03:00'],
    ],
    [
      'Pacific/Apia',
      '0 12 * * *',
      '2011-12-29T12:00Z',
      ['2011-12-29 12:00:00 -10:00', '2011-12-31 00:00:00 +14:00', '2011-12-31 12:00:00 +14:00'],
    ],
  ])('that %s skips comes once, at the first moment after the gap', (zone, expression, after, expected) => {
    expect(occurrences(expression, zone, after, 3)).toEqual(expected);
  });

  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00Z', ['2026-10-25 02:30:00 +02:00', '2026-10-26 02:30:00 +01:00']],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T12:00Z',
      ['2026-11-01 01:30:00 -04:00', '2026-11-02 01:30:00 -05:00'],
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-04T00:00Z',
      ['2026-04-05 01:45:00 +11:00', '2026-04-06 01:45:00 +10:30'],
    ],
    [
      'America/Santiago',
      '30 23 * * *',
      '2026-04-04T12:00Z',
      ['2026-04-04 23:30:00 -03:00', '2026-04-05 23:30:00 -04:00'],
    ],
    ['Africa/Casablanca', '30 2 * * *', '2026-02-14T12:00Z', ['2026-02-15 02:30:00 +01:00', '2026-02-16 02:30:00']],
  ])('that %s shows twice comes the first time only', (zone, expression, after, expected) => {
    expect(occurrences(expression, zone, after, 2)).toEqual(expected);
  });

  it('comes once for several that fall into one gap, and for one that is at its end', () => {
    const night = ['2026-03-29 03:00:00 +02:00', '2026-03-30 02:00:00 +02:00'];
    expect(occurrences('0,30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual(night);
    expect(occurrences('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual(night);
  });

  it('may be a list or a range', () => {
    const autumn = ['2026-10-25 01:00:00 +02:00', '2026-10-25 02:00:00 +02:00', '2026-10-25 03:00:00 +01:00'];
    expect(occurrences('0 1,2,3 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 3)).toEqual(autumn);
    expect(occurrences('0 1-3 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 3)).toEqual(autumn);
  });

  it('is not asked for twice by a call from within the repeated hour', () => {
    const timetable = timetables.compile({ expression: '30 2 * * *', timezone: 'Europe/Berlin' });
    for (const within of ['2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z', '2026-10-25T01:59:59.999Z']) {
      expect(new Date(timetable.next(Date.parse(within))!).toISOString()).toBe('2026-10-26T01:30:00.000Z');
    }
  });
});

describe('a running time', () => {
  it.each([
    [
      'Europe/Berlin',
      '0 * * * *',
      '2026-10-24T23:30Z',
      ['2026-10-25 02:00:00 +02:00', '2026-10-25 02:00:00 +01:00', '2026-10-25 03:00:00 +01:00'],
    ],
    [
      'Europe/Berlin',
      '0 */1 * * *',
      '2026-10-24T23:30Z',
      ['2026-10-25 02:00:00 +02:00', '2026-10-25 02:00:00 +01:00', '2026-10-25 03:00:00 +01:00'],
    ],
    [
      'Europe/Berlin',
      '0 0-23 * * *',
      '2026-10-24T23:30Z',
      ['2026-10-25 02:00:00 +02:00', '2026-10-25 02:00:00 +01:00', '2026-10-25 03:00:00 +01:00'],
    ],
    [
      'Australia/Lord_Howe',
      '*/30 * * * *',
      '2026-04-04T14:15Z',
      ['2026-04-05 01:30:00 +11:00', '2026-04-05 01:30:00 +10:30', '2026-04-05 02:00:00 +10:30'],
    ],
    [
      'America/New_York',
      '*/30 1 * * *',
      '2026-11-01T05:15Z',
      ['2026-11-01 01:30:00 -04:00', '2026-11-01 01:00:00 -05:00', '2026-11-01 01:30:00 -05:00'],
    ],
  ])('comes in both passes of an hour that %s repeats (%s)', (zone, expression, after, expected) => {
    expect(occurrences(expression, zone, after, 3)).toEqual(expected);
  });

  it.each([
    [
      'Europe/Berlin',
      '*/30 * * * *',
      '2026-03-29T00:15Z',
      ['2026-03-29 01:30:00 +01:00', '2026-03-29 03:00:00 +02:00', '2026-03-29 03:30:00 +02:00'],
    ],
    [
      'Europe/Berlin',
      '*/30 2 * * *',
      '2026-03-28T01:15Z',
      ['2026-03-28 02:30:00 +01:00', '2026-03-30 02:00:00 +02:00', '2026-03-30 02:30:00 +02:00'],
    ],
    [
      'Australia/Lord_Howe',
      '0 * * * *',
      '2026-10-03T14:15Z',
      ['2026-10-04 01:00:00 +10:30', '2026-10-04 03:00:00 +11:00', '2026-10-04 04:00:00 +11:00'],
    ],
    [
      'Pacific/Apia',
      '0 */12 * * *',
      '2011-12-29T12:00Z',
      ['2011-12-29 12:00:00 -10:00', '2011-12-31 00:00:00 +14:00', '2011-12-31 12:00:00 +14:00'],
    ],
  ])('adds nothing where %s skips an hour (%s)', (zone, expression, after, expected) => {
    expect(occurrences(expression, zone, after, 3)).toEqual(expected);
  });

  it('comes in both passes also when its next day is far', () => {
    expect(occurrences('*/30 2 25 10 *', 'Europe/Berlin', '2026-01-01T00:00Z', 5)).toEqual([
      '2026-10-25 02:00:00 +02:00',
      '2026-10-25 02:30:00 +02:00',
      '2026-10-25 02:00:00 +01:00',
      '2026-10-25 02:30:00 +01:00',
      '2027-10-25 02:00:00 +02:00',
    ]);
  });

  it('is found across years', () => {
    expect(occurrences('*/30 0 29 2 *', 'Europe/Berlin', '2026-01-01T00:00Z', 3)).toEqual([
      '2028-02-29 00:00:00 +01:00',
      '2028-02-29 00:30:00 +01:00',
      '2032-02-29 00:00:00 +01:00',
    ]);
  });
});
