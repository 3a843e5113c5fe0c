import { ConsoleLogger, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JobService } from 'nestjs-jobs';
import { JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';
import {
  BookParcel,
  breaker,
  carrier,
  CircuitsController,
  CountStock,
  jobsWithProvider,
  logging,
  MoveStock,
  ResilienceModule,
  TracedModule,
  traceOf,
  warehouse,
} from './guide/middleware.js';
import { boot, closeAll, start } from './start.js';

const IN_TIME = { timeout: '20s' } as const;

afterEach(async () => {
  await closeAll();
  jest.restoreAllMocks();
  Logger.overrideLogger(undefined as never);
});

describe('middleware.md', () => {
  it('shows what is logged, as text and as JSON', async () => {
    const written: string[] = [];
    const keep = (chunk: unknown): boolean => written.push(String(chunk)) > 0;
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
    for (const json of [false, true]) {
      const module = await Test.createTestingModule({
        imports: [JobsTestingModule.forRoot(), logging],
        providers: [BookParcel],
      })
        .setLogger(new ConsoleLogger({ json, colors: false }))
        .compile();
      await module.init();
      written.length = 0;
      await module.get(JobService).submit(BookParcel, { order: 'A1', iban: 'DE12' }, { id: 'parcel:A1' });
      await TestingJobs.of(module).drain();
      const [begun = '', ended = ''] = written;
      if (json) {
        expect(JSON.parse(ended)).toMatchObject({
          level: 'log',
          message: {
            message: 'Job completed',
            event: 'job.completed',
            job: 'parcel:A1',
            type: 'parcel.book',
            queue: 'parcels',
            attempt: 1,
            maxAttempts: 1,
          },
          context: 'Jobs',
        });
      } else {
        expect(begun).toContain(String.raw`payload="{\"order\":\"A1\",\"iban\":\"***\"}"`);
        expect(ended).toMatch(
          /LOG \[Jobs\] Job completed \(event=job.completed job=parcel:A1 type=parcel.book queue=parcels attempt=1 worker=\S+ maxAttempts=1 duration=[\d.]+\)\n$/,
        );
      }
      await module.close();
    }
  });

  it('holds jobs back while the carrier is down, and pages', async () => {
    const module = await Test.createTestingModule({
      imports: [JobsTestingModule.forRoot({ middleware: [breaker] })],
      providers: [BookParcel],
    }).compile();
    await module.init();
    const testing = TestingJobs.of(module);
    jest.spyOn(Date, 'now').mockImplementation(() => testing.now.getTime());
    const jobs = module.get(JobService);
    const book = async (order: string) => {
      const job = await jobs.submit(BookParcel, { order, iban: 'DE12' });
      await testing.drain();
      return job;
    };
    carrier.down = true;
    for (const order of ['A1', 'A2', 'A3', 'A4']) {
      await book(order);
    }
    expect(carrier.paged).toEqual(['parcel.book waits: Error: connect ECONNREFUSED']);
    const called = carrier.calls;
    const waits = await book('A5');
    await expect(waits.get()).resolves.toMatchObject({ state: 'scheduled', attempts: 0 });
    expect(carrier.calls).toBe(called);
    carrier.down = false;
    await testing.advance('30s');
    await expect(waits.get()).resolves.toMatchObject({ state: 'completed', attempts: 1 });
    await module.close();
  });

  it('has a breaker that is injected, and shown on a page', async () => {
    const app = await boot({
      imports: [jobsWithProvider, ResilienceModule],
      providers: [BookParcel],
      controllers: [CircuitsController],
    });
    const job = await app.get(JobService).submit(BookParcel, { order: 'A1', iban: 'DE12' });
    await expect(job.result(IN_TIME)).resolves.toBe('A1 is booked');
    expect(app.get(CircuitsController).list()).toEqual([{ type: 'parcel.book', state: 'closed', putOff: 0 }]);
  });

  it('shares a warehouse', async () => {
    const jobs = (await start([CountStock, MoveStock])).get(JobService);
    const submitted = await Promise.all([
      jobs.submit(CountStock, { shelf: 'a' }),
      jobs.submit(MoveStock, { from: 'a', to: 'b' }),
    ]);
    await expect(Promise.all(submitted.map((job) => job.result(IN_TIME)))).resolves.toEqual([1, 'a to b']);
    expect(warehouse.view).toMatchObject({ name: 'warehouse', concurrency: 4, running: 0 });
  });

  it('traces by importing a module', async () => {
    const app = await boot({ imports: [TracedModule] });
    const jobs = app.get(JobService);
    jobs.register('look', (_payload: unknown, job) => traceOf(job) ?? 'nothing travels');
    // No OpenTelemetry is set up here: see the module's own tests for spans.
    await expect((await jobs.submit('look')).result(IN_TIME)).resolves.toBe('nothing travels');
  });
});
