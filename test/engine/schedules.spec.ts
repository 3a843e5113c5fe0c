import { every } from '../../libs/jobs/src/domain/timetable/builders.js';
import type { ScheduleOptions } from '../../libs/jobs/src/application/scheduling/schedule-options.js';
import { InvalidScheduleError, UnknownJobTypeError } from '../../libs/jobs/src/domain/errors/errors.js';
import { ScheduleNotFoundError, TooManySchedulesError } from '../../libs/jobs/src/domain/errors/schedule-errors.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

const clock = { current: new VirtualClock() };
let ports = createMemoryStore({ clock: clock.current });
const engines: TestEngine[] = [];
/** Ids of the jobs that have begun. */
let begun: string[] = [];

beforeEach(() => {
  clock.current = new VirtualClock();
  ports = createMemoryStore({ clock: clock.current });
  begun = [];
});

afterEach(async () => {
  for (const engine of engines.splice(0)) {
    await engine.close();
  }
});

/** A process on the store that all of a test share. */
async function boot(options: EngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine({
    clock: clock.current,
    ports,
    handlers: { report: (_payload: unknown, job: { readonly id: string }) => void begun.push(job.id) },
    ...options,
  });
  engines.push(engine);
  return engine;
}

async function end(engine: TestEngine): Promise<void> {
  engines.splice(engines.indexOf(engine), 1);
  await engine.close();
}

const advance = (milliseconds: number): Promise<void> => clock.current.advance(milliseconds);

const hourly = (part: Partial<ScheduleOptions> = {}): ScheduleOptions => ({
  id: 'hourly',
  expression: '0 * * * *',
  type: 'report',
  ...part,
});

const occurrence = (hour: number, id = 'hourly'): string => `${id}@${new Date(START + hour * HOUR).toISOString()}`;

describe('a schedule', () => {
  it('fires each occurrence once, on time, and says so', async () => {
    const engine = await boot();
    const record = await engine.schedules.upsert(
      hourly({ payload: { month: 1 }, job: { tags: ['mine'], priority: 5 } }),
    );
    expect(record).toMatchObject({
      id: 'hourly',
      queue: 'default',
      type: 'report',
      payload: { month: 1 },
      expression: '0 * * * *',
      timezone: 'UTC',
      enabled: true,
      nextRun: START + HOUR,
      runCount: 0,
      origin: 'api',
      missed: 'once',
      overlap: 'allow',
      recentJobs: [],
      job: { priority: 5, tags: ['mine', 'schedule:hourly'] },
    });
    await advance(3 * HOUR + MINUTE);
    expect(begun).toEqual([1, 2, 3].map((hour) => occurrence(hour)));
    const after = await engine.schedules.get('hourly');
    expect(after).toMatchObject({ nextRun: START + 4 * HOUR, runCount: 3, recentJobs: [...begun].reverse() });
    expect((after?.lastRun ?? 0) - (START + 3 * HOUR)).toBeLessThan(100);
    expect(await engine.jobs.get(occurrence(1))).toMatchObject({
      payload: { month: 1 },
      priority: 5,
      tags: ['mine', 'schedule:hourly'],
      state: 'completed',
    });
    expect(engine.occurrences.map(({ kind, schedule, job }) => [kind, schedule, job])).toEqual(
      begun.map((job) => ['fired', 'hourly', job]),
    );
    expect(Math.max(...engine.occurrences.map(({ lateness }) => lateness))).toBeLessThan(100);
    expect(engine.events.filter(({ kind }) => kind === 'submitted')).toHaveLength(3);
  });

  it('takes priority normal and the zone UTC unless told, and any zone when told', async () => {
    const engine = await boot();
    const id = 'berlin';
    await engine.schedules.upsert({ id, expression: '0 9 * * *', timezone: 'Europe/Berlin', type: 'report' });
    expect(await engine.schedules.get(id)).toMatchObject({ nextRun: START + 8 * HOUR, job: { priority: 0 } });
  });

  it('names what is wrong with it', async () => {
    const { schedules } = await boot();
    await expect(schedules.upsert(hourly({ expression: '61 * * * *' }))).rejects.toThrow(InvalidScheduleError);
    await expect(schedules.upsert(hourly({ timezone: 'Mars/Base' }))).rejects.toThrow(/timezone: "Mars\/Base"/);
    await expect(schedules.upsert(hourly({ type: 'nobody' }))).rejects.toThrow(UnknownJobTypeError);
    await expect(schedules.upsert(hourly({ id: 'with space' }))).rejects.toThrow(/id: "with space"/);
    await expect(schedules.upsert(hourly({ payload: { n: 1n } }))).rejects.toThrow(/payload/);
    await expect(schedules.upsert(hourly({ missed: 'twice' as never }))).rejects.toThrow(/skip, once, all/);
    await expect(schedules.upsert(hourly({ job: { delay: '5m' } as never }))).rejects.toThrow(/job\.delay/);
    await expect(schedules.upsert(hourly({ maxRuns: -1 }))).rejects.toThrow(/maxRuns/);
    expect(await schedules.list()).toEqual([]);
  });

  it('is one of at most so many', async () => {
    const { schedules } = await boot({ schedules: { max: 2 } });
    await schedules.upsert(hourly({ id: 'a' }));
    await schedules.upsert(hourly({ id: 'b' }));
    await expect(schedules.upsert(hourly({ id: 'c' }))).rejects.toThrow(TooManySchedulesError);
    await schedules.upsert(hourly({ id: 'a', maxRuns: 1 }));
    await schedules.remove('b');
    await schedules.upsert(hourly({ id: 'c' }));
    expect((await schedules.list()).map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('ends after its runs, and at its end', async () => {
    const engine = await boot();
    await engine.schedules.upsert(hourly({ id: 'twice', maxRuns: 2 }));
    const bounds = { startAt: new Date(START + 2 * HOUR), endAt: new Date(START + 4 * HOUR) };
    await engine.schedules.upsert(hourly({ id: 'bounded', ...bounds }));
    expect(await engine.schedules.nextRuns('twice', 5)).toEqual([1, 2].map((hour) => new Date(START + hour * HOUR)));
    await advance(6 * HOUR);
    expect(begun.toSorted()).toEqual(
      [occurrence(2, 'bounded'), occurrence(3, 'bounded'), occurrence(1, 'twice'), occurrence(2, 'twice')].toSorted(),
    );
    expect((await engine.schedules.get('twice'))?.nextRun).toBeUndefined();
    expect(await engine.schedules.nextRuns('bounded')).toEqual([]);
    await engine.schedules.upsert(hourly({ id: 'twice', maxRuns: 3 }));
    await advance(3 * HOUR);
    expect(begun.at(-1)).toBe(occurrence(7, 'twice'));
    expect(begun).toHaveLength(5);
  });

  it('comes later by its jitter, by another time each, and by the same in every process', async () => {
    const [one, other] = [await boot(), await boot()];
    await one.schedules.upsert(hourly({ jitter: '10m' }));
    const runs = await one.schedules.nextRuns('hourly', 20);
    expect(await other.schedules.nextRuns('hourly', 20)).toEqual(runs);
    const offsets = runs.map((run, index) => run.getTime() - (START + (index + 1) * HOUR));
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(10 * MINUTE);
    expect(new Set(offsets).size).toBeGreaterThan(15);
    await advance(HOUR + (offsets[0] ?? 0) - 1);
    expect(begun).toEqual([]);
    await advance(SECOND);
    // Its name is of the time that its expression says.
    expect(begun).toEqual([occurrence(1)]);
  });

  it('leaves out what is excepted', async () => {
    const { schedules } = await boot();
    await schedules.upsert(hourly({ expression: '0 9 * * *', except: ['01-02', '0 9 * * 0'] }));
    const days = (await schedules.nextRuns('hourly', 3)).map((date) => date.getUTCDate());
    expect(days).toEqual([1, 3, 5]);
  });

  it('runs now when asked to, and on time all the same', async () => {
    const { schedules, jobs } = await boot();
    await schedules.upsert(hourly({ maxRuns: 1 }));
    const key = await schedules.runNow('hourly');
    await advance(MINUTE);
    expect((await jobs.get(key))?.state).toBe('completed');
    expect(await schedules.get('hourly')).toMatchObject({
      runCount: 0,
      nextRun: START + HOUR,
      recentJobs: [key.id],
    });
    expect((await schedules.get('hourly'))?.lastRun).toBeUndefined();
    await advance(HOUR);
    expect(begun).toEqual([key.id, occurrence(1)]);
    await expect(schedules.runNow('nobody')).rejects.toThrow(ScheduleNotFoundError);
  });

  it('is found by queue, type and whether it is on', async () => {
    const { schedules, jobs } = await boot();
    await schedules.upsert(hourly({ id: 'a', queue: 'one' }));
    await schedules.upsert(hourly({ id: 'b', enabled: false }));
    expect((await schedules.list({ queue: 'one' })).map(({ id }) => id)).toEqual(['a']);
    expect((await schedules.list({ enabled: false })).map(({ id }) => id)).toEqual(['b']);
    expect(await schedules.list({ type: 'other' })).toEqual([]);
    const { id } = await schedules.runNow('b');
    expect((await jobs.list({ queue: 'default', tag: 'schedule:b' })).jobs.map((job) => job.id)).toEqual([id]);
  });

  it('moves to another queue and fires there only', async () => {
    const engine = await boot();
    await engine.schedules.upsert(hourly({ queue: 'one' }));
    await advance(HOUR + MINUTE);
    await engine.schedules.upsert(hourly({ queue: 'two' }));
    await advance(HOUR);
    expect(engine.occurrences.map(({ queue, job }) => [queue, job])).toEqual([
      ['one', occurrence(1)],
      ['two', occurrence(2)],
    ]);
    expect(await engine.schedules.get('hourly')).toMatchObject({ queue: 'two', runCount: 2 });
  });

  it('waits where its queue has no room', async () => {
    const queues = new Map([
      [
        'default',
        {
          defaults: {},
          blockTimeout: 1,
          settings: { maxDepth: 1, onFull: 'block' as const, retainAge: DAY, retainCount: 100 },
        },
      ],
    ]);
    const engine = await boot({ settings: { queues }, workers: [], schedules: { withoutWorkers: true } });
    await engine.schedules.upsert(hourly());
    const { id } = await engine.jobs.submit('report', {});
    await advance(HOUR + 20 * SECOND);
    expect(engine.occurrences).toEqual([]);
    expect(engine.log.lines.filter(({ message }) => message.includes('cannot fire'))).toHaveLength(1);
    await engine.jobs.cancel(id);
    await advance(2 * SECOND);
    expect(engine.occurrences.map(({ job }) => job)).toEqual([occurrence(1)]);
  });
});

describe('editing and switching a schedule', () => {
  it('never fires what is past', async () => {
    const { schedules } = await boot();
    await schedules.upsert(hourly({ missed: 'all' }));
    await schedules.disable('hourly');
    await advance(5 * HOUR + MINUTE);
    expect(await schedules.enable('hourly')).toMatchObject({ enabled: true, nextRun: START + 6 * HOUR });
    await advance(SECOND);
    await schedules.upsert(hourly({ missed: 'all', expression: '30 * * * *' }));
    await schedules.upsert(hourly({ missed: 'all', expression: '0 * * * *', startAt: START }));
    await advance(MINUTE);
    expect(begun).toEqual([]);
    await advance(HOUR);
    expect(begun).toEqual([occurrence(6)]);
  });

  it('keeps what somebody switched off, until it is told', async () => {
    const { schedules } = await boot();
    await schedules.upsert(hourly());
    await schedules.disable('hourly');
    expect(await schedules.upsert(hourly({ maxRuns: 5 }))).toMatchObject({ enabled: false, disabledBy: 'person' });
    expect(await schedules.upsert(hourly({ enabled: true }))).toMatchObject({ enabled: true, nextRun: START + HOUR });
    expect(await schedules.upsert(hourly({ enabled: false }))).toMatchObject({ enabled: false });
    await expect(schedules.enable('nobody')).rejects.toThrow(ScheduleNotFoundError);
    await expect(schedules.remove('nobody')).rejects.toThrow(ScheduleNotFoundError);
  });

  it('is heard by every process at once', async () => {
    const [one, other] = [await boot({ workers: [] }), await boot()];
    await advance(MINUTE);
    await one.schedules.upsert(hourly({ expression: every('1s') }));
    await advance(3 * SECOND);
    expect(other.occurrences.length).toBeGreaterThanOrEqual(2);
    await one.schedules.remove('hourly');
    const { length } = begun;
    await advance(MINUTE);
    expect(begun.length - length).toBeLessThanOrEqual(1);
  });

  it('of what fires every second never loses a change, nor an occurrence', async () => {
    const { schedules } = await boot();
    await schedules.upsert(hourly({ expression: every('1s') }));
    for (let change = 0; change < 20; change++) {
      await Promise.all([advance(SECOND), schedules.upsert(hourly({ expression: every('1s'), payload: change }))]);
    }
    expect(await schedules.get('hourly')).toMatchObject({ payload: 19 });
    await advance(SECOND / 2);
    expect(begun).toHaveLength(20);
    expect(new Set(begun).size).toBe(20);
  });
});

describe('what fell due while nobody ran', () => {
  async function downtime(part: Partial<ScheduleOptions>, milliseconds: number, options: EngineOptions = {}) {
    const before = await boot({ workers: [] });
    await before.schedules.upsert(hourly(part));
    await advance(milliseconds);
    return boot(options);
  }

  it.each([
    ['once', [5]],
    ['skip', []],
    ['all', [1, 2, 3, 4, 5]],
  ] as const)('%s', async (missed, hours) => {
    const engine = await downtime({ missed }, 5 * HOUR + 30 * MINUTE);
    await advance(MINUTE);
    expect(begun).toEqual(hours.map((hour) => occurrence(hour)));
    expect(engine.occurrences.every((each) => each.missed)).toBe(true);
    await advance(HOUR);
    expect(begun).toEqual([...hours, 6].map((hour) => occurrence(hour)));
  });

  it.each(['once', 'skip', 'all'] as const)('is not missed within a minute: %s', async (missed) => {
    await downtime({ missed }, 3 * HOUR + 40 * SECOND);
    await advance(SECOND);
    expect(begun).toEqual((missed === 'all' ? [1, 2, 3] : [3]).map((hour) => occurrence(hour)));
  });

  it('is made up for within a bound, and the rest is told', async () => {
    const engine = await downtime({ missed: 'all', expression: every('1m') }, 3 * HOUR + 30 * SECOND, {
      schedules: { missedBound: 10 },
    });
    await advance(5 * SECOND);
    // The last ten that were missed, and the one that is not a minute old.
    expect(begun).toHaveLength(11);
    expect(begun.at(-1)).toBe(occurrence(3));
    expect(begun[0]).toBe(`hourly@${new Date(START + 3 * HOUR - 10 * MINUTE).toISOString()}`);
    expect(engine.log.lines.filter(({ message }) => message.includes('was missed and does not run'))).toHaveLength(1);
  });

  it('is fired when it was a moment ago, one by one', async () => {
    await downtime({ expression: every('1s'), missed: 'skip' }, 4 * SECOND + 500);
    await advance(10);
    expect(begun).toHaveLength(4);
  });

  it('is found again by the code that declares it', async () => {
    const declares = [hourly()];
    await end(await boot({ declares }));
    await advance(3 * HOUR + 30 * MINUTE);
    const engine = await boot({ declares });
    await advance(MINUTE);
    expect(begun).toEqual([occurrence(3)]);
    await end(engine);
    await advance(3 * HOUR);
    await boot({ declares: [hourly({ expression: '30 * * * *' })] });
    await advance(MINUTE);
    // Another timetable counts from now.
    expect(begun).toHaveLength(1);
  });
});

describe('while a job before it has not ended, an occurrence', () => {
  async function slow(overlap: ScheduleOptions['overlap'], gate = new Gate()): Promise<[TestEngine, Gate]> {
    const engine = await boot({
      handlers: {
        report: async (_payload: never, job: { readonly id: string; readonly signal: AbortSignal }) => {
          begun.push(job.id);
          const aborted = new Promise((_, reject) =>
            job.signal.addEventListener('abort', () => reject(job.signal.reason as Error)),
          );
          await Promise.race([gate.opened, aborted]);
        },
      },
      settings: { defaults: { timeout: DAY } },
    });
    await engine.schedules.upsert(hourly(overlap === undefined ? {} : { overlap }));
    return [engine, gate];
  }

  it('fires all the same: allow', async () => {
    const [, gate] = await slow('allow');
    await advance(3 * HOUR + MINUTE);
    expect(begun).toHaveLength(3);
    gate.open();
  });

  it('is left out: skip', async () => {
    const [engine, gate] = await slow('skip');
    await advance(3 * HOUR + MINUTE);
    expect(begun).toEqual([occurrence(1)]);
    gate.open();
    await advance(HOUR);
    expect(begun).toEqual([occurrence(1), occurrence(4)]);
    expect(engine.occurrences.map(({ kind }) => kind)).toEqual(['fired', 'skipped', 'skipped', 'fired']);
  });

  it('waits for its end, alone, and begins at once then: queue-one', async () => {
    const [engine, gate] = await slow('queue-one');
    await advance(4 * HOUR + 10 * MINUTE);
    expect(begun).toEqual([occurrence(1)]);
    expect(await engine.schedules.get('hourly')).toMatchObject({ waiting: START + 2 * HOUR, runCount: 1 });
    gate.open();
    await advance(50);
    expect(begun).toEqual([occurrence(1), occurrence(2)]);
    expect(engine.occurrences.map(({ kind }) => kind)).toEqual(['fired', 'waits', 'skipped', 'skipped', 'fired']);
    await advance(HOUR);
    expect(begun).toEqual([occurrence(1), occurrence(2), occurrence(5)]);
  });

  it('is fired within seconds when a process that knows nothing of schedules ran the job before it', async () => {
    const gate = new Gate();
    const off = { schedules: { enabled: false } };
    await boot({ handlers: { report: () => gate.opened }, settings: { defaults: { timeout: DAY } }, ...off });
    const engine = await boot({ workers: [], schedules: { withoutWorkers: true } });
    await engine.schedules.upsert(hourly({ overlap: 'queue-one' }));
    await advance(2 * HOUR + MINUTE);
    expect((await engine.schedules.get('hourly'))?.waiting).toBe(START + 2 * HOUR);
    gate.open();
    await advance(2 * SECOND);
    expect(engine.occurrences.map(({ kind }) => kind)).toEqual(['fired', 'waits', 'fired']);
  });

  it('takes its place: cancel-previous', async () => {
    const [engine] = await slow('cancel-previous');
    await advance(2 * HOUR + MINUTE);
    expect(begun).toEqual([occurrence(1), occurrence(2)]);
    expect((await engine.jobs.get(occurrence(1)))?.state).toBe('cancelled');
    expect((await engine.jobs.get(occurrence(2)))?.state).toBe('running');
  });
});
