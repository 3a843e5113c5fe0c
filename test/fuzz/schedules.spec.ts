import * as fc from 'fast-check';
import { at, daily, every, monthly, type ScheduleOptions, weekly } from 'nestjs-jobs';
import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { parseDuration } from '../../libs/jobs/src/domain/duration.js';
import type { Timing } from '../../libs/jobs/src/domain/timetable/timing.js';
import { startEngine, type TestEngine } from '../engine/start-engine.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judged, judgedNow } from './judge.js';
import { damaged, nastyText } from './nasty-texts.js';
import { mostlyRight, nasty } from './nasty-values.js';
import { duration, payload, queueName } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

/** Milliseconds that one look at a timetable may take, on a machine that does much else. */
const PATIENCE = 5_000;

const cron = fc.constantFrom(
  '0 9 * * MON-FRI',
  '*/5 * * * *',
  '0 0 29 2 *',
  '30 2 L * 5L',
  '0 0 * * 1#2',
  '15 10,12 1-5 JAN ?',
  '0 */10 * * * *',
);
const fields = fc
  .array(
    fc.oneof(
      fc.constantFrom('*', '?', '*/0', '0-59/7', '5-1', 'L', 'W', 'H', '#', '60', '-1', '*/99999', '1,2,,3'),
      nastyText,
    ),
    {
      minLength: 4,
      maxLength: 7,
    },
  )
  .map((words) => words.join(' '));
const expression = fc.oneof(
  { weight: 5, arbitrary: cron },
  {
    weight: 3,
    arbitrary: fc.constantFrom('@daily', '@every 5m', '@monthly 31 0 0', '@at 2030-12-01T09:00:00.000Z', '@secondly'),
  },
  {
    weight: 4,
    arbitrary: damaged(fc.oneof(cron, fc.constantFrom('@every 5m', '@monthly 31 0 0', '@at 2030-12-01T09:00:00.000Z'))),
  },
  { weight: 2, arbitrary: fields },
  { weight: 1, arbitrary: nasty },
);
const timezone = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu') },
  { weight: 2, arbitrary: damaged(fc.constant('Europe/Berlin')) },
  { weight: 1, arbitrary: nasty },
);
const exception = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('2026-12-25', '12-25', '12-24/01-02', '0 12 * * *', '@daily') },
  { weight: 1, arbitrary: damaged(fc.constantFrom('2026-12-25', '12-24/01-02', '0 12 * * *')) },
  { weight: 1, arbitrary: nasty },
);
const moment = fc.oneof(fc.date({ noInvalidDate: true }), fc.constantFrom<unknown>('2030-01-01', 0, 1e12), nasty);
const timing = {
  expression,
  timezone,
  startAt: moment,
  endAt: moment,
  except: fc.oneof({ weight: 4, arbitrary: fc.array(exception, { maxLength: 4 }) }, { weight: 1, arbitrary: nasty }),
};

describe('any schedule', () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine({ workers: [], listens: false, handlers: { known: () => undefined } });
  });

  afterAll(() => engine.close());

  it('is kept, shown as it was told, and says when it runs, or is refused and nowhere', async () => {
    const options = mostlyRight({
      id: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('nightly', 'a:b', 'constructor') },
        { weight: 1, arbitrary: nastyText },
      ),
      ...timing,
      type: fc.constant('known'),
      payload,
      queue: queueName,
      enabled: fc.boolean(),
      job: mostlyRight({
        priority: fc.constant('high'),
        timeout: duration,
        tags: fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }),
      }),
      jitter: duration,
      maxRuns: fc.nat({ max: 100 }),
      missed: fc.constantFrom('once', 'all', 'skip'),
      overlap: fc.constantFrom('allow', 'skip', 'queue-one'),
    });
    // Most have what a schedule must have.
    const whole = options.map((input) =>
      isObject(input) ? { id: 'nightly', expression: '0 2 * * *', type: 'known', ...input } : input,
    );
    await fuzz(whole, 3_500, async (input) => {
      const put = await judged(() => engine.schedules.upsert(input as ScheduleOptions));
      const listed = await engine.schedules.list();
      expect(listed).toHaveLength(put.ok ? 1 : 0);
      if (put.ok) {
        const { id, expression: told, type } = input as ScheduleOptions;
        expect(put.value).toMatchObject({ id, expression: told, type });
        expect(listed).toEqual([put.value]);
        expect((await engine.schedules.nextRuns(id, 3)).length).toBeLessThanOrEqual(3);
        await engine.schedules.remove(id);
      }
    });
  });

  it('is looked for and moved by any id and filter, or the call is refused', async () => {
    await fuzz(fc.tuple(nasty, nasty), 1_000, async ([one, other]) => {
      const { schedules } = engine;
      await judged(() => schedules.get(one as string));
      await judged(() => schedules.list(one as object));
      await judged(() => schedules.nextRuns(one as string, other as number));
      await judged(() => schedules.disable(one as string));
      await judged(() => schedules.enable(one as string));
      await judged(() => schedules.runNow(one as string));
      await judged(() => schedules.remove(one as string));
    });
  });
});

it('any timing is a timetable that goes forward and answers soon, or is refused', async () => {
  const timetables = new CronTimetables();
  const now = Date.parse('2026-03-28T12:00:00Z');
  const bounds = {
    startAt: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: nasty }),
    endAt: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: now, max: 10 * now }) }, { weight: 1, arbitrary: nasty }),
  };
  const whole = fc.record({ ...timing, ...bounds }, { requiredKeys: ['expression', 'timezone'] });
  await fuzz(whole, 3_000, (input) => {
    const began = performance.now();
    const compiled = judgedNow(() => timetables.compile(input as unknown as Timing));
    if (compiled.ok) {
      let last = now;
      for (let count = 0; count < 3; count++) {
        const next = compiled.value.next(last);
        if (next === undefined) break;
        expect(next).toBeGreaterThan(last);
        last = next;
      }
    }
    expect(performance.now() - began).toBeLessThan(PATIENCE);
  });
});

it('any arguments of a builder make an expression that can be read, or are refused', async () => {
  const timetables = new CronTimetables();
  const builders = [every, daily, weekly, monthly, at] as unknown as readonly ((...args: unknown[]) => string)[];
  const argument = fc.oneof(
    duration,
    fc.nat({ max: 31 }),
    fc.constantFrom('mon', 'Sunday', ['tue', 'fri']),
    fc.date(),
    nasty,
  );
  await fuzz(fc.tuple(fc.nat({ max: 4 }), fc.array(argument, { maxLength: 3 })), 2_500, ([which, args]) => {
    const built = judgedNow(() => builders[which]?.(...args) ?? '');
    if (built.ok) {
      timetables.compile({ expression: built.value, timezone: 'UTC' });
    }
  });
});

it('any duration is a whole number of milliseconds, or refused', async () => {
  await fuzz(fc.oneof(duration, damaged(fc.constantFrom('250ms', '1.5h', '2w')), nasty), 2_500, (input) => {
    const read = judgedNow(() => parseDuration(input));
    expect(!read.ok || Number.isSafeInteger(read.value)).toBe(true);
  });
});

function isObject(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}
