import { Test, type TestingModule } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { type JobContext, JobService, JobsModule } from 'nestjs-jobs';
import { type JobsMetricsOptions, JobsMetricsModule } from 'nestjs-jobs/metrics';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';
import { closeAll, read, SILENT, willClose } from './start-metrics.js';

const HOLD = '{type="hold",queue="desk",priority="normal"}';

describe('metrics of processes that share a Redis', () => {
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await startRedisServer();
  });
  afterEach(async () => {
    await closeAll();
    await redis.stop();
  });

  async function start(
    size: number | false,
    metrics: JobsMetricsOptions = {},
  ): Promise<{ module: TestingModule; registry: Registry }> {
    const registry = new Registry();
    const module = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ redis: { url: redis.url }, worker: size === false ? false : { size, concurrency: 1 } }),
        JobsMetricsModule.forRoot({ registry, cache: 0, ...metrics }),
      ],
    })
      .setLogger(SILENT)
      .compile();
    willClose(module);
    return { module, registry };
  }

  it('show each what it does itself, and all of them the same system', async () => {
    const [web, worker] = [await start(false), await start(2)];
    const untilCancelled = (_: unknown, job: JobContext): Promise<void> =>
      new Promise((_resolve, reject) => {
        job.signal.addEventListener('abort', () => reject(job.signal.reason));
      });
    worker.module.get(JobService).register('hold', untilCancelled, { queue: 'desk' });
    await worker.module.init();
    await web.module.init();
    const jobs = web.module.get(JobService);
    const running = await jobs.submit('hold', {});
    await waitFor(async () => (await running.get())?.state === 'running', { what: 'the job to begin' });

    for (const { registry } of [web, worker]) {
      await waitFor(async () => (await read(registry, 'jobs_workers_busy'))[''] === 1, {
        what: 'the worker to be seen busy',
      });
      expect(await read(registry, 'jobs_active_workers')).toEqual({ '': 2 });
      expect(await read(registry, 'jobs_queue_size')).toMatchObject({
        '{queue="desk",priority="",state="running"}': 1,
      });
    }
    expect(await read(web.registry, 'jobs_enqueued_total')).toEqual({ [HOLD]: 1 });
    expect(await read(web.registry, 'jobs_dequeued_total')).toEqual({});
    expect(await read(worker.registry, 'jobs_dequeued_total')).toEqual({ [HOLD]: 1 });

    await jobs.cancel(running);
    const cancelled = `${HOLD.slice(0, -1)},status="cancelled"}`;
    await waitFor(async () => (await read(worker.registry, 'jobs_processed_total'))[cancelled] === 1, {
      what: 'the cancelled attempt to be counted',
    });
    expect((await read(worker.registry, 'jobs_wait_seconds'))[`_sum${HOLD}`]).toBeLessThan(60);
  });

  it('know the types that others handle before they submit one', async () => {
    const worker = await start(1);
    worker.module.get(JobService).register('hold', () => undefined, { queue: 'desk' });
    await worker.module.init();
    const web = await start(false);
    await web.module.init();
    await web.registry.metrics();
    expect(await read(web.registry, 'jobs_enqueued_total')).toEqual({ [HOLD]: 0 });
  });

  it('answer in time while Redis is frozen, without its numbers, and with them when it is back', async () => {
    const { module, registry } = await start(1, { timeout: 300 });
    module.get(JobService).register('hold', () => undefined, { queue: 'desk' });
    await module.init();
    const isUp = async (): Promise<boolean> => (await read(registry, 'jobs_store_up'))[''] === 1;
    await waitFor(isUp, { what: 'the store to be up' });
    await redis.kill('SIGSTOP');
    await waitFor(async () => !(await isUp()), { what: 'the store to be down' });
    expect(await read(registry, 'jobs_queue_size')).toEqual({});
    expect(await read(registry, 'jobs_enqueued_total')).toEqual({ [HOLD]: 0 });
    await redis.kill('SIGCONT');
    await waitFor(isUp, { what: 'the store to be up again' });
    await waitFor(async () => Object.keys(await read(registry, 'jobs_queue_size')).length > 0, {
      what: 'its numbers to be shown again',
    });
  });
});
