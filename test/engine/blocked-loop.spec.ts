import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import type { JobRef } from '../../libs/jobs/src/application/submitting/job-ref.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate, passing } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';

const LEASE = 15_000;

/** Time passes in which the whole process is stopped: it waits for nothing but to be let go on. */
class StoppingClock extends VirtualClock {
  override idle(): number {
    return this.monotonic();
  }
}

describe('a blocked event loop', () => {
  let clock: VirtualClock;
  let engine: TestEngine;

  const start = async (options: EngineOptions): Promise<void> => {
    engine = await startEngine({ clock, workers: [{ size: 2, concurrency: 10 }], ...options });
  };
  const warnings = (): TestEngine['log']['lines'] =>
    engine.log.lines.filter(({ fields }) => fields?.['event'] === 'loop.blocked');
  const told = (): readonly object[] => engine.events.filter(({ kind }) => kind === 'loop-blocked');
  const linesOf = async (job: JobRef): Promise<readonly string[]> =>
    ((await job.get())?.log ?? []).map(({ message }) => message);
  const completed = (...jobs: readonly JobRef[]): Promise<void> =>
    engine.until(async () =>
      (await Promise.all(jobs.map((job) => job.get()))).every((job) => job?.state === 'completed'),
    );

  beforeEach(() => {
    clock = new VirtualClock();
  });

  afterEach(async () => {
    await engine.close();
  });

  it('is reported with the job that computed, in the log, as an event and in the log of the job', async () => {
    await start({
      handlers: {
        compute: () => clock.block(20_000),
        wait: () => passing(clock, 60_000),
        note: () => undefined,
      },
    });
    const neighbours = [await engine.jobs.submit('note'), await engine.jobs.submit('wait')];
    const compute = await engine.jobs.submit('compute');
    neighbours.push(await engine.jobs.submit('note'), await engine.jobs.submit('wait'));
    await completed(compute, ...neighbours);

    expect(warnings()).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(
          `^The event loop was blocked for 20s, of a lease of 15s, by job ${compute.id} of type 'compute'$`,
        ) as string,
        fields: {
          event: 'loop.blocked',
          duration: 20_000,
          candidates: 1,
          job: compute.id,
          type: 'compute',
          queue: 'default',
          attempt: 1,
          worker: expect.any(String) as string,
        },
      },
    ]);
    expect(told()).toMatchObject([{ id: compute.id, type: 'compute', attempt: 1, duration: 20_000, candidates: 1 }]);
    expect(await linesOf(compute)).toEqual([
      expect.stringMatching(/^The event loop of \S+ was blocked for 20s, of a lease of 15s, by this job$/),
    ]);
    for (const neighbour of neighbours) {
      expect(await linesOf(neighbour)).toEqual([]);
    }
  });

  it('is traced to a handler that computes after it has waited', async () => {
    const gate = new Gate();
    await start({
      handlers: {
        compute: async () => {
          await passing(clock, 4_000);
          clock.block(7_000);
        },
        wait: () => gate.opened,
      },
    });
    const wait = await engine.jobs.submit('wait');
    const compute = await engine.jobs.submit('compute');
    await completed(compute);
    await engine.until(() => warnings().length > 0);
    gate.open();
    await completed(wait);
    expect(warnings()).toMatchObject([{ fields: { job: compute.id, candidates: 1 } }]);
  });

  it('is traced to the handler among several that begin together behind middleware', async () => {
    const slow = async (_job: JobContext, next: () => Promise<unknown>): Promise<unknown> => {
      await Promise.resolve();
      return next();
    };
    await start({
      settings: { middleware: [slow] },
      handlers: { note: () => undefined, compute: () => clock.block(7_000) },
    });
    const receipts = await engine.jobs.submitMany(
      ['note', 'note', 'compute', 'note'].map((type) => ({ type, payload: {} })),
    );
    await completed(...receipts.flatMap((receipt) => ('job' in receipt ? [receipt.job] : [])));
    await engine.until(() => warnings().length > 0);
    expect(warnings()).toMatchObject([{ fields: { type: 'compute', candidates: 1 } }]);
  });

  it('is told of all that ran where the one that did it is not heard of', async () => {
    const gate = new Gate();
    await start({
      handlers: {
        compute: async () => {
          await passing(clock, 100);
          clock.block(7_000);
          await gate.opened;
        },
        wait: () => gate.opened,
        note: () => undefined,
      },
    });
    const jobs = [await engine.jobs.submit('wait'), await engine.jobs.submit('compute')];
    await engine.until(() => warnings().length > 0);
    const later = await engine.jobs.submit('note');
    gate.open();
    await completed(...jobs, later);

    expect(warnings()).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining(`while 2 jobs ran: ${jobs[0]?.id} (wait), ${jobs[1]?.id} (compute)`) as string,
        fields: { event: 'loop.blocked', duration: expect.any(Number) as number, candidates: 2 },
      },
    ]);
    expect(told()).toMatchObject(jobs.map(({ id }) => ({ id, candidates: 2 })));
    for (const job of jobs) {
      expect(await linesOf(job)).toEqual([expect.stringMatching(/, while 2 jobs ran, this one among them$/)]);
    }
    expect(await linesOf(later)).toEqual([]);
  });

  it('is told of all that computed in turn', async () => {
    await start({ handlers: { compute: () => clock.block(2_000) } });
    const submissions = Array.from({ length: 5 }, () => ({ type: 'compute', payload: {} }));
    await engine.jobs.submitMany(submissions);
    await engine.until(() => warnings().length > 0);
    expect(warnings()).toMatchObject([{ fields: { candidates: 5 } }]);
    expect(new Set(told().map((event) => (event as { id: string }).id)).size).toBe(5);
  });

  it('is told of the only job that ran as no more than that', async () => {
    const gate = new Gate();
    await start({ handlers: { wait: () => gate.opened } });
    const job = await engine.jobs.submit('wait');
    await engine.until(async () => (await job.get())?.state === 'running');
    clock.block(7_000);
    await engine.until(() => warnings().length > 0);
    gate.open();
    await completed(job);
    expect(warnings()).toMatchObject([
      { message: expect.stringMatching(`, while job ${job.id} of type 'wait' ran, and no other$`) as string },
    ]);
  });

  it('is not told of where no job ran', async () => {
    await start({ handlers: { note: () => undefined } });
    await completed(await engine.jobs.submit('note'));
    await clock.advance(LEASE);
    clock.block(7_000);
    await clock.advance(LEASE);
    expect(warnings()).toEqual([]);
  });

  it('is not said of a process that was stopped', async () => {
    clock = new StoppingClock();
    await start({ handlers: { wait: () => passing(clock, 30_000) } });
    const job = await engine.jobs.submit('wait');
    await clock.advance(1_000);
    clock.block(7_000);
    await completed(job);
    expect(warnings()).toEqual([]);
    expect(told()).toEqual([]);
    expect(await linesOf(job)).toEqual([]);
    expect(engine.log.lines).toContainEqual({
      level: 'warn',
      message: expect.stringMatching(/^This process was not let run for [\d.]+s, of a lease of 15s/) as string,
      fields: { event: 'process.stopped', duration: expect.any(Number) as number },
    });
  });

  it('is told of whenever it might cost a lease, and not below a third of one', async () => {
    const gate = new Gate();
    await start({ handlers: { wait: () => gate.opened } });
    await engine.jobs.submit('wait', {}, { timeout: '1d' });
    for (let phase = 0; phase < 2_000; phase += 130) {
      await clock.advance(20_000 + phase);
      const before = warnings().length;
      clock.block(LEASE / 3);
      await clock.advance(1);
      expect(warnings()).toHaveLength(before);
      await clock.advance(20_000 + phase);
      // The lease less a heartbeat that is as long and as late as it may be.
      clock.block(LEASE - (LEASE / 2) * 1.1);
      await clock.advance(1);
      expect(warnings()).toHaveLength(before + 1);
    }
    gate.open();
  });

  it('is in the log of a job that was given up meanwhile, and whose late outcome counts for nothing', async () => {
    const ports = createMemoryStore({ clock });
    await start({
      ports,
      handlers: {
        compute: [
          () => {
            clock.block(20_000);
            // Another process finds that this one is dead.
            void ports.jobs.tick({ queue: 'default', holder: 'another', lease: LEASE, held: [] });
          },
          { maxCrashes: 0 },
        ],
      },
    });
    const job = await engine.jobs.submit('compute');
    await engine.until(() => told().length > 0);
    await engine.until(async () => (await linesOf(job)).length > 0);
    expect(await job.get()).toMatchObject({
      state: 'failed',
      error: { code: 'crashed' },
      log: [{ attempt: 1, message: expect.stringMatching(/by this job$/) as string }],
    });
    expect(engine.events.map(({ kind }) => kind)).toEqual(['submitted', 'started', 'lost-lease', 'loop-blocked']);
  });

  it('costs no lease that it leaves, though the reply to a heartbeat lay there meanwhile', async () => {
    const ports = createMemoryStore({ clock });
    const { jobs } = ports;
    const beats: number[] = [];
    let block = 0;
    const tick = jobs.tick.bind(jobs);
    jobs.tick = async (request) => {
      const reply = await tick(request);
      beats.push(clock.monotonic());
      clock.block(block);
      block = 0;
      return reply;
    };
    await start({ ports, handlers: { note: () => undefined } });
    await clock.advance(10_000);
    block = 11_000;
    await clock.advance(60_000);
    const pauses = beats.slice(1).map((beat, index) => beat - (beats[index] as number));
    expect(Math.max(...pauses)).toBeGreaterThanOrEqual(11_000);
    expect(Math.max(...pauses)).toBeLessThan(LEASE);
  });
});
