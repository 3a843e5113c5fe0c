import * as fc from 'fast-check';
import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { WatchedClock } from './clock-watcher.js';

const timetables = new CronTimetables();
const MINUTE = 60_000;
const SECOND = 1_000;

/** Some days around each time at which the zone's clock is set; the short ones are watched each second. */
const CLOCKS: readonly (readonly [zone: string, around: string, hours: number, step: number])[] = [
  ['UTC', '2026-03-29T01:00Z', 72, MINUTE],
  ['Asia/Kathmandu', '2026-03-29T01:00Z', 72, MINUTE],
  ['Asia/Kathmandu', '1985-12-31T18:30Z', 48, MINUTE],
  ['Europe/Berlin', '2026-03-29T01:00Z', 72, MINUTE],
  ['Europe/Berlin', '2026-10-25T01:00Z', 72, MINUTE],
  ['America/New_York', '2026-03-08T07:00Z', 48, MINUTE],
  ['America/New_York', '2026-11-01T06:00Z', 48, MINUTE],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z', 72, MINUTE],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z', 72, MINUTE],
  ['Africa/Casablanca', '2026-02-15T02:00Z', 48, MINUTE],
  ['Africa/Casablanca', '2026-03-22T02:00Z', 48, MINUTE],
  ['America/Santiago', '2026-04-05T03:00Z', 48, MINUTE],
  ['America/Santiago', '2026-09-06T04:00Z', 48, MINUTE],
  ['Asia/Beirut', '2026-03-28T22:00Z', 48, MINUTE],
  ['Asia/Beirut', '2026-10-24T21:00Z', 48, MINUTE],
  ['Antarctica/Troll', '2026-03-29T01:00Z', 48, MINUTE],
  ['America/Scoresbysund', '2024-03-31T01:00Z', 48, MINUTE],
  // A day that never was, and one that was twice.
  ['Pacific/Apia', '2011-12-30T10:00Z', 96, MINUTE],
  ['Pacific/Kwajalein', '1969-09-30T13:00Z', 96, MINUTE],
  ['Europe/Berlin', '2026-03-29T01:00Z', 3, SECOND],
  ['Europe/Berlin', '2026-10-25T01:00Z', 5, SECOND],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z', 4, SECOND],
  // Three quarters of an hour, and half a minute.
  ['Africa/Monrovia', '1972-01-07T00:44:30Z', 4, SECOND],
];

const watched = new Map<number, WatchedClock>();

/** A clock is read once for all of the tests: that takes longer than they do. */
function clock(index: number): WatchedClock {
  let found = watched.get(index);
  if (found === undefined) {
    const [zone, around, hours, step] = CLOCKS[index]!;
    const half = (hours / 2) * 3_600_000;
    const middle = Math.floor(Date.parse(around) / step) * step;
    found = new WatchedClock(zone, middle - half, middle + half, step);
    watched.set(index, found);
  }
  return found;
}

/** A field of cron: as it is written, what it takes, and whether it names its values one by one. */
interface Field {
  readonly text: string;
  readonly takes: (value: number) => boolean;
  readonly oneByOne: boolean;
}

function field(least: number, most: number, usual = least): fc.Arbitrary<Field> {
  const value = fc.oneof(
    fc.integer({ min: least, max: most }),
    fc.integer({ min: usual, max: Math.min(most, usual + 3) }),
  );
  return fc.oneof(
    fc.constant({ text: '*', takes: () => true, oneByOne: false }),
    fc.constant({ text: `${least}-${most}`, takes: () => true, oneByOne: false }),
    fc.integer({ min: 1, max: Math.ceil((most - least) / 2) }).map((step) => ({
      text: `*/${step}`,
      takes: (asked: number) => (asked - least) % step === 0,
      oneByOne: false,
    })),
    fc.tuple(value, fc.integer({ min: 1, max: 9 })).map(([first, step]) => ({
      text: `${first}/${step}`,
      takes: (asked: number) => asked >= first && (asked - first) % step === 0,
      oneByOne: false,
    })),
    fc.tuple(value, value).map(([one, other]) => {
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      return {
        text: `${first}-${last}`,
        takes: (asked: number) => asked >= first && asked <= last,
        oneByOne: first > least || last < most,
      };
    }),
    fc.uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => ({
      text: values.join(','),
      takes: (asked: number) => values.includes(asked),
      oneByOne: true,
    })),
  );
}

const anyDate: fc.Arbitrary<Field> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ text: '*', takes: () => true, oneByOne: false }) },
  { weight: 1, arbitrary: field(1, 31, 28).filter(({ text }) => text !== '1-31' && !text.includes('/')) },
);

interface Example {
  readonly expression: string;
  readonly clock: WatchedClock;
  readonly oneByOne: boolean;
  readonly expected: readonly number[];
}

const example: fc.Arbitrary<Example> = fc
  .record({
    index: fc.integer({ min: 0, max: CLOCKS.length - 1 }),
    second: field(0, 59),
    minute: field(0, 59),
    hour: field(0, 23, 0),
    date: anyDate,
  })
  .map(({ index, second, minute, hour, date }) => {
    const watchedClock = clock(index);
    const bySecond = watchedClock.step === SECOND;
    const matches = (shown: number) => {
      const at = new Date(shown);
      return (
        (!bySecond || second.takes(at.getUTCSeconds())) &&
        minute.takes(at.getUTCMinutes()) &&
        hour.takes(at.getUTCHours()) &&
        date.takes(at.getUTCDate())
      );
    };
    const oneByOne = minute.oneByOne && hour.oneByOne && (!bySecond || second.oneByOne);
    return {
      expression: `${bySecond ? `${second.text} ` : ''}${minute.text} ${hour.text} ${date.text} * *`,
      clock: watchedClock,
      oneByOne,
      expected: oneByOne ? watchedClock.crossingOff(matches) : watchedClock.whenever(matches),
    };
  });

function show(times: readonly (number | undefined)[]): string {
  return times.map((time) => (time === undefined ? 'none' : new Date(time).toISOString())).join('\n');
}

describe('a timetable and a watcher of the clock', () => {
  it('come to the same times, one after the other', () => {
    let [fixed, running] = [0, 0];
    fc.assert(
      fc.property(example, ({ expression, clock: { zone, from, to }, oneByOne, expected }) => {
        const timetable = timetables.compile({ expression, timezone: zone });
        const found: number[] = [];
        let time = timetable.next(from - 1);
        while (time !== undefined && time < to) {
          found.push(time);
          time = timetable.next(time);
        }
        // Shown only when they differ: most examples have thousands.
        if (found.join() !== expected.join()) expect(show(found)).toBe(show(expected));
        if (oneByOne) fixed += 1;
        else running += 1;
      }),
      { numRuns: 700 },
    );
    expect(Math.min(fixed, running)).toBeGreaterThan(20);
  });

  it('answer a question at any time the same, whatever was asked before', () => {
    fc.assert(
      fc.property(
        example,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        ({ expression, clock: { zone, from, to }, expected }, parts) => {
          const timetable = timetables.compile({ expression, timezone: zone });
          for (const part of parts) {
            const after = from + Math.floor(part * (to - from));
            const next = expected.find((time) => time > after);
            const found = timetable.next(after);
            expect(show([found !== undefined && found < to ? found : undefined])).toBe(show([next]));
            expect(timetable.next(after)).toBe(found);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
