import type { StoreConnection } from '../../libs/jobs/src/application/ports/store-connection.js';
import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import type { JobRef } from '../../libs/jobs/src/application/submitting/job-ref.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate, passing } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';
import { type StoreFaults, withFaults } from './store-faults.js';

describe('a shutdown', () => {
  const clock = new VirtualClock();

  const start = async (options: EngineOptions): Promise<TestEngine & { readonly faults: StoreFaults }> => {
    const { ports, faults } = withFaults(createMemoryStore({ clock }));
    return { ...(await startEngine({ clock, ports, ...options })), faults };
  };
  const state = async (job: JobRef | undefined): Promise<string | undefined> => (await job?.get())?.state;
  /** Drains, and answers how long it took in virtual time. */
  const drain = async (engine: TestEngine): Promise<number> => {
    const begun = clock.now();
    const end = { reached: false };
    void engine.engine.drain().then(() => (end.reached = true));
    while (!end.reached) {
      await clock.advance(100);
    }
    return clock.now() - begun;
  };

  it.each([
    ['with workers', [{}]],
    ['without workers', []],
  ])('lets a submit that was made just before it arrive before the connection closes, %s', async (_, workers) => {
    const { ports, faults } = withFaults(createMemoryStore({ clock }));
    let submittedAtClose: number | undefined;
    const { connection } = ports;
    const watched: StoreConnection = {
      description: connection.description,
      isAway: false,
      open: () => connection.open(),
      ping: () => connection.ping(),
      close: () => {
        submittedAtClose = faults.count('submit');
        return connection.close();
      },
    };
    const engine = await startEngine({
      clock,
      ports: { ...ports, connection: watched },
      workers,
      handlers: { any: () => 1 },
    });
    const submitted = engine.jobs.submit('any');
    await engine.close();
    expect(submittedAtClose).toBe(1);
    expect((await submitted).receipt).toBe('added');
  });

  it('ends at once when nothing runs, and twice is once', async () => {
    const engine = await start({ handlers: { any: () => 1 } });
    expect(await drain(engine)).toBeLessThanOrEqual(200);
    expect(engine.engine.drain()).toBe(engine.engine.drain());
    expect(engine.pool.workers().map((worker) => worker.state)).toEqual(['stopped', 'stopped']);
    const job = await engine.jobs.submit('any');
    await clock.advance(20_000);
    expect(await state(job)).toBe('pending');
    await engine.close();
  });

  it('that comes while the engine starts leaves no worker running', async () => {
    const ports = createMemoryStore({ clock });
    const onCancel = ports.notifier.onCancel.bind(ports.notifier);
    Object.assign(ports.notifier, {
      onCancel: async (...args: Parameters<typeof onCancel>) => {
        await new Promise(setImmediate);
        return onCancel(...args);
      },
    });
    const engine = await startEngine({
      clock,
      ports,
      handlers: { any: () => 1 },
      betweenOpenAndStart: (_jobs, starting) => void setImmediate(() => void starting.drain()),
    });
    await engine.engine.drain();
    const job = await engine.jobs.submit('any');
    await clock.advance(20_000);
    expect(await state(job)).toBe('pending');
    await engine.close();
  });

  it('that comes before the engine starts keeps it from starting', async () => {
    const engine = await start({
      handlers: { any: () => 1 },
      betweenOpenAndStart: (_jobs, starting) => void starting.drain(),
    });
    await engine.engine.drain();
    const job = await engine.jobs.submit('any');
    await clock.advance(20_000);
    expect(await state(job)).toBe('pending');
    await engine.close();
  });

  it('waits for what runs, and begins nothing more', async () => {
    const engine = await start({
      workers: [{ size: 1, concurrency: 1 }],
      handlers: { slow: () => passing(clock, 8_000).then(() => 'finished') },
    });
    const [first, second] = [await engine.jobs.submit('slow'), await engine.jobs.submit('slow')];
    await engine.until(async () => (await state(first)) === 'running');
    const took = await drain(engine);
    expect(took).toBeGreaterThanOrEqual(7_900);
    expect(took).toBeLessThan(9_000);
    expect([await state(first), await state(second)]).toEqual(['completed', 'pending']);
    expect(await first.result()).toBe('finished');
    await engine.close();
  });

  it('keeps the heartbeat going while it waits', async () => {
    const engine = await start({ handlers: { slow: () => passing(clock, 25_000).then(() => 'kept') } });
    const job = await engine.jobs.submit('slow');
    await engine.until(async () => (await state(job)) === 'running');
    const ending = drain(engine);
    await engine.ports.jobs.tick({ queue: 'default', holder: 'another', lease: 15_000, held: [] });
    await ending;
    expect(await job.get()).toMatchObject({ state: 'completed', result: 'kept', attempts: 1 });
    await engine.close();
  });

  it('aborts what takes too long, and releases it without using an attempt', async () => {
    const reasons: unknown[] = [];
    const engine = await start({
      settings: { shutdownDeadline: 10_000 },
      handlers: {
        obedient: (_: unknown, job: JobContext) =>
          new Promise((_resolve, reject) =>
            job.signal.addEventListener('abort', () => {
              reasons.push(job.signal.reason);
              reject(job.signal.reason as Error);
            }),
          ),
        saves: (_: unknown, job: JobContext) =>
          new Promise((resolve) => job.signal.addEventListener('abort', () => resolve('in time'))),
      },
    });
    const [obedient, saves] = [await engine.jobs.submit('obedient'), await engine.jobs.submit('saves')];
    await engine.until(async () => (await state(saves)) === 'running');
    const took = await drain(engine);
    expect(took).toBeGreaterThanOrEqual(6_000);
    expect(took).toBeLessThanOrEqual(10_100);
    expect(reasons).toMatchObject([{ code: 'shutdown' }]);
    expect(await obedient.get()).toMatchObject({ state: 'pending', attempts: 0, crashes: 0, history: [] });
    expect(await saves.get()).toMatchObject({ state: 'completed', result: 'in time' });
    await engine.close();
    expect(clock.nextTimerIn).toBeUndefined();
  });

  it('gives back unharmed what was claimed ahead', async () => {
    const gate = new Gate();
    const engine = await start({
      workers: [{ size: 1, concurrency: 2 }],
      handlers: { quick: () => undefined, gated: () => gate.opened },
    });
    const quick = await engine.jobs.submit('quick');
    await engine.until(async () => (await state(quick)) === 'completed');
    const receipts = await engine.jobs.submitMany(Array.from({ length: 50 }, () => ({ type: 'gated' })));
    const jobs = receipts.map((receipt) => (receipt as { job: JobRef }).job);
    await clock.advance(200);
    expect((await engine.ports.inspector.counts('default')).byState.running).toBe(50);
    const ending = drain(engine);
    gate.open();
    await ending;
    const records = await Promise.all(jobs.map((job) => job.get()));
    const pending = records.filter((record) => record?.state === 'pending');
    expect(records.filter((record) => record?.state === 'completed')).toHaveLength(2);
    expect(pending).toHaveLength(48);
    expect(pending.every((record) => record?.attempts === 0 && record.crashes === 0)).toBe(true);
    await engine.close();
  });

  it('takes the outcome of a handler that has just logged to the store before it leaves', async () => {
    const gate = new Gate();
    const store = createMemoryStore({ clock });
    const { report } = store.jobs;
    // Reports take long to arrive, as they may when the store is far.
    store.jobs.report = async (request) => {
      await passing(clock, 1_000);
      return report.call(store.jobs, request);
    };
    const engine = await start({
      ports: store,
      handlers: {
        talks: async (_: unknown, job: JobContext) => {
          await gate.opened;
          job.log('the last line');
          return 'told';
        },
      },
    });
    const job = await engine.jobs.submit('talks');
    await engine.until(async () => (await state(job)) === 'running');
    const ending = drain(engine);
    gate.open();
    await ending;
    expect(await job.get()).toMatchObject({
      state: 'completed',
      result: 'told',
      log: [{ message: 'the last line' }],
    });
    await engine.close();
  });

  it.each(['rejects', 'hangs'] as const)(
    'returns within its deadline with a store whose every call %s',
    async (health) => {
      const gate = new Gate();
      const engine = await start({
        settings: { shutdownDeadline: 10_000 },
        handlers: {
          finishes: () => gate.opened.then(() => 'lost words'),
          deaf: () => new Promise(() => undefined),
          talks: (_: unknown, job: JobContext) => {
            job.log('something');
            return gate.opened;
          },
        },
      });
      for (const type of ['finishes', 'deaf', 'talks']) {
        const job = await engine.jobs.submit(type);
        await engine.until(async () => (await state(job)) === 'running');
      }
      engine.faults.set(health);
      gate.open();
      await clock.advance(1_000);
      const begun = clock.now();
      await engine.close();
      // The deadline, and two seconds for a connection that does not close; time moves in steps of half a second here.
      expect(clock.now() - begun).toBeLessThanOrEqual(12_500);
      expect(engine.log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', message: expect.stringContaining('shutdown deadline') }),
      );
      // Nothing goes on afterwards: no timer sets another.
      await clock.advance(60_000);
      expect(clock.nextTimerIn).toBeUndefined();
    },
  );

  it('gives back the jobs of a queue whose part of the store answers, though another part hangs', async () => {
    const gate = new Gate();
    const engine = await start({
      settings: { shutdownDeadline: 8_000 },
      workers: [{ size: 1, concurrency: 4 }],
      handlers: {
        a: [() => gate.opened, { queue: 'a' }],
        b: [(_: unknown, job: JobContext) => (job.log('x'), gate.opened.then(() => 'done')), { queue: 'b' }],
      },
    });
    const [a, b] = [await engine.jobs.submit('a'), await engine.jobs.submit('b')];
    await engine.until(async () => (await state(b)) === 'running');
    engine.faults.set('hangs', 'a');
    gate.open();
    await drain(engine);
    engine.faults.set('up');
    expect(await state(b)).toBe('completed');
    expect(await state(a)).toBe('running');
    const { holders } = await engine.ports.inspector.counts('b');
    expect(holders).toBe(0);
    await engine.close();
  });

  it('leaves no timer, no sleeper and no listener behind', async () => {
    const engine = await start({
      handlers: {
        any: [(_: unknown, job: JobContext) => (job.progress(1), job.signal.aborted), { timeout: '10s' }],
      },
    });
    const job = await engine.jobs.submit('any');
    const never = await engine.jobs.submit('any', {}, { delay: '1d' });
    const waiting = never.result().catch((error: unknown) => error);
    expect(await job.result()).toBe(false);
    await engine.close();
    // Whoever waited for a result hears that it will not come here.
    expect(await waiting).toMatchObject({ code: 'usage' });
    expect(clock.nextTimerIn).toBeUndefined();
  });

  it('works in a process that only submits, and in one that was never started', async () => {
    const engine = await start({ workers: [], handlers: { any: () => 1 } });
    await engine.jobs.submit('any');
    expect(await drain(engine)).toBeLessThanOrEqual(200);
    await engine.close();
    expect(clock.nextTimerIn).toBeUndefined();
  });
});
