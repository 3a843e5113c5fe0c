import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';
import { type StoreFaults, withFaults } from './store-faults.js';

describe('while the store is away', () => {
  let engine: TestEngine;
  let faults: StoreFaults;

  const start = async (options: Omit<EngineOptions, 'clock' | 'ports'>): Promise<void> => {
    const clock = new VirtualClock();
    const wrapped = withFaults(createMemoryStore({ clock }));
    faults = wrapped.faults;
    engine = await startEngine({ clock, ports: wrapped.ports, ...options });
  };

  afterEach(async () => {
    faults.set('up');
    await engine.close();
  });

  it('no more jobs wait for it than may; those beyond are refused at once, and say so', async () => {
    await start({ settings: { submits: { patience: 20_000, maxWaiting: 3 } }, handlers: { any: () => 1 } });
    const away = jest.spyOn(engine.ports.connection, 'isAway', 'get').mockReturnValue(true);
    faults.set('hangs');
    const waiting = [1, 2, 3].map(() => engine.jobs.submit('any'));
    await expect(engine.jobs.submit('any')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'memory does not answer, and 3 jobs wait for it already (submits.maxWaiting: 3): submit again later',
    });
    await expect(engine.jobs.submitMany([{ type: 'any' }])).rejects.toMatchObject({ code: 'store-unavailable' });
    // One that is slow, and not away, may be asked for more.
    away.mockReturnValue(false);
    waiting.push(engine.jobs.submit('any'));
    const first = Promise.race(waiting).then(
      () => 'added',
      () => 'refused',
    );
    expect(await Promise.race([first, engine.clock.advance(1_000).then(() => 'waits')])).toBe('waits');
    away.mockRestore();
  });

  it('claims are tried at most about once a second, said once, and resumed soon after its return', async () => {
    await start({ handlers: { any: () => 1 } });
    const job = await engine.jobs.submit('any', {}, { delay: '5s' });
    faults.set('rejects');
    await engine.clock.advance(10_000);
    const before = faults.count('claim');
    await engine.clock.advance(60_000);
    const tries = faults.count('claim') - before;
    expect(tries).toBeGreaterThan(30);
    expect(tries).toBeLessThan(100);
    expect(engine.log.lines.filter(({ message }) => message.includes('cannot be claimed'))).toHaveLength(1);
    faults.set('up');
    await engine.until(async () => (await job.get())?.state === 'completed', 3_000);
    expect(engine.log.lines.filter(({ message }) => message.includes('answers again'))).toHaveLength(1);
  });

  it('an outcome is kept here and told once it is back', async () => {
    const gate = new Gate();
    await start({ handlers: { any: () => gate.opened.then(() => 'kept') } });
    const job = await engine.jobs.submit('any');
    await engine.until(async () => (await job.get())?.state === 'running');
    faults.set('rejects');
    gate.open();
    await engine.clock.advance(8_000);
    expect(engine.events.some(({ kind }) => kind === 'completed')).toBe(false);
    faults.set('up');
    await engine.until(async () => (await job.get())?.state === 'completed', 2_000);
    expect(await job.get()).toMatchObject({ result: 'kept', attempts: 1 });
    expect(engine.events.filter(({ kind }) => kind === 'completed')).toHaveLength(1);
  });

  it('progress and log lines are dropped with a warning; the job goes on', async () => {
    const gate = new Gate();
    await start({
      handlers: {
        talks: async (_: unknown, job: JobContext) => {
          job.log('unheard');
          await gate.opened;
          job.log('heard');
        },
      },
    });
    const job = await engine.jobs.submit('talks');
    await engine.until(() => engine.events.some(({ kind }) => kind === 'started'));
    faults.set('rejects');
    await engine.clock.advance(300);
    faults.set('up');
    gate.open();
    await engine.until(async () => (await job.get())?.state === 'completed');
    expect((await job.get())?.log.map(({ message }) => message)).toEqual(['heard']);
    expect(engine.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('Progress and log lines') }),
    );
  });

  it('a queue whose part of it is away does not keep another from being worked', async () => {
    await start({
      handlers: { a: [() => 1, { queue: 'a' }], b: [() => 2, { queue: 'b' }] },
    });
    faults.set('hangs', 'a');
    await engine.clock.advance(10_000);
    for (let round = 0; round < 3; round++) {
      const job = await engine.jobs.submit('b');
      await engine.until(async () => (await job.get())?.state === 'completed', 6_000);
    }
  });

  it('a handler that is registered meanwhile is said not to be published', async () => {
    await start({ handlers: { any: () => 1 } });
    faults.set('rejects');
    engine.jobs.register('late', () => 1, { queue: 'late' });
    await engine.clock.advance(100);
    expect(engine.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('could not be published') }),
    );
  });
});

describe('after the store was away for longer than a lease', () => {
  it('a process that comes back first leaves the jobs of the others alone, and still takes those of the dead', async () => {
    const clock = new VirtualClock();
    const ports = createMemoryStore({ clock });
    const [first, second, third] = [withFaults(ports), withFaults(ports), withFaults(ports)];
    const gate = new Gate();
    const begun: string[] = [];
    const start = (name: string, wrapped: ReturnType<typeof withFaults>): Promise<TestEngine> =>
      startEngine({
        clock,
        ports: wrapped.ports,
        workers: [{ size: 1, concurrency: 1 }],
        handlers: {
          long: async (_: unknown, job: JobContext) => {
            begun.push(`${name} ${job.id}`);
            await (name === 'dead' ? new Promise(() => undefined) : gate.opened);
          },
        },
      });
    const engines = [await start('live', first), await start('dead', second)] as const;
    const jobs = [await engines[0].jobs.submit('long'), await engines[0].jobs.submit('long')];
    await engines[0].until(() => begun.length === 2);
    const watcher = await start('first back', third);
    await clock.advance(6_000);

    for (const { faults } of [first, second, third]) {
      faults.set('rejects');
    }
    await clock.advance(60_000);
    third.faults.set('up');
    await clock.advance(3_000);
    first.faults.set('up');
    await clock.advance(6_000);
    expect(begun).toHaveLength(2);

    gate.open();
    await watcher.until(async () =>
      (await Promise.all(jobs.map((job) => job.get()))).every((job) => job?.state === 'completed'),
    );
    const runsOfTheJobOf = (name: string): number => {
      const id = begun.find((each) => each.startsWith(name))?.slice(name.length);
      return begun.filter((each) => each.endsWith(id ?? '?')).length;
    };
    expect({ live: runsOfTheJobOf('live'), dead: runsOfTheJobOf('dead') }).toEqual({ live: 1, dead: 2 });

    second.faults.set('up');
    await Promise.all([...engines, watcher].map((engine) => engine.close()));
  });
});
