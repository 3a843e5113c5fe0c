import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import type { JobRef } from '../../libs/jobs/src/application/submitting/job-ref.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate, passing } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';
import { withFaults } from './store-faults.js';

/** Another process that holds jobs and dies: its lease passes, and what it had begun comes back as suspect. */
async function dieHolding(engine: TestEngine, queue: string, limit: number): Promise<void> {
  await engine.ports.jobs.claim({ queue, holder: 'the dead', limit, lease: 1, suspects: false });
}

describe('the worker pool', () => {
  const clock = new VirtualClock();
  const started: TestEngine[] = [];
  const start = async (options: EngineOptions): Promise<TestEngine> => {
    const engine = await startEngine({ clock, ...options });
    started.push(engine);
    return engine;
  };
  const allOver = async (jobs: readonly JobRef[], state = 'completed'): Promise<boolean> => {
    const states = await Promise.all(jobs.map(async (job) => (await job.get())?.state));
    return states.every((each) => each === state);
  };

  afterEach(async () => {
    // The engines of one test share a store, whose notices end with the first that closes it.
    for (const engine of started.toReversed()) {
      await engine.close();
    }
    started.length = 0;
  });

  describe('order', () => {
    it('works higher priorities first, and first in first out within one', async () => {
      const order: string[] = [];
      const engine = await start({
        workers: [{ size: 1, concurrency: 1 }],
        handlers: { any: ({ name }: { name: string }) => passing(clock, 100).then(() => void order.push(name)) },
      });
      await engine.jobs.queue('default').pause();
      const jobs: JobRef[] = [];
      for (const [name, priority] of [
        ['normal 1', 'normal'],
        ['low 1', 'low'],
        ['critical', 'critical'],
        ['normal 2', 0],
        ['high', 100],
        ['low 2', -100],
        ['between', 50],
      ] as const) {
        jobs.push(await engine.jobs.submit('any', { name }, { priority }));
      }
      await engine.jobs.queue('default').resume();
      await engine.until(() => allOver(jobs));
      expect(order).toEqual(['critical', 'high', 'between', 'normal 1', 'normal 2', 'low 1', 'low 2']);
    });

    const started3 = async (
      queues: NonNullable<EngineOptions['workers']>[number]['queues'],
      milliseconds: number,
    ): Promise<{ engine: TestEngine; order: string[] }> => {
      const order: string[] = [];
      const handler = (queue: string) => [() => (order.push(queue), passing(clock, milliseconds)), { queue }] as never;
      const engine = await start({
        workers: [{ size: 2, concurrency: 2, ...(queues === undefined ? {} : { queues }) }],
        handlers: { o: handler('orders'), m: handler('mail'), r: handler('reports') },
      });
      for (const queue of ['reports', 'mail', 'orders']) {
        await engine.jobs.queue(queue).pause();
      }
      await engine.jobs.submitMany(['r', 'm', 'o'].flatMap((type) => Array.from({ length: 320 }, () => ({ type }))));
      for (const queue of ['reports', 'mail', 'orders']) {
        await engine.jobs.queue(queue).resume();
      }
      return { engine, order };
    };
    const count = (order: readonly string[], queue: string): number => order.filter((each) => each === queue).length;

    it.each([
      ['slow jobs, claimed one by one', 200],
      ['quick jobs, claimed ahead', 1],
    ])('spreads the starts over weighted queues 10:5:1 under load, with %s', async (_what, milliseconds) => {
      const weights = new Map([
        ['orders', 100],
        ['mail', 50],
        ['reports', 10],
      ]);
      const { engine, order } = await started3({ order: 'weighted', weights }, milliseconds);
      await engine.until(() => order.length >= 320);
      const first = order.slice(0, 320);
      const counts = ['orders', 'mail', 'reports'].map((queue) => count(first, queue));
      // 200:100:20 but for the turns that were under way at both ends.
      expect(Math.abs((counts[0] ?? 0) - 200)).toBeLessThanOrEqual(20);
      expect(Math.abs((counts[1] ?? 0) - 100)).toBeLessThanOrEqual(20);
      expect(Math.abs((counts[2] ?? 0) - 20)).toBeLessThanOrEqual(6);
      await engine.until(() => order.length === 960, 600_000);
    });

    it('works queues in strict order, the lower ones when those above are empty', async () => {
      const { engine, order } = await started3({ order: 'strict', queues: ['orders', 'mail', 'reports'] }, 200);
      await engine.until(() => order.length === 960, 600_000);
      expect(order.slice(0, 320).every((queue) => queue === 'orders')).toBe(true);
      expect(order.slice(320, 640).every((queue) => queue === 'mail')).toBe(true);
    });

    it('lets a higher queue in at once when a lower one keeps all slots busy', async () => {
      const order: string[] = [];
      const engine = await start({
        workers: [{ size: 1, concurrency: 2, queues: { order: 'strict', queues: ['high', 'low'] } }],
        handlers: {
          h: [() => void order.push('high'), { queue: 'high' }],
          l: [() => passing(clock, 5).then(() => void order.push('low')), { queue: 'low' }],
        },
      });
      await engine.jobs.submitMany(Array.from({ length: 500 }, () => ({ type: 'l' })));
      await clock.advance(300);
      await engine.jobs.submit('h');
      await engine.until(() => order.includes('high'), 200);
      expect((await engine.jobs.queue('low').counts()).byState.pending).toBeGreaterThan(0);
    });

    it('claims nothing ahead of a lower queue while a higher one has jobs', async () => {
      const engine = await start({
        workers: [{ size: 1, concurrency: 2, queues: { order: 'strict', queues: ['high', 'low'] } }],
        handlers: {
          h: [() => passing(clock, 2_000), { queue: 'high' }],
          l: [() => undefined, { queue: 'low' }],
        },
      });
      const quick = await engine.jobs.submit('l');
      await engine.until(() => allOver([quick]));
      await engine.jobs.submitMany(Array.from({ length: 10 }, () => ({ type: 'h' })));
      await clock.advance(100);
      const low = await engine.jobs.submitMany(Array.from({ length: 20 }, () => ({ type: 'l' })));
      await clock.advance(1_500);
      expect((await engine.jobs.queue('low').counts()).byState).toMatchObject({ pending: 20, running: 0 });
      await engine.until(() => allOver(low.map((receipt) => (receipt as { job: JobRef }).job)));
    });

    it('works all queues in turn unless told', async () => {
      const { engine, order } = await started3(undefined, 200);
      await engine.until(() => order.length >= 300);
      for (const queue of ['orders', 'mail', 'reports']) {
        expect(Math.abs(count(order.slice(0, 300), queue) - 100)).toBeLessThanOrEqual(4);
      }
    });
  });

  it('never claims from a queue without a handler here, and says that it leaves it alone', async () => {
    const store = withFaults(createMemoryStore({ clock }));
    const engine = await start({
      ports: store.ports,
      workers: [{ queues: { order: 'strict', queues: ['theirs', 'mine'] } }],
      handlers: { mine: [() => 1, { queue: 'mine' }] },
    });
    const theirs = await engine.jobs.submit('other', {}, { queue: 'theirs' });
    const mine = await engine.jobs.submit('mine');
    await engine.until(() => allOver([mine]));
    await clock.advance(30_000);
    expect(await theirs.get()).toMatchObject({ state: 'pending', attempts: 0 });
    expect(engine.events.filter(({ kind }) => kind === 'released')).toEqual([]);
    expect(engine.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('theirs') }),
    );
    // A handler that comes later opens the queue.
    engine.jobs.register('other', () => 2, { queue: 'theirs' });
    await engine.until(() => allOver([theirs]));
  });

  it('gives teams their own queues, and a wake-up reaches one while another is busy', async () => {
    const engine = await start({
      workers: [
        { name: 'busy', size: 1, concurrency: 2, queues: { order: 'strict', queues: ['a'] } },
        { name: 'idle', size: 1, concurrency: 1, queues: { order: 'strict', queues: ['b'] } },
      ],
      handlers: {
        a: [() => passing(clock, 30), { queue: 'a' }],
        b: [(_: unknown, job: JobContext) => job.worker, { queue: 'b' }],
      },
    });
    await engine.jobs.submitMany(Array.from({ length: 400 }, () => ({ type: 'a' })));
    await clock.advance(1_000);
    for (let round = 0; round < 5; round++) {
      const job = await engine.jobs.submit('b');
      await engine.until(() => allOver([job]), 200);
      const idle = engine.pool.workers().find(({ group }) => group === 'idle');
      expect((await job.get())?.result).toBe(idle?.id);
    }
    expect((await engine.jobs.queue('a').counts()).byState.pending).toBeGreaterThan(0);
  });

  it('hears a wake-up for one queue of a team whose other queue keeps it busy', async () => {
    const engine = await start({
      workers: [{ size: 1, concurrency: 4 }],
      handlers: { a: [() => passing(clock, 20), { queue: 'a' }], b: [() => 1, { queue: 'b' }] },
    });
    await engine.jobs.submitMany(Array.from({ length: 400 }, () => ({ type: 'a' })));
    await clock.advance(500);
    const job = await engine.jobs.submit('b');
    await engine.until(() => allOver([job]), 500);
    expect((await engine.jobs.queue('a').counts()).byState.pending).toBeGreaterThan(0);
  });

  it('sleeps while there is nothing: no more claims than its longest sleep asks for', async () => {
    const { ports, faults } = withFaults(createMemoryStore({ clock }));
    const engine = await start({ ports, handlers: { any: () => 1 } });
    await clock.advance(1_000);
    const [claims, ticks] = [faults.count('claim'), faults.count('tick')];
    await clock.advance(60_000);
    // One claim and one tick each five seconds, and one claim where a tick's end and a sleep's meet.
    expect(faults.count('claim') - claims).toBeLessThanOrEqual(30);
    expect(faults.count('tick') - ticks).toBeLessThanOrEqual(14);
    const job = await engine.jobs.submit('any');
    await engine.until(() => allOver([job]), 100);
  });

  describe('a limit on a type in this process', () => {
    it('is kept, lets other types pass, and loses none of those it puts off', async () => {
      let running = 0;
      let most = 0;
      const engine = await start({
        workers: [{ size: 2, concurrency: 3 }],
        handlers: {
          narrow: [
            async () => {
              most = Math.max(most, ++running);
              await passing(clock, 40);
              running--;
            },
            { concurrency: 2 },
          ],
          wide: () => passing(clock, 10),
        },
      });
      const narrow = await engine.jobs.submitMany(Array.from({ length: 60 }, () => ({ type: 'narrow' })));
      const wide = await engine.jobs.submitMany(Array.from({ length: 30 }, () => ({ type: 'wide' })));
      const jobs = [...narrow, ...wide].map((receipt) => ('job' in receipt ? receipt.job : undefined) as JobRef);
      await engine.until(() => allOver(jobs.slice(60)), 5_000);
      await engine.until(() => allOver(jobs));
      expect(most).toBe(2);
      for (const job of jobs) {
        expect(await job.get()).toMatchObject({ attempts: 1, history: [] });
      }
    });

    it('lets another type of the same queue pass a long line of slow ones soon', async () => {
      const gate = new Gate();
      const engine = await start({
        workers: [{ size: 1, concurrency: 10 }],
        handlers: { narrow: [() => gate.opened, { concurrency: 1 }], wide: () => 1 },
      });
      await engine.jobs.submitMany(Array.from({ length: 500 }, () => ({ type: 'narrow' })));
      const job = await engine.jobs.submit('wide');
      await engine.until(() => allOver([job]), 3_000);
      gate.open();
    });

    it('does not claim a long line over and over', async () => {
      const { ports, faults } = withFaults(createMemoryStore({ clock }));
      const gate = new Gate();
      const engine = await start({
        ports,
        workers: [{ size: 1, concurrency: 10 }],
        handlers: { narrow: [() => gate.opened, { concurrency: 1 }] },
      });
      await engine.jobs.submitMany(Array.from({ length: 2_000 }, () => ({ type: 'narrow' })));
      await clock.advance(5_000);
      const deferred = (): number => engine.events.filter(({ kind }) => kind === 'released').length;
      const [claims, before] = [faults.count('claim'), deferred()];
      await clock.advance(60_000);
      // Each of the line comes by about once a minute, not twice a second.
      expect(deferred() - before).toBeLessThan(6_000);
      expect(faults.count('claim') - claims).toBeLessThan(6_000);
      gate.open();
    });
  });

  describe('two processes on one store', () => {
    it('share slow jobs: the one that is busy keeps none from the one that is idle', async () => {
      const ports = createMemoryStore({ clock });
      const slow = { slow: () => passing(clock, 60_000) };
      const first = await start({ ports, workers: [{ size: 1, concurrency: 3 }], handlers: slow });
      const jobs: JobRef[] = [];
      for (let index = 0; index < 6; index++) {
        jobs.push(await first.jobs.submit('slow'));
      }
      await clock.advance(1_000);
      const second = await start({ ports, workers: [{ size: 1, concurrency: 3 }], handlers: slow });
      await clock.advance(8_000);
      const running = (engine: TestEngine): number =>
        engine.pool.workers().flatMap(({ currentJobs }) => currentJobs).length;
      expect([running(first), running(second)]).toEqual([3, 3]);
      await second.until(() => allOver(jobs));
    });

    it('share what was claimed ahead when jobs turn out to be slow after all', async () => {
      const ports = createMemoryStore({ clock });
      let slow = false;
      const handlers = { fickle: () => (slow ? passing(clock, 60_000) : undefined) };
      const first = await start({ ports, workers: [{ size: 1, concurrency: 2 }], handlers });
      const quick = await first.jobs.submitMany(Array.from({ length: 50 }, () => ({ type: 'fickle' })));
      await first.until(() => allOver(quick.map((receipt) => (receipt as { job: JobRef }).job)));
      slow = true;
      const receipts = await first.jobs.submitMany(Array.from({ length: 4 }, () => ({ type: 'fickle' })));
      const jobs = receipts.map((receipt) => (receipt as { job: JobRef }).job);
      await clock.advance(500);
      // No-ops have taught the first to claim far ahead.
      expect((await ports.inspector.counts('default')).byState).toMatchObject({ running: 4 });
      const second = await start({ ports, workers: [{ size: 1, concurrency: 2 }], handlers });
      await clock.advance(8_000);
      const running = (engine: TestEngine): number =>
        engine.pool.workers().flatMap(({ currentJobs }) => currentJobs).length;
      expect([running(first), running(second)]).toEqual([2, 2]);
      for (const job of jobs) {
        expect(await job.get()).toMatchObject({ state: 'running', attempts: 0, crashes: 0 });
      }
    });

    it('give back what was claimed ahead when the workers are paused', async () => {
      const ports = createMemoryStore({ clock });
      const gates = [new Gate(), new Gate()];
      let begun = 0;
      const engine = await start({
        ports,
        workers: [{ size: 1, concurrency: 1 }],
        handlers: { quick: () => undefined, gated: () => gates[begun++]?.opened },
      });
      const [quick] = [await engine.jobs.submit('quick')];
      await engine.until(() => allOver([quick]));
      const jobs = [await engine.jobs.submit('gated'), await engine.jobs.submit('gated')];
      await clock.advance(500);
      engine.pool.worker('team1-1')?.pause();
      gates[0]?.open();
      await clock.advance(2_000);
      expect(await allOver(jobs.slice(0, 1))).toBe(true);
      expect((await jobs[1]?.get())?.state).toBe('pending');
      engine.pool.worker('team1-1')?.resume();
      gates[1]?.open();
      await engine.until(() => allOver(jobs));
    });
  });

  describe('workers', () => {
    it('have ids, names, states, counts and rates', async () => {
      const engine = await start({
        workers: [{ name: 'mailers', size: 2, concurrency: 1 }],
        handlers: {
          good: () => 1,
          bad: [
            () => {
              throw new Error('no');
            },
            { retry: { attempts: 1 } },
          ],
          off: (_: unknown, job: JobContext) => job.snooze('1d'),
          slow: () => passing(clock, 5_000),
        },
      });
      for (const type of ['good', 'good', 'good', 'bad', 'off']) {
        await engine.jobs.submit(type);
      }
      await engine.until(async () => (await engine.jobs.stats()).processed.completed === 3);
      await clock.advance(100);
      const workers = engine.pool.workers();
      expect(workers.map(({ name, group, state, concurrency }) => [name, group, state, concurrency])).toEqual([
        ['mailers-1', 'mailers', 'running', 1],
        ['mailers-2', 'mailers', 'running', 1],
      ]);
      expect(new Set(workers.map(({ id }) => id)).size).toBe(2);
      const sum = (field: 'processed' | 'succeeded' | 'failed'): number =>
        workers.reduce((total, worker) => total + worker[field], 0);
      expect([sum('processed'), sum('succeeded'), sum('failed')]).toEqual([4, 3, 1]);
      for (const { processed, succeeded, successRate, failureRate, lastHeartbeat } of workers) {
        expect(successRate).toBe(processed === 0 ? 1 : succeeded / processed);
        expect(successRate + failureRate).toBe(1);
        expect(clock.now() - (lastHeartbeat ?? 0)).toBeLessThan(6_000);
      }
      const slow = await engine.jobs.submit('slow');
      await clock.advance(100);
      expect(engine.pool.workers().flatMap(({ currentJobs }) => currentJobs)).toEqual([
        { queue: 'default', id: slow.id, type: 'slow', attempt: 1 },
      ]);
      await engine.until(() => allOver([slow]));
    });

    it('are paused, resumed and stopped', async () => {
      const gate = new Gate();
      const engine = await start({
        workers: [{ size: 2, concurrency: 1 }],
        handlers: { slow: () => gate.opened, quick: () => 1 },
      });
      const [one, two] = engine.pool.all();
      one?.pause();
      two?.pause();
      const waiting = await engine.jobs.submit('slow');
      await clock.advance(10_000);
      expect((await waiting.get())?.state).toBe('pending');
      one?.resume();
      await engine.until(() => allOver([waiting], 'running'));
      one?.stop();
      expect(one?.state).toBe('stopping');
      const next = await engine.jobs.submit('quick');
      await clock.advance(10_000);
      expect((await next.get())?.state).toBe('pending');
      gate.open();
      await engine.until(() => one?.state === 'stopped');
      expect(await allOver([waiting])).toBe(true);
      one?.resume();
      one?.pause();
      one?.start();
      expect(one?.state).toBe('stopped');
      two?.resume();
      await engine.until(() => allOver([next]));
      expect(engine.pool.worker('nobody')).toBeUndefined();
      expect(engine.pool.worker(one?.id ?? '')).toBe(one);
    });

    it('keep the slot of a handler that never settles, and only that', async () => {
      const engine = await start({
        workers: [{ size: 1, concurrency: 2 }],
        handlers: {
          never: [() => new Promise(() => undefined), { timeout: '1s', retry: { attempts: 1 } }],
          quick: () => 1,
        },
      });
      const never = await engine.jobs.submit('never');
      await engine.until(() => allOver([never], 'failed'));
      expect(engine.pool.workers()[0]).toMatchObject({ overdue: 1, failed: 1 });
      const quick = await engine.jobs.submit('quick');
      await engine.until(() => allOver([quick]));
    });
  });

  describe('leases', () => {
    it('that are lost abort the attempt, whose outcome counts for nothing', async () => {
      const reasons: unknown[] = [];
      const { ports, faults } = withFaults(createMemoryStore({ clock }));
      let runs = 0;
      const engine = await start({
        ports,
        handlers: {
          long: async (_: unknown, job: JobContext) => {
            if (++runs > 1) {
              return 'second';
            }
            job.signal.addEventListener('abort', () => reasons.push(job.signal.reason));
            await passing(clock, 60_000);
            return 'first';
          },
        },
      });
      const job = await engine.jobs.submit('long');
      await engine.until(() => runs === 1);
      // The process is cut off for longer than its lease, and another's upkeep takes the job back.
      faults.set('rejects');
      await clock.advance(20_000);
      faults.set('up');
      await ports.jobs.tick({ queue: 'default', holder: 'another', lease: 15_000, held: [] });
      await engine.until(() => reasons.length === 1, 15_000);
      expect(reasons).toMatchObject([{ code: 'lost-lease' }]);
      await engine.until(() => allOver([job]));
      expect(await job.result()).toBe('second');
      await clock.advance(60_000);
      expect(await job.get()).toMatchObject({ result: 'second', attempts: 1 });
      expect(engine.events.filter(({ kind }) => kind === 'lost-lease')).toHaveLength(1);
      expect(engine.events.filter(({ kind }) => kind === 'completed')).toHaveLength(1);
    });

    it('are kept through a long attempt', async () => {
      const engine = await start({ handlers: { long: () => passing(clock, 120_000).then(() => 'kept') } });
      const job = await engine.jobs.submit('long');
      await engine.until(() => allOver([job]), 200_000);
      expect(await job.get()).toMatchObject({ result: 'kept', attempts: 1 });
    });
  });

  describe('suspects', () => {
    it('run one young one at a time beside normal jobs, and the next follows at once', async () => {
      let running = 0;
      let most = 0;
      let normal = 0;
      const engine = await start({
        workers: [{ size: 1, concurrency: 10 }],
        handlers: {
          risky: async () => {
            most = Math.max(most, ++running);
            await passing(clock, 1_000);
            running--;
          },
          normal: () => void normal++,
        },
      });
      await engine.jobs.queue('default').pause();
      const jobs: JobRef[] = [];
      for (let index = 0; index < 8; index++) {
        jobs.push(await engine.jobs.submit('risky'));
      }
      await engine.ports.queues.resume('default');
      engine.pool.all().forEach((worker) => worker.pause());
      await dieHolding(engine, 'default', 8);
      await clock.advance(7_000);
      engine.pool.all().forEach((worker) => worker.resume());
      await engine.jobs.submit('normal');
      const begun = clock.now();
      await engine.until(() => allOver(jobs), 60_000);
      expect(most).toBe(1);
      expect(normal).toBe(1);
      // Eight seconds of work, and no heartbeat's wait between one and the next.
      expect(clock.now() - begun).toBeLessThan(12_000);
    });

    it.each(['first', 'second', 'third'])(
      'follow each other at once in a process of several queues: those of the %s',
      async (queue) => {
        const handlers = Object.fromEntries(
          ['first', 'second', 'third'].map((name) => [name, [() => passing(clock, 10), { queue: name }] as const]),
        );
        const engine = await start({ workers: [{ size: 1, concurrency: 10 }], handlers });
        engine.pool.all().forEach((worker) => worker.pause());
        const jobs: JobRef[] = [];
        for (let index = 0; index < 50; index++) {
          jobs.push(await engine.jobs.submit(queue));
        }
        await dieHolding(engine, queue, 50);
        await clock.advance(7_000);
        const begun = clock.now();
        engine.pool.all().forEach((worker) => worker.resume());
        await engine.until(() => allOver(jobs), 600_000);
        // Half a second of work; with a heartbeat between one and the next it would be four minutes.
        expect(clock.now() - begun).toBeLessThan(2_000);
      },
    );

    it('are that no more once they outlive a heartbeat', async () => {
      let running = 0;
      const engine = await start({
        workers: [{ size: 1, concurrency: 10 }],
        handlers: { long: () => (running++, passing(clock, 200_000)) },
      });
      engine.pool.all().forEach((worker) => worker.pause());
      const jobs = [await engine.jobs.submit('long'), await engine.jobs.submit('long')];
      await dieHolding(engine, 'default', 2);
      await clock.advance(7_000);
      engine.pool.all().forEach((worker) => worker.resume());
      await engine.until(() => running === 1);
      await engine.until(() => running === 2, 15_000);
      await engine.until(() => allOver(jobs), 400_000);
    });
  });
});
