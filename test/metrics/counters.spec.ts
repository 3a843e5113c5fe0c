import type { JobsMetricsOptions } from 'nestjs-jobs/metrics';
import { closeAll, read, start, WORK, Work } from './start-metrics.js';

afterEach(closeAll);

const processed = (status: string): string => `{type="work",queue="desk",priority="normal",status="${status}"}`;

const ALL_OTHER = '{type="other",queue="other",priority="other"}';

describe('what a process counts', () => {
  it('begins at 0 for the types that it handles', async () => {
    const { registry } = await start();
    for (const name of ['enqueued', 'dequeued', 'completed', 'failed', 'retries', 'dead_lettered']) {
      expect([name, await read(registry, `jobs_${name}_total`)]).toEqual([name, { [WORK]: 0 }]);
    }
    const statuses = ['completed', 'retrying', 'failed', 'cancelled', 'snoozed', 'released', 'lost-lease'];
    expect(await read(registry, 'jobs_processed_total')).toEqual(
      Object.fromEntries(statuses.map((status) => [processed(status), 0])),
    );
    for (const name of ['duration', 'wait']) {
      expect(await read(registry, `jobs_${name}_seconds`)).toEqual({ [`_sum${WORK}`]: 0, [`_count${WORK}`]: 0 });
    }
  });

  it('counts attempts that fail, retries and jobs given up apart', async () => {
    const { registry, jobs, testing } = await start();
    await jobs.submit(Work, { ends: 'well' });
    await jobs.submit(Work, { ends: 'badly' });
    await testing.drain();
    await testing.advance('11s');
    await testing.drain();
    const totals = ['enqueued', 'dequeued', 'completed', 'failed', 'retries', 'dead_lettered'];
    const values = await Promise.all(totals.map((name) => read(registry, `jobs_${name}_total`)));
    expect(Object.fromEntries(totals.map((name, at) => [name, values[at]?.[WORK]]))).toEqual({
      enqueued: 2,
      dequeued: 3,
      completed: 1,
      failed: 2,
      retries: 1,
      dead_lettered: 1,
    });
    expect(await read(registry, 'jobs_processed_total')).toMatchObject({
      [processed('completed')]: 1,
      [processed('retrying')]: 1,
      [processed('failed')]: 1,
    });
    expect(await read(registry, 'jobs_duration_seconds')).toMatchObject({ [`_count${WORK}`]: 3 });
    expect(await read(registry, 'jobs_wait_seconds')).toMatchObject({ [`_count${WORK}`]: 3 });
  });

  it('counts what ends otherwise by its event', async () => {
    const { registry, jobs, testing } = await start();
    await jobs.submit(Work, { ends: 'snoozed' });
    await testing.drain();
    expect(await read(registry, 'jobs_processed_total')).toMatchObject({
      [processed('snoozed')]: 1,
      [processed('completed')]: 0,
    });
    expect(await read(registry, 'jobs_failed_total')).toEqual({ [WORK]: 0 });
  });

  it('counts no attempt where none began: a job without a handler goes back, and is given up in the end', async () => {
    const { registry, jobs, testing } = await start();
    const job = await jobs.submit('nobody', {}, { queue: 'desk' });
    await testing.drain();
    await testing.advance('1d');
    expect((await job.get())?.error?.code).toBe('no-handler');
    const nobody = '{type="nobody",queue="desk",priority="normal"}';
    expect(await read(registry, 'jobs_dead_lettered_total')).toEqual({ [WORK]: 0, [nobody]: 1 });
    for (const name of ['jobs_dequeued_total', 'jobs_failed_total']) {
      expect([name, await read(registry, name)]).toEqual([name, { [WORK]: 0, [nobody]: 0 }]);
    }
    const ended = Object.values(await read(registry, 'jobs_processed_total'));
    expect(ended.filter((value) => value > 0)).toEqual([]);
  });

  it('measures the wait from when a job was ready: a delay is none', async () => {
    const { registry, jobs, testing } = await start();
    const desk = jobs.queue('desk');
    await desk.pause();
    await jobs.submit(Work, { ends: 'well' });
    await testing.advance('3s');
    await desk.resume();
    await testing.drain();
    expect((await read(registry, 'jobs_wait_seconds'))[`_sum${WORK}`]).toBeCloseTo(3, 1);
    await jobs.submit(Work, { ends: 'well' }, { delay: '1h' });
    await testing.advance('2h');
    const wait = await read(registry, 'jobs_wait_seconds');
    expect(wait[`_count${WORK}`]).toBe(2);
    expect(wait[`_sum${WORK}`]).toBeLessThan(4);
  });

  it('has default buckets from a millisecond to ten minutes, and others where told', async () => {
    const buckets = async (metrics: JobsMetricsOptions, name: string): Promise<readonly string[]> => {
      const text = await (await start(metrics)).registry.getSingleMetricAsString(name);
      return [...text.matchAll(/le="([^"]+)"/g)].map(([, bound = '']) => bound);
    };
    const usual = '0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.5 1 5 10 30 60 300 600 +Inf'.split(' ');
    expect(await buckets({}, 'jobs_duration_seconds')).toEqual(usual);
    const told = { buckets: { duration: [1, 60] } };
    expect(await buckets(told, 'jobs_duration_seconds')).toEqual(['1', '60', '+Inf']);
    expect(await buckets(told, 'jobs_wait_seconds')).toEqual(usual);
    expect(await buckets(told, 'jobs_schedule_lateness_seconds')).toEqual(usual);
  });

  it('keeps labels within a bound, says so once, and loses no job', async () => {
    const { registry, jobs, log } = await start({ limits: { types: 3, queues: 4, priorities: 2 } });
    for (let at = 0; at < 9; at++) {
      await jobs.submit(`type-${at}`, {}, { queue: `queue-${at}`, priority: at });
    }
    const enqueued = await read(registry, 'jobs_enqueued_total');
    const values = (label: string): ReadonlySet<string> =>
      new Set(Object.keys(enqueued).map((key) => new RegExp(`${label}="([^"]+)"`).exec(key)?.[1] ?? ''));
    expect([values('type').size, values('queue').size, values('priority').size]).toEqual([4, 5, 3]);
    expect(values('type')).toContain('other');
    expect(Object.values(enqueued).reduce((sum, each) => sum + each, 0)).toBe(9);
    expect(log.warnings.filter((each) => each.includes("'type'"))).toHaveLength(1);
  });

  it('has one series for all that is beyond every bound', async () => {
    const { registry, jobs, testing } = await start({ limits: { types: 1, queues: 1, priorities: 1, series: 2 } });
    for (let at = 1; at < 9; at++) {
      await jobs.submit(`type-${at}`, {}, { queue: `queue-${at % 2}`, priority: at % 3 });
    }
    await testing.drain();
    const enqueued = await read(registry, 'jobs_enqueued_total');
    expect(enqueued).toEqual({ [WORK]: 0, [ALL_OTHER]: 8 });
  });

  it('keeps combinations of labels within a bound too', async () => {
    const { registry, jobs } = await start({ limits: { series: 5 } });
    for (let at = 0; at < 20; at++) {
      await jobs.submit('any', {}, { queue: `queue-${at}` });
    }
    const enqueued = await read(registry, 'jobs_enqueued_total');
    expect(Object.keys(enqueued)).toHaveLength(6);
    expect(enqueued[ALL_OTHER]).toBe(16);
  });
});
