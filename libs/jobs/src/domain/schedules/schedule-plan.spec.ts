import type { MissedPolicy, Occurrence } from './schedule.js';
import { jitterOf, SchedulePlan } from './schedule-plan.js';
import type { Timetable } from '../timetable/timing.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

/** At the multiples of an interval, up to an end. */
function every(interval: number, end = Infinity): Timetable {
  return {
    next: (after) => {
      const next = (Math.floor(after / interval) + 1) * interval;
      return next < end ? next : undefined;
    },
  };
}

const none = (): number => 0;
const plan = (missed: MissedPolicy, timetable = every(HOUR), bound = 100): SchedulePlan =>
  new SchedulePlan(timetable, none, missed, MINUTE, bound);
const at = (time: number): Occurrence => ({ time, due: time });

describe('an occurrence that is due', () => {
  it.each(['skip', 'once', 'all'] as const)('fires, and the one that follows is next: %s', (missed) => {
    expect(plan(missed).decide(at(HOUR), HOUR + 3)).toEqual({
      ...at(HOUR),
      missed: false,
      passedOver: false,
      next: at(2 * HOUR),
    });
  });

  it('may be the last one', () => {
    const { next, ...rest } = plan('once', every(HOUR, 2 * HOUR)).decide(at(HOUR), HOUR);
    expect([rest.time, next]).toEqual([HOUR, undefined]);
  });

  it('fires for all that were missed before it when it is within the minute', () => {
    for (const missed of ['skip', 'once'] as const) {
      const firing = plan(missed).decide(at(HOUR), 5 * HOUR + 50 * SECOND);
      expect(firing).toEqual({ ...at(5 * HOUR), missed: false, passedOver: true, next: at(6 * HOUR) });
    }
  });

  it('fires with each that was due a moment ago, whatever else was missed', () => {
    const firing = plan('skip', every(SECOND)).decide(at(0), YEAR + 300);
    expect(firing).toEqual({
      ...at(YEAR - 4 * SECOND),
      missed: false,
      passedOver: true,
      next: at(YEAR - 3 * SECOND),
    });
  });
});

describe('occurrences that were missed', () => {
  it('come to nothing: skip', () => {
    const firing = plan('skip').decide(at(HOUR), 5 * HOUR + 2 * MINUTE);
    expect(firing).toEqual({ missed: true, passedOver: true, next: at(6 * HOUR) });
  });

  it('come to one run, of the last of them: once', () => {
    const firing = plan('once').decide(at(HOUR), 5 * HOUR + 2 * MINUTE);
    expect(firing).toEqual({ ...at(5 * HOUR), missed: true, passedOver: true, next: at(6 * HOUR) });
    const alone = plan('once').decide(at(HOUR), HOUR + 2 * MINUTE);
    expect(alone).toMatchObject({ ...at(HOUR), passedOver: false });
  });

  it('come to a run each, as far as the bound goes: all', () => {
    const all = plan('all', every(MINUTE), 10);
    expect(all.decide(at(MINUTE), 8 * MINUTE)).toMatchObject({ ...at(MINUTE), missed: true, passedOver: false });
    const now = YEAR + 30 * SECOND;
    const over = all.decide(at(MINUTE), now);
    // Up to a minute ago they count as missed: the last ten of them stay.
    expect(over).toEqual({ missed: true, passedOver: true, next: at(YEAR - 10 * MINUTE) });
    expect(all.decide(over.next as Occurrence, now)).toMatchObject({ time: YEAR - 10 * MINUTE, passedOver: false });
  });

  it('are decided on quickly, however many they are', () => {
    let asked = 0;
    const counted: Timetable = {
      next: (after) => {
        asked++;
        return every(SECOND).next(after);
      },
    };
    for (const missed of ['skip', 'once', 'all'] as const) {
      plan(missed, counted).decide(at(0), 100 * YEAR);
    }
    expect(asked).toBeLessThan(20_000);
  });
});

describe('jitter', () => {
  it('is the same for a schedule and time, spread evenly, and never beyond its bounds', () => {
    const jitter = jitterOf('nightly', 9 * MINUTE);
    const drawn = Array.from({ length: 2_000 }, (_, index) => jitter(index * HOUR, HOUR));
    expect(jitterOf('nightly', 9 * MINUTE)(7 * HOUR, HOUR)).toBe(drawn[7]);
    expect(jitterOf('weekly', 9 * MINUTE)(7 * HOUR, HOUR)).not.toBe(drawn[7]);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(9 * MINUTE);
    const thirds = [0, 1, 2].map((third) => drawn.filter((each) => Math.floor(each / (3 * MINUTE)) === third).length);
    expect(Math.min(...thirds)).toBeGreaterThan(550);
  });

  it('never takes an occurrence to the one that follows', () => {
    const jittered = new SchedulePlan(every(MINUTE), jitterOf('often', HOUR), 'once');
    let before = -1;
    for (const { time, due } of jittered.following(0, 500)) {
      expect(due).toBeGreaterThan(before);
      expect(due).toBeGreaterThanOrEqual(time);
      expect(due).toBeLessThan(time + MINUTE);
      before = due;
    }
  });

  it('does not make an occurrence due before its time has come', () => {
    const late = new SchedulePlan(every(HOUR), () => 30 * MINUTE, 'once', MINUTE);
    const next = late.after(0) as Occurrence;
    // At 5:10 the occurrence of 5:00 is still to come, at 5:30: the latest that is due is that of 4:00.
    expect(late.decide(next, 5 * HOUR + 10 * MINUTE)).toMatchObject({
      time: 4 * HOUR,
      next: { time: 5 * HOUR, due: 5 * HOUR + 30 * MINUTE },
    });
  });
});
