import { Test } from '@nestjs/testing';
import { Counter, Registry } from 'prom-client';
import { JobsModule, UsageError } from 'nestjs-jobs';
import { JobsMetricsModule, ScheduleLateness } from 'nestjs-jobs/metrics';
import { closeAll, read, SILENT, start, willClose, WORK, Work } from './start-metrics.js';

afterEach(closeAll);

describe('the module', () => {
  it('puts a prefix in front of every name', async () => {
    const { registry } = await start({ prefix: 'shop_' });
    const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !name.startsWith('shop_jobs_'))).toEqual([]);
  });

  it('counts and exports nothing when it is off', async () => {
    const { module, registry, jobs, testing } = await start({ enabled: false });
    module.get(ScheduleLateness).observe(5, 'any');
    await jobs.submit(Work, { ends: 'well' });
    await testing.drain();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('asks no store where jobs are switched off', async () => {
    const registry = new Registry();
    const module = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ enabled: false }), JobsMetricsModule.forRoot({ registry })],
      providers: [Work],
    })
      .setLogger(SILENT)
      .compile();
    willClose(module);
    await module.init();
    expect(await read(registry, 'jobs_enqueued_total')).toEqual({ [WORK]: 0 });
    expect(registry.getSingleMetric('jobs_store_up')).toBeUndefined();
  });

  it('takes its metrics out of the registry when the application ends', async () => {
    const { module, registry } = await start();
    expect(registry.getMetricsAsArray().length).toBeGreaterThan(0);
    await module.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('replaces those of an application that was not closed, and says so', async () => {
    const first = await start();
    await first.jobs.submit(Work, { ends: 'well' });
    const second = await start({ registry: first.registry });
    expect(second.log.warnings.filter((each) => each.includes('another application'))).toHaveLength(1);
    expect(await read(first.registry, 'jobs_enqueued_total')).toEqual({ [WORK]: 0 });
    await first.module.close();
    expect(await read(first.registry, 'jobs_enqueued_total')).toEqual({ [WORK]: 0 });
  });

  it('does not boot where somebody else has a metric of the same name', async () => {
    const registry = new Registry();
    registry.registerMetric(new Counter({ name: 'jobs_enqueued_total', help: 'Of somebody else.', registers: [] }));
    await expect(start({ registry })).rejects.toThrow(
      "a metric 'jobs_enqueued_total' already; give JobsMetricsModule a prefix or a registry of its own",
    );
    const { registry: own } = await start({ registry, prefix: 'shop_' });
    expect(await read(own, 'shop_jobs_enqueued_total')).toEqual({ [WORK]: 0 });
  });

  it('serves no registry but prom-client’s own', () => {
    const both = (): unknown => JobsMetricsModule.forRoot({ path: '/metrics', registry: new Registry() });
    expect(both).toThrow(UsageError);
  });

  it.each<[string, object]>([
    ['enabled', { enabled: 'yes' }],
    ['prefix', { prefix: '9-' }],
    ['registry', { registry: {} }],
    ['buckets.duration', { buckets: { duration: [1, 1] } }],
    ['buckets.wait', { buckets: { wait: [] } }],
    ['buckets.speed', { buckets: { speed: [1] } }],
    ['limits.types', { limits: { types: 0 } }],
    ['cache', { cache: 'soon' }],
    ['custom.0.on', { custom: [{ name: 'a', help: 'b', type: 'work', on: 'sent' }] }],
    ['custom.0.help', { custom: [{ name: 'a', type: 'work', on: 'completed' }] }],
    ['speed', { speed: 1 }],
  ])('refuses a wrong %s', async (option, options) => {
    await expect(start(options)).rejects.toThrow(`${option}: `);
  });

  it('measures how late schedules are', async () => {
    const { module, registry } = await start({ limits: { schedules: 1 } });
    expect(await read(registry, 'jobs_schedule_lateness_seconds')).toEqual({
      '_sum{schedule=""}': 0,
      '_count{schedule=""}': 0,
    });
    const lateness = module.get(ScheduleLateness);
    lateness.observe(1_500, 'nightly');
    lateness.observe(-3, 'nightly');
    lateness.observe(1_000, 'hourly');
    expect(await read(registry, 'jobs_schedule_lateness_seconds')).toMatchObject({
      '_sum{schedule="nightly"}': 1.5,
      '_count{schedule="nightly"}': 2,
      '_sum{schedule="other"}': 1,
    });
  });
});

describe('metrics of your own', () => {
  it('are fed by the events of one job type', async () => {
    const { registry, jobs, testing } = await start({
      prefix: 'shop_',
      custom: [
        {
          name: 'rows_total',
          help: 'Rows that were written.',
          type: 'work',
          on: 'completed',
          value: ({ result }) => (result as { rows: number }).rows,
        },
        {
          name: 'refused_total',
          help: 'Refused.',
          type: 'work',
          on: 'failed',
          labelNames: ['code'],
          labels: ({ failure }) => ({ code: failure.code }),
        },
        {
          name: 'row_count',
          help: 'Rows of one job.',
          type: 'work',
          on: 'completed',
          as: 'histogram',
          buckets: [5, 50],
          value: () => 7,
        },
        { name: 'others_total', help: 'Of another type.', type: 'other', on: 'completed' },
      ],
    });
    await jobs.submit(Work, { ends: 'well' });
    await jobs.submit(Work, { ends: 'well' });
    await jobs.submit(Work, { ends: 'badly' });
    await testing.drain();
    await testing.advance('11s');
    await testing.drain();
    expect(await read(registry, 'shop_rows_total')).toEqual({ '': 14 });
    expect(await read(registry, 'shop_refused_total')).toEqual({ '{code="error"}': 1 });
    expect(await read(registry, 'shop_row_count')).toEqual({ _sum: 14, _count: 2 });
    expect(await read(registry, 'shop_others_total')).toEqual({ '': 0 });
  });
});
