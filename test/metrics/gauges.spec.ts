import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { JobService, JobsModule } from 'nestjs-jobs';
import { JobsMetricsModule } from 'nestjs-jobs/metrics';
import { JobInspector } from '../../libs/jobs/src/application/ports/job-inspector.js';
import { closeAll, read, SILENT, start, willClose, WORK, Work } from './start-metrics.js';

afterEach(closeAll);

describe('what the store says of the whole system', () => {
  it('is the size of queues by state, and of what is pending by priority', async () => {
    const { registry, jobs, testing } = await start({ cache: 0 });
    await jobs.submit(Work, { ends: 'well' }, { priority: 'high' });
    await jobs.submit(Work, { ends: 'well' }, { priority: 7 });
    await jobs.submit(Work, { ends: 'well' }, { delay: '1h' });
    const size = (priority: string, state: string): string => `{queue="desk",priority="${priority}",state="${state}"}`;
    expect(await read(registry, 'jobs_queue_size')).toEqual({
      [size('low', 'pending')]: 0,
      [size('normal', 'pending')]: 0,
      [size('high', 'pending')]: 1,
      [size('critical', 'pending')]: 0,
      [size('7', 'pending')]: 1,
      [size('', 'scheduled')]: 1,
      [size('', 'blocked')]: 0,
      [size('', 'running')]: 0,
      [size('', 'retrying')]: 0,
      [size('', 'completed')]: 0,
      [size('', 'failed')]: 0,
      [size('', 'cancelled')]: 0,
    });
    await testing.drain();
    expect(await read(registry, 'jobs_queue_size')).toMatchObject({
      [size('high', 'pending')]: 0,
      [size('7', 'pending')]: 0,
      [size('', 'completed')]: 2,
    });
  });

  it('is its dead letters, also those that no process has given up', async () => {
    const { registry, jobs, testing } = await start({ cache: 0 });
    await jobs.queue('desk').pause();
    await jobs.submit(Work, { ends: 'well' }, { expiresIn: '1m' });
    await testing.advance('2m');
    await jobs.queue('desk').resume();
    await testing.drain();
    expect(await read(registry, 'jobs_dead_letters')).toEqual({ '{queue="desk"}': 1 });
    expect(await read(registry, 'jobs_dead_lettered_total')).toEqual({ [WORK]: 0 });
    expect(await read(registry, 'jobs_queue_finished_total')).toMatchObject({
      '{queue="desk",state="failed"}': 1,
      '{queue="desk",state="completed"}': 0,
    });
  });

  it('is for how long the oldest job is pending, and whether the queue is paused', async () => {
    const { registry, jobs, testing } = await start({ cache: 0 });
    expect(await read(registry, 'jobs_oldest_pending_seconds')).toEqual({ '{queue="desk"}': 0 });
    await jobs.submit(Work, { ends: 'well' });
    await jobs.queue('desk').pause();
    await testing.advance('90s');
    const oldest = await read(registry, 'jobs_oldest_pending_seconds');
    expect(oldest['{queue="desk"}']).toBeGreaterThanOrEqual(90);
    expect(await read(registry, 'jobs_queue_paused')).toEqual({ '{queue="desk"}': 1 });
  });

  it('is read once for all gauges, and not again while it is fresh', async () => {
    const { module, registry, testing } = await start({ cache: '5s' });
    const counts = jest.spyOn(module.get(JobInspector), 'counts');
    await Promise.all([registry.metrics(), registry.metrics(), registry.metrics()]);
    await registry.metrics();
    expect(counts).toHaveBeenCalledTimes(1);
    await testing.advance('6s');
    await registry.metrics();
    expect(counts).toHaveBeenCalledTimes(2);
  });

  it('is not shown while the store is away, and comes back with it', async () => {
    const { module, registry, log } = await start({ cache: 0 });
    expect(await read(registry, 'jobs_store_up')).toEqual({ '': 1 });
    const counts = jest.spyOn(module.get(JobInspector), 'counts').mockRejectedValue(new Error('no route'));
    expect(await read(registry, 'jobs_store_up')).toEqual({ '': 0 });
    for (const name of ['jobs_queue_size', 'jobs_dead_letters', 'jobs_active_workers', 'jobs_queue_finished_total']) {
      expect([name, await read(registry, name)]).toEqual([name, {}]);
    }
    expect(await read(registry, 'jobs_enqueued_total')).toEqual({ [WORK]: 0 });
    expect(log.warnings).toEqual(['Metrics of the store cannot be read: no route']);
    counts.mockRestore();
    expect(await read(registry, 'jobs_store_up')).toEqual({ '': 1 });
    expect(await read(registry, 'jobs_active_workers')).toEqual({ '': 0 });
  });

  it('does not keep a scrape waiting for a store that says nothing', async () => {
    const { module, registry, testing } = await start({ timeout: '2s' });
    const counts = jest.spyOn(module.get(JobInspector), 'counts').mockReturnValue(new Promise(() => undefined));
    const scraped = read(registry, 'jobs_store_up');
    await testing.advance('3s');
    expect(await scraped).toEqual({ '': 0 });
    expect(counts).toHaveBeenCalledTimes(1);
  });
});

describe('workers', () => {
  it('are those of the system that take jobs, busy and idle', async () => {
    const registry = new Registry();
    let finish: () => void = () => undefined;
    const module = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ store: 'memory', worker: { size: 3, concurrency: 2 } }),
        JobsMetricsModule.forRoot({ registry, cache: 0 }),
      ],
    })
      .setLogger(SILENT)
      .compile();
    willClose(module);
    const jobs = module.get(JobService);
    const begun = new Promise<void>((begin) => {
      jobs.register('hold', () => {
        begin();
        return new Promise<void>((resolve) => (finish = resolve));
      });
    });
    await module.init();
    await jobs.submit('hold', {});
    await begun;
    expect(await read(registry, 'jobs_active_workers')).toEqual({ '': 3 });
    expect(await read(registry, 'jobs_workers_busy')).toEqual({ '': 1 });
    expect(await read(registry, 'jobs_workers_idle')).toEqual({ '': 2 });
    expect(await read(registry, 'jobs_worker_slots')).toEqual({ '{state="busy"}': 1, '{state="free"}': 5 });
    finish();
  });
});
