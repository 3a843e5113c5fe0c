import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Test } from '@nestjs/testing';
import {
  ConfigurationService,
  InvalidPayloadError,
  JobFailedError,
  type JobRecord,
  type JobRef,
  JobsEngine,
  JobService,
  JobsModule,
  ScheduleService,
  WorkerFleet,
  WorkerPool,
} from 'nestjs-jobs';
import { waitFor } from '../servers/wait-for.js';
import { NightShift, Surcharge } from './guide/configuration.js';
import { ExportTenant, GreetTenant, KnownTenant, logDuration, TenantName } from './guide/enhancers.js';
import { Alerts, PayOrder, ShipOrder } from './guide/events.js';
import { Audited, AuditTrail, Housekeeping, MakeThumbnail, Reports, SendInvoice } from './guide/handlers.js';
import { Operations } from './guide/inspecting.js';
import { Wallboard, watched } from './guide/live-events.js';
import { MailModule, QueueControls, queues } from './guide/queues.js';
import { Charge, Poll } from './guide/retries.js';
import { CleanUps, declared, NightlyReport, Operations as ScheduleOperations } from './guide/schedules.js';
import { stop } from './guide/shutdown.js';
import { Billing } from './guide/submitting.js';
import { CountPrimes, ImportRows } from './guide/timeouts.js';
import { boot, closeAll, start } from './start.js';

afterEach(closeAll);

const IN_TIME = { timeout: '20s' } as const;

/** What became of a job, however it ended. */
async function outcome(job: JobRef): Promise<JobRecord> {
  await job.result(IN_TIME).catch(() => undefined);
  return (await job.get()) as JobRecord; // its retention has not passed
}

describe('handlers.md', () => {
  it('has handlers that are classes, methods and functions', async () => {
    const jobs = (await start([MakeThumbnail, Reports, Housekeeping])).get(JobService);
    const thumbnail = await jobs.submit(MakeThumbnail, { url: 'https://example.org/a.png', width: 64 });
    await expect(thumbnail.result(IN_TIME)).resolves.toEqual({ file: `${thumbnail.id}-64.png` });
    await expect(thumbnail.get()).resolves.toMatchObject({
      progress: 10,
      log: [{ attempt: 1, message: 'fetching https://example.org/a.png' }],
    });
    const daily = await jobs.submit('report.daily', { day: 'monday' });
    await expect(daily.result(IN_TIME)).resolves.toEqual({ rows: 6 });
    const ping = await jobs.submit('ping');
    expect(ping.queue).toBe('housekeeping');
    await expect(ping.result(IN_TIME)).resolves.toBe('pong');
  });

  it('names each field that is wrong, by class and by schema', async () => {
    const jobs = (await start([MakeThumbnail, SendInvoice])).get(JobService);
    const wrong = jobs.submit(MakeThumbnail, { url: 'no url', width: 8 });
    await expect(wrong).rejects.toThrow(InvalidPayloadError);
    await expect(wrong).rejects.toThrow(/url: .*; width: /);
    await expect(jobs.submit(SendInvoice, { customer: 'ada', cents: -1 })).rejects.toThrow('cents: ');
    const invoice = await jobs.submit(SendInvoice, { customer: 'ada', cents: 1_900 });
    await expect(invoice.result(IN_TIME)).resolves.toBe('ada owes 19');
  });

  it('finds the job from any depth', async () => {
    const app = await start([Audited, AuditTrail]);
    const job = await app.get(JobService).submit(Audited, { what: 'paid' });
    await job.result(IN_TIME);
    app.get(AuditTrail).write('closed');
    expect(app.get(AuditTrail).lines).toEqual([`paid (job ${job.id}, attempt 1)`, 'closed']);
  });

  it('has guards, request scope and middleware', async () => {
    const app = await start([ExportTenant, KnownTenant, GreetTenant, TenantName], {
      middleware: [logDuration],
      defaults: { retry: { attempts: 1 } },
    });
    const jobs = app.get(JobService);
    const tenant = { metadata: { tenant: 'acme' } };
    const exported = await jobs.submit(ExportTenant, { format: 'csv' }, tenant);
    await expect(exported.result(IN_TIME)).resolves.toBe('acme.csv');
    expect((await outcome(exported)).log[0]?.message).toMatch(/^took \d+ ms$/);
    const refused = await outcome(await jobs.submit(ExportTenant, { format: 'csv' }));
    expect(refused).toMatchObject({ state: 'failed', error: { name: 'ForbiddenException' } });
    const greeted = await jobs.submit(GreetTenant, undefined, tenant);
    await expect(greeted.result(IN_TIME)).resolves.toBe('hello acme');
  });
});

describe('events.md', () => {
  it('submits the next job once, and pages when one is given up', async () => {
    const app = await start([Alerts, PayOrder, ShipOrder]);
    const jobs = app.get(JobService);
    const paid = await jobs.submit(PayOrder, { order: 'A1', card: 'fine' });
    await expect(paid.result(IN_TIME)).resolves.toEqual({ paid: true });
    const shipped = await waitFor(async () => {
      const job = await jobs.get('ship:A1');
      return job?.state === 'completed' && job;
    });
    expect(shipped).toMatchObject({ result: 'A1 is on its way', metadata: { after: paid.id } });

    const lost = await jobs.submit(PayOrder, { order: 'A2', card: 'expired' });
    await expect(lost.result(IN_TIME)).rejects.toThrow(JobFailedError);
    await waitFor(() => app.get(Alerts).sent.length === 1);
    expect(app.get(Alerts).sent).toEqual([`order.pay ${lost.id} was given up: error`]);
  });
});

describe('live-events.md', () => {
  it('shows them on a wall, from a cursor, and to a browser', async () => {
    const app = await start([Wallboard, PayOrder, ShipOrder, Alerts], watched);
    const [jobs, board] = [app.get(JobService), app.get(Wallboard)];
    const end = new AbortController();
    const watching = board.watch(end.signal);
    const server = createServer((request, response) => {
      void board.stream(response, String(request.headers['last-event-id']));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const paid = await jobs.submit(PayOrder, { order: 'A1', card: 'fine' });
    await paid.result(IN_TIME);
    await jobs.submit(PayOrder, { order: 'A2', card: 'expired' });
    await waitFor(() => board.lines.length === 3, { what: 'two paid or shipped, one given up' });
    expect(board.lines.find((line) => line.includes(paid.id))).toMatch(/^order\.pay \S+ took \d+ ms$/);
    expect(board.lines.at(-1)).toMatch(/^order\.pay \S+ was given up: error$/);
    end.abort();
    await watching;
    await expect(board.since('1')).resolves.toMatchObject({ cursor: '2' });

    const stream = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'last-event-id': '1' } });
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('id: 3\n')) {
      text += new TextDecoder().decode((await reader.read()).value);
    }
    expect(text).toContain('retry: 2000\nid: 1\n\nid: 2\nevent: ');
    await reader.cancel();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('configuration.md', () => {
  it('changes what runs, says who did it, and gives it back', async () => {
    const worker = { name: 'mail', size: 5, concurrency: 5 };
    const app = await start([NightShift, Surcharge, SendInvoice], { worker });
    const [pool, shift, configuration] = [app.get(WorkerPool), app.get(NightShift), app.get(ConfigurationService)];
    const changed = await shift.begin();
    expect(changed).toEqual({
      version: 1,
      changed: {
        workers: { mail: { size: 2, concurrency: 10 } },
        queues: { reports: { concurrency: 4 } },
        defaults: { retry: { attempts: 8, maxDelay: '2h' } },
        log: { level: 'warn' },
      },
      changedBy: 'ada@example.org',
      changedAt: expect.any(Number),
    });
    expect(pool.workers().map(({ concurrency }) => concurrency)).toEqual([10, 10]);
    expect((await shift.lastChanges())[0]).toMatch(/^1 by ada@example\.org on \S+: .*workers\.mail\.size/);
    expect((await shift.fixed()).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['lease', 'heartbeat', 'shutdown.deadline', 'maxPayloadSize', 'workers.mail.queues']),
    );
    await shift.end(changed.version);
    expect(pool.workers()).toHaveLength(5);
    await configuration.change({ surcharge: 7 }, { by: 'bob' });
    expect(app.get(Surcharge).percent).toBe(7);
    await expect(configuration.change({ surcharge: -1 }, { by: 'bob' })).rejects.toThrow('surcharge: use');
  });
});

describe('submitting.md', () => {
  it('takes every option, knows duplicates, types by name and receipts', async () => {
    const app = await start([Billing, SendInvoice]);
    const [jobs, billing] = [app.get(JobService), app.get(Billing)];
    jobs.register('avatar.resize', ({ user }: { user: string }) => ({ file: `${user}.png` }));

    const scheduled = await billing.inAllDetail('ada', 100);
    expect(scheduled).toMatchObject({ id: 'invoice:ada', receipt: 'added', state: 'scheduled' });
    await expect(scheduled.get()).resolves.toMatchObject({
      priority: 100,
      maxAttempts: 10,
      tags: ['invoice', 'monthly'],
    });
    await expect(jobs.promote(scheduled)).resolves.toBe('pending');
    await expect(billing.waitFor(scheduled)).resolves.toBe('ada owes 1');

    await expect(billing.once('bob', 100)).resolves.toBe(true);
    await expect(billing.once('bob', 200)).resolves.toBe(false);
    await expect(billing.resize('ada')).resolves.toBe('ada.png');
    await expect(billing.month(['ada', 'bob'])).resolves.toEqual([]);
    await expect(billing.waitFor(await jobs.submit(SendInvoice, { customer: 'x', cents: 1 }))).resolves.toBe(
      'x owes 0.01',
    );
  });
});

describe('queues-and-workers.md', () => {
  it('has settings that are allowed, of the module and of a feature', async () => {
    const app = await boot({ imports: [JobsModule.forRoot({ store: 'memory' }), MailModule] });
    await expect(app.get(JobService).queue('mail').settings()).resolves.toMatchObject({ maxDepth: 50_000 });
  });

  it('pauses queues and workers', async () => {
    const app = await start([QueueControls, ShipOrder, SendInvoice], { ...queues, worker: { size: 3 } });
    const [jobs, controls] = [app.get(JobService), app.get(QueueControls)];
    let paused = false;
    await expect(
      controls.maintenance(async () => {
        paused = await jobs.queue('mail').isPaused();
      }),
    ).resolves.toBe(0);
    expect(paused).toBe(true);
    expect(controls.quieter()).toBe(2);
    await waitFor(async () => (await app.get(WorkerFleet).workers()).length === 3, {
      what: 'the process to publish itself',
    });
    expect(await controls.pauseIdle()).toHaveLength(3);
    await waitFor(
      () =>
        app
          .get(WorkerPool)
          .workers()
          .every(({ state }) => state === 'paused'),
      { what: 'the orders to be obeyed' },
    );
    await expect(jobs.submit(ShipOrder, { order: 'A1' }, { priority: 'low' })).rejects.toThrow(
      "a priority that queue 'orders' allows: 0, 100, 200",
    );
  });
});

describe('retries.md', () => {
  it.each([
    ['unknown account', { state: 'failed', error: { code: 'unrecoverable' } }],
    ['declined', { state: 'failed', error: { code: 'card-declined' } }],
    ['fine', { state: 'completed', result: '5 charged' }],
  ])('ends at once: %s', async (answer, expected) => {
    const jobs = (await start([Charge])).get(JobService);
    expect(await outcome(await jobs.submit(Charge, { cents: 5, answer }))).toMatchObject(expected);
  });

  it.each([
    ['busy', { state: 'retrying', attempts: 1, error: { code: 'retry-later', delay: 30_000 } }],
    ['closed', { state: 'scheduled', attempts: 0 }],
  ])('comes again: %s', async (answer, expected) => {
    const jobs = (await start([Charge])).get(JobService);
    const job = await jobs.submit(Charge, { cents: 5, answer });
    const record = await waitFor(async () => {
      const now = await job.get();
      return now?.state === expected.state && now;
    });
    expect(record).toMatchObject(expected);
  });

  it('takes a function for the delay', async () => {
    const jobs = (await start([Poll])).get(JobService);
    await expect((await jobs.submit(Poll)).result(IN_TIME)).resolves.toBe('ready');
  });
});

describe('timeouts-and-pool-sizing.md', () => {
  it('works step by step', async () => {
    const jobs = (await start([ImportRows])).get(JobService);
    const job = await jobs.submit(ImportRows, { rows: ['a', 'b'] });
    await expect(job.result(IN_TIME)).resolves.toBe(2);
    await expect(job.get()).resolves.toMatchObject({ progress: { done: 2, of: 2 } });
  });

  it('computes in a thread, and stops it', async () => {
    const jobs = (await start([CountPrimes])).get(JobService);
    const job = await jobs.submit(CountPrimes, { below: 1_000 });
    await expect(job.result(IN_TIME)).resolves.toEqual({ primes: 168 });
    const endless = await jobs.submit(CountPrimes, { below: 1e15 }, { timeout: '300ms', retry: { attempts: 1 } });
    await expect(outcome(endless)).resolves.toMatchObject({ state: 'failed', error: { code: 'timeout' } });
  });
});

describe('shutdown.md', () => {
  it('drains before everything else is closed', async () => {
    const imports = [JobsModule.forRoot({ store: 'memory' })];
    const module = await Test.createTestingModule({ imports, providers: [SendInvoice] }).compile();
    const app = await module.createNestApplication({ logger: false }).init();
    const drain = jest.spyOn(app.get(JobsEngine), 'drain');
    await stop(app);
    expect(drain).toHaveBeenCalled();
  });
});

describe('inspecting.md', () => {
  it('describes, lists, moves, and works dead letters off', async () => {
    const providers = [Operations, PayOrder, ShipOrder, Alerts];
    const app = await start(providers);
    const [jobs, operations] = [app.get(JobService), app.get(Operations)];
    const since = new Date(Date.now() - 60_000);
    await expect(operations.describe('nobody')).resolves.toContain('never submitted');

    const failed = await jobs.submit(PayOrder, { order: 'A1', card: 'expired' });
    await outcome(failed);
    await expect(operations.describe(failed.id)).resolves.toMatch(
      /^order\.pay is failed after 2 of 2 attempts; the last failed on \S+ with error: the card has expired$/,
    );
    expect((await operations.everything('failed')).map(({ id }) => id)).toEqual([failed.id]);
    await expect(operations.dayAfterTheOutage(since)).resolves.toEqual({ retried: 0, purged: 0 });

    const late = await jobs.submit(ShipOrder, { order: 'A2' }, { delay: '1d' });
    await expect(operations.move(late.id)).resolves.toBe('pending');
    await expect(late.result(IN_TIME)).resolves.toBe('A2 is on its way');
    await expect(late.get()).resolves.toMatchObject({ priority: 200 });
  });
});

describe('schedules.md', () => {
  it('declares, upserts, runs and switches schedules', async () => {
    const app = await start([NightlyReport, CleanUps, ScheduleOperations], declared);
    const schedules = app.get(ScheduleService);
    const operations = app.get(ScheduleOperations);
    const next = await operations.monthEnd();
    expect(next).toHaveLength(3);
    expect((await schedules.list()).map(({ id }) => id)).toEqual([
      'CleanUps.sweep',
      'month-end',
      'reports.nightly',
      'weekly-digest',
    ]);
    const { recentJobs = [], enabled } = (await operations.now()) ?? {};
    expect([recentJobs.length, enabled]).toEqual([1, false]);
    const [id = ''] = recentJobs;
    await waitFor(async () => (await app.get(JobService).get({ queue: 'reports', id }))?.state === 'completed');
    await expect(app.get(JobService).get({ queue: 'reports', id })).resolves.toMatchObject({
      result: 'report of month',
      priority: 100,
      tags: ['schedule:month-end'],
    });
  });
});
