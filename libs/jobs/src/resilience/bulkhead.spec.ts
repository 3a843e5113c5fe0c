import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type JobContext, JobService } from 'nestjs-jobs';
import { Bulkhead, type BulkheadOptions } from 'nestjs-jobs/resilience';
import { JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';

interface Started {
  readonly jobs: JobService;
  readonly testing: TestingJobs;
  readonly bulkhead: Bulkhead;
  /** Lets the attempts that run end, oldest first. */
  readonly running: { readonly id: string; readonly end: () => void }[];
  /** The most that ran at once. */
  readonly most: () => number;
}

const closing: (() => Promise<void>)[] = [];

async function start(options: BulkheadOptions): Promise<Started> {
  const bulkhead = new Bulkhead('warehouse', options);
  const module = await Test.createTestingModule({ imports: [JobsTestingModule.forRoot({ middleware: [bulkhead] })] })
    .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
    .compile();
  await module.init();
  const jobs = module.get(JobService);
  const running: { readonly id: string; readonly end: () => void }[] = [];
  let most = 0;
  const handle = (_payload: unknown, job: JobContext): Promise<void> =>
    new Promise((resolve) => {
      running.push({ id: job.id, end: resolve });
      most = Math.max(most, running.length);
    });
  for (const type of ['stock.count', 'stock.move', 'mail']) {
    jobs.register(type, handle, { timeout: '10s' });
  }
  closing.push(async () => {
    running.splice(0).forEach(({ end }) => end());
    await module.close();
  });
  return { jobs, testing: TestingJobs.of(module), bulkhead, running, most: () => most };
}

function endOne({ running }: Started): void {
  running.shift()?.end();
}

async function submitAll({ jobs }: Started, ...types: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(types.map((type) => jobs.submit(type)))).map(({ id }) => id);
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  Logger.overrideLogger(undefined as never);
});

describe('Bulkhead', () => {
  it('lets so many of the group run, puts the rest off without an attempt, and lets them in as places come free', async () => {
    const app = await start({ concurrency: 2, types: ['stock.count', 'stock.move'] });
    const ids = await submitAll(app, 'stock.count', 'stock.move', 'stock.move', 'mail');
    await app.testing.begin();
    expect(app.running.map(({ id }) => id)).toEqual([ids[0], ids[1], ids[3]]);
    await expect(app.testing.job(ids[2] as string)).resolves.toMatchObject({ state: 'scheduled', attempts: 0 });
    expect(app.bulkhead.view).toEqual({
      name: 'warehouse',
      running: 2,
      concurrency: 2,
      waiting: 0,
      maxWaiting: 0,
      putOff: 1,
    });

    endOne(app);
    await app.testing.advance('2s', { patience: 50 }).catch(() => undefined); // the others still run
    await app.testing.begin();
    expect(app.running.map(({ id }) => id)).toEqual([ids[1], ids[3], ids[2]]);
    expect(app.bulkhead.view).toMatchObject({ running: 2, putOff: 1 });
  });

  it('has so many wait for a place, in order', async () => {
    const app = await start({ concurrency: 1, waiting: 2 });
    const ids = await submitAll(app, 'stock.count', 'stock.move', 'mail', 'mail');
    await app.testing.begin();
    expect(app.bulkhead.view).toMatchObject({ running: 1, waiting: 2, putOff: 1 });
    const order: (string | undefined)[] = [];
    for (let ended = 0; ended < 3; ended++) {
      order.push(app.running[0]?.id);
      endOne(app);
      await app.testing.begin();
    }
    expect(order).toEqual(ids.slice(0, 3));
    expect(app.most()).toBe(1);
  });

  it('frees the place of one that fails', async () => {
    const app = await start({ concurrency: 1 });
    app.jobs.register('fails', () => Promise.reject(new Error('no')), { retry: { attempts: 1 } });
    await submitAll(app, 'fails');
    await app.testing.drain();
    await submitAll(app, 'mail');
    await app.testing.begin();
    expect(app.running).toHaveLength(1);
  });

  it('lets those behind in when one that waits is told to stop', async () => {
    const app = await start({ concurrency: 1, waiting: 2 });
    const ids = await submitAll(app, 'mail', 'mail', 'mail');
    await app.testing.begin();
    await app.jobs.cancel(ids[1] as string);
    await app.testing.begin();
    await expect(app.testing.job(ids[1] as string)).resolves.toMatchObject({ state: 'cancelled' });
    endOne(app);
    await app.testing.begin();
    expect(app.running.map(({ id }) => id)).toEqual([ids[2]]);
  });

  it('holds the place of one that does not heed its signal', async () => {
    const app = await start({ concurrency: 1 });
    await submitAll(app, 'mail');
    await app.testing.begin();
    await app.testing.advance('12s', { patience: 50 }).catch(() => undefined); // it has timed out, and still runs
    expect(app.bulkhead.view).toMatchObject({ running: 1 });
  });

  it.each<[string, BulkheadOptions]>([
    ['concurrency', { concurrency: 0 }],
    ['waiting', { concurrency: 1, waiting: -1 }],
    ['wating', { concurrency: 1, wating: 1 } as BulkheadOptions],
    ['types', { concurrency: 1, types: 'mail' as never }],
  ])('refuses a wrong option: %s', (option, options) => {
    expect(() => new Bulkhead('warehouse', options)).toThrow(
      expect.objectContaining({ code: 'invalid-option', option }) as Error,
    );
  });
});
