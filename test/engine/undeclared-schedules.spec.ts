import type { ScheduleOptions } from '../../libs/jobs/src/application/scheduling/schedule-options.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';

const MINUTE = 60_000;
const NIGHTLY: ScheduleOptions = { id: 'nightly', expression: '0 2 * * *', type: 'report' };
const OTHER: ScheduleOptions = { ...NIGHTLY, id: 'other' };

let clock: VirtualClock;
let ports = createMemoryStore({ clock: new VirtualClock() });
let engines: TestEngine[] = [];

beforeEach(() => {
  clock = new VirtualClock();
  ports = createMemoryStore({ clock });
  engines = [];
});

afterEach(async () => {
  for (const engine of engines) {
    await engine.close();
  }
});

/** A process whose code declares these. */
async function boot(declares: readonly ScheduleOptions[], options: EngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine({ clock, ports, handlers: { report: () => 1 }, declares, ...options });
  engines.push(engine);
  return engine;
}

async function end(engine: TestEngine): Promise<void> {
  engines = engines.filter((each) => each !== engine);
  await engine.close();
}

const warnings = (): readonly string[] =>
  engines.flatMap(({ log }) =>
    log.lines.filter(({ message }) => message.includes('declared by no live')).map(({ message }) => message),
  );

describe('a schedule that code declares', () => {
  it('is there as soon as the process has booted, by its own id', async () => {
    const { schedules } = await boot([NIGHTLY, { ...OTHER, enabled: false }]);
    expect(await schedules.get('nightly')).toMatchObject({ origin: 'code', enabled: true });
    expect(await schedules.get('other')).toMatchObject({ origin: 'code', enabled: false });
    await expect(boot([NIGHTLY, NIGHTLY])).rejects.toThrow(/Two schedules are declared with the id 'nightly'/);
  });

  it('is not touched by a second boot of the same code', async () => {
    await boot([NIGHTLY]);
    const before = await ports.schedules.read('default', ['nightly']);
    await boot([NIGHTLY]);
    expect((await ports.schedules.read('default', ['nightly'])).schedules).toEqual(before.schedules);
  });

  it('stays as a person has switched it, until the code says otherwise', async () => {
    const first = await boot([NIGHTLY, { ...OTHER, enabled: false }]);
    await first.schedules.disable('nightly');
    await first.schedules.enable('other');
    await end(first);
    const second = await boot([NIGHTLY, { ...OTHER, enabled: false }]);
    expect(await second.schedules.get('nightly')).toMatchObject({ enabled: false, disabledBy: 'person' });
    expect(await second.schedules.get('other')).toMatchObject({ enabled: true });
    await end(second);
    const third = await boot([{ ...NIGHTLY, enabled: false }, OTHER]);
    expect(await third.schedules.get('other')).toMatchObject({ enabled: true });
    await end(third);
    const fourth = await boot([{ ...NIGHTLY, enabled: true }]);
    expect(await fourth.schedules.get('nightly')).toMatchObject({ enabled: true });
  });

  it('is as the code says again when that boots, whatever was put in its place, but for the switch', async () => {
    const first = await boot([NIGHTLY, OTHER]);
    await first.schedules.upsert({ ...NIGHTLY, expression: '@hourly', maxRuns: 3 });
    await first.schedules.upsert({ ...OTHER, enabled: false });
    expect(await first.schedules.get('nightly')).toMatchObject({ origin: 'api', expression: '@hourly', maxRuns: 3 });
    await end(first);
    const { schedules } = await boot([NIGHTLY, OTHER]);
    const again = { origin: 'code', expression: NIGHTLY.expression, maxRuns: 0, enabled: true };
    expect(await schedules.get('nightly')).toMatchObject(again);
    expect(await schedules.get('other')).toMatchObject({ origin: 'code', enabled: false });
  });

  it('stays through a rolling deploy, and while any live process declares it', async () => {
    const [old, second] = [await boot([NIGHTLY]), await boot([NIGHTLY])];
    const fresh = await boot([OTHER]);
    await clock.advance(5 * MINUTE);
    await end(old);
    await clock.advance(5 * MINUTE);
    expect(await fresh.schedules.get('nightly')).toMatchObject({ enabled: true });
    // The last one goes, and is back before the minute is over.
    await end(second);
    await clock.advance(MINUTE / 2);
    await boot([NIGHTLY]);
    await clock.advance(10 * MINUTE);
    expect(await fresh.schedules.get('nightly')).toMatchObject({ enabled: true });
    expect(warnings()).toEqual([]);
  });

  it('is disabled and reported once no live process declares it, and comes back with one that does', async () => {
    await end(await boot([NIGHTLY, OTHER]));
    const [one] = [await boot([OTHER]), await boot([OTHER]), await boot([])];
    await clock.advance(3 * MINUTE);
    expect(await one.schedules.get('nightly')).toMatchObject({ enabled: false, disabledBy: 'undeclared' });
    expect(await one.schedules.get('other')).toMatchObject({ enabled: true });
    await clock.advance(30 * MINUTE);
    expect(warnings()).toEqual(["Schedule 'nightly' is declared by no live process any more; it was disabled"]);
    const again = await boot([NIGHTLY]);
    expect(await again.schedules.get('nightly')).toMatchObject({ enabled: true, nextRun: expect.any(Number) });
  });

  it('is not held up by a process that died without a word', async () => {
    const dead = await boot([NIGHTLY]);
    const [record] = await ports.processes.list();
    await end(dead);
    await ports.processes.publish(record!, 0);
    const live = await boot([]);
    await clock.advance(3 * MINUTE);
    expect(await live.schedules.get('nightly')).toMatchObject({ disabledBy: 'undeclared' });
  });

  it('comes back when its process could not be heard of and can again', async () => {
    const quiet = await boot([NIGHTLY]);
    await quiet.schedules.get('nightly');
    const { schedules } = await boot([]);
    const stored = (await ports.schedules.read('default', ['nightly'])).schedules[0]!;
    const definition = JSON.stringify({ ...(JSON.parse(stored.definition) as object), disabledBy: 'undeclared' });
    await ports.schedules.put({
      id: 'nightly',
      queue: 'default',
      definition,
      replaces: stored,
      keepsWaiting: false,
      max: 9,
    });
    expect(await schedules.get('nightly')).toMatchObject({ enabled: false });
    await clock.advance(MINUTE);
    expect(await schedules.get('nightly')).toMatchObject({ enabled: true });
  });

  it.each([
    ['keep', 'it is kept'],
    ['remove', 'it was removed'],
  ] as const)('may be told otherwise: %s', async (undeclared, said) => {
    await end(await boot([NIGHTLY]));
    const live = await boot([], { schedules: { undeclared } });
    await clock.advance(10 * MINUTE);
    expect((await live.schedules.get('nightly'))?.enabled).toBe(undeclared === 'keep' ? true : undefined);
    expect(warnings()).toEqual([`Schedule 'nightly' is declared by no live process any more; ${said}`]);
  });

  it('made at run time is nobody else’s business', async () => {
    const live = await boot([]);
    await live.schedules.upsert(NIGHTLY);
    await clock.advance(10 * MINUTE);
    expect(await live.schedules.get('nightly')).toMatchObject({ enabled: true, origin: 'api' });
  });
});

describe('a process', () => {
  it('that has no workers declares, and fires nothing unless told', async () => {
    const declaring = await boot([{ ...NIGHTLY, expression: '* * * * *' }], { workers: [] });
    await clock.advance(2 * MINUTE);
    expect(declaring.occurrences).toEqual([]);
    const firing = await boot([], { workers: [], schedules: { withoutWorkers: true } });
    await clock.advance(2 * MINUTE);
    expect(firing.occurrences.length).toBeGreaterThanOrEqual(2);
  });

  it('with schedules switched off neither declares nor fires', async () => {
    const off = await boot([NIGHTLY], { schedules: { enabled: false } });
    expect(await off.schedules.list()).toEqual([]);
    await off.schedules.upsert({ ...NIGHTLY, expression: '* * * * *' });
    await clock.advance(5 * MINUTE);
    expect(off.occurrences).toEqual([]);
  });
});
