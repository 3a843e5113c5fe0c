import { JobService } from 'nestjs-jobs';
import { BULK_TYPE } from 'nestjs-jobs/api';
import { BulkMoves } from '../../libs/jobs/src/application/inspecting/bulk-moves.js';
import { JobSearch } from '../../libs/jobs/src/application/inspecting/job-search.js';
import { JobControl } from '../../libs/jobs/src/application/ports/job-control.js';
import { StoreFullError, StoreUnavailableError } from '../../libs/jobs/src/domain/errors/errors.js';
import { ApiUnderTest } from './start-api.js';

let api: ApiUnderTest;
let jobs: JobService;

beforeEach(async () => {
  api = await ApiUnderTest.start({ api: { rateLimit: false } });
  jobs = api.app.get(JobService);
  let outage = true;
  jobs.register(
    'mail',
    ({ code }: { readonly code?: string }) => {
      if (outage) throw Object.assign(new Error('down'), { code: code ?? 'ECONNREFUSED' });
      return 'sent';
    },
    { queue: 'mail', retry: { attempts: 1 } },
  );
  jobs.register('report', () => 1, { queue: 'reports' });
  mend = () => (outage = false);
});

afterEach(() => api.close());

let mend: () => void;

/** Begins a bulk operation, lets it run, and answers what it returned. */
async function run(path: string, body: object): Promise<unknown> {
  const begun = await api.post(path, body);
  expect([begun.status, begun.body]).toMatchObject([202, { dryRun: false, job: { queue: 'jobs.bulk' } }]);
  const { job } = begun.body as { readonly job: { readonly queue: string; readonly id: string } };
  await api.jobs.drain();
  const { body: record } = await api.get(`/jobs/${job.queue}/${job.id}`);
  expect(record).toMatchObject({ type: BULK_TYPE, state: 'completed' });
  return (record as { readonly result: unknown }).result;
}

async function count(query: string): Promise<number> {
  return ((await api.get(`/jobs?${query}`)).body as { pagination: { total: number } }).pagination.total;
}

describe('a bulk operation', () => {
  it('cancels all that match as a job, and says how many in a dry run before', async () => {
    await jobs.submitMany(Array.from({ length: 250 }, () => ({ type: 'mail', options: { delay: '1h', tags: ['a'] } })));
    await jobs.submitMany(Array.from({ length: 30 }, () => ({ type: 'mail', options: { delay: '1h' } })));
    const body = { action: 'cancel', filter: { queue: 'mail', tag: 'a' } };
    const dry = await api.post('/bulk', { ...body, dryRun: true });
    expect([dry.status, dry.body]).toEqual([
      200,
      { action: 'cancel', dryRun: true, would: { matched: 250, scanned: 280, complete: true } },
    ]);
    expect(await count('queue=mail&state=scheduled')).toBe(280);
    expect(await run('/bulk', body)).toMatchObject({ done: 250, skipped: 0, failed: 0 });
    expect([await count('queue=mail&state=scheduled'), await count('queue=mail&state=cancelled')]).toEqual([30, 250]);
  });

  it('leaves alone what was submitted after it was begun', async () => {
    await api.submit('report', {}, { delay: '2h', id: 'before' });
    await api.post('/queues/jobs.bulk/pause');
    await api.post('/bulk', { action: 'remove', filter: { queue: 'reports', state: 'scheduled' } });
    await api.jobs.advance('1s');
    await api.submit('report', {}, { delay: '2h', id: 'after' });
    await api.post('/queues/jobs.bulk/resume');
    await api.jobs.drain();
    expect((await api.get('/jobs/reports/before')).status).toBe(404);
    expect((await api.get('/jobs/reports/after')).status).toBe(200);
  });

  it('never touches the job that does it', async () => {
    expect(await run('/bulk', { action: 'cancel', filter: { priority: 'normal' } })).toMatchObject({ done: 0 });
  });

  it('says how many at least, where there are more than it looks at', async () => {
    await jobs.submitMany(
      Array.from({ length: 10_400 }, (_, n) => ({ type: 'report', options: { tags: n % 2 === 0 ? ['even'] : [] } })),
    );
    const { body } = await api.post('/bulk', {
      action: 'cancel',
      filter: { queue: 'reports', state: 'pending', tag: 'even' },
      dryRun: true,
    });
    const { matched, scanned, complete } = (body as { would: { matched: number; scanned: number; complete: boolean } })
      .would;
    expect(complete).toBe(false);
    expect(scanned).toBeGreaterThanOrEqual(10_000);
    expect(scanned).toBeLessThan(10_400);
    expect(Math.abs(matched - scanned / 2)).toBeLessThanOrEqual(1);
  });

  it.each([
    [{ action: 'cancel', filter: {} }, 'filter'],
    [{ action: 'cancel' }, 'filter'],
    [{ action: 'explode', filter: { queue: 'a' } }, 'action'],
    [{ action: 'remove', filter: { queue: 'a' } }, 'filter.state'],
    [{ action: 'remove', filter: { state: 'running' } }, 'filter.state'],
    [{ action: 'retry', filter: { state: 'completed' } }, 'filter.state'],
    [{ action: 'cancel', filter: { queue: 'a', colour: 'red' } }, 'filter.colour'],
    [{ action: 'cancel', filter: { from: 'x' }, dryRun: 'no' }, 'filter.from'],
  ])('is refused with what is wrong in it: %j', async (body, field) => {
    const answer = await api.post('/bulk', body);
    expect(answer.status).toBe(400);
    expect((answer.body as { fields: readonly { field: string }[] }).fields.map((each) => each.field)).toContain(field);
    expect((await api.get('/jobs?queue=jobs.bulk')).body).toMatchObject({ jobs: [] });
  });

  it('is no job that anyone who may submit can make', async () => {
    const payload = { action: 'remove', filter: { state: 'failed' }, who: 'olga' };
    for (const role of ['submit', 'operate'] as const) {
      const { status, body } = await api.post('/jobs', { type: BULK_TYPE, payload }, role);
      expect([status, body]).toMatchObject([403, { code: 'forbidden' }]);
    }
  });

  it('goes on where it was cut off, and counts what it did before', async () => {
    await jobs.submitMany(Array.from({ length: 250 }, () => ({ type: 'report', options: { delay: '1h' } })));
    const control = api.app.get(JobControl, { strict: false });
    const cancel = control.cancel.bind(control);
    let calls = 0;
    jest.spyOn(control, 'cancel').mockImplementation((queue, ids) => {
      calls++;
      return calls === 2 ? Promise.reject(new StoreUnavailableError('away')) : cancel(queue, ids);
    });
    await api.post('/bulk', { action: 'cancel', filter: { queue: 'reports', type: 'report' } });
    await api.jobs.drain();
    expect(await count('queue=reports&state=cancelled')).toBe(100);
    await api.jobs.advance('10m');
    expect(await count('queue=reports&state=cancelled')).toBe(250);
    const [work] = ((await api.get('/jobs?queue=jobs.bulk')).body as { jobs: readonly { id: string }[] }).jobs;
    const { body } = await api.get(`/jobs/jobs.bulk/${work?.id}`);
    expect(body).toMatchObject({ state: 'completed', attempts: 2, result: { done: 250, skipped: 0, failed: 0 } });
  });

  it('counts what the store refuses, and goes on', async () => {
    await api.submit('mail', {}, { id: 'one' });
    await api.submit('report', {}, { delay: '1h' });
    const control = api.app.get(JobControl, { strict: false });
    const cancel = control.cancel.bind(control);
    jest
      .spyOn(control, 'cancel')
      .mockImplementation((queue, ids) =>
        queue === 'mail' ? Promise.reject(new StoreFullError('full')) : cancel(queue, ids),
      );
    const moves = api.app.get(BulkMoves, { strict: false });
    const tally = await moves.run('cancel', { from: 0 }, { until: Number.MAX_SAFE_INTEGER });
    expect(tally).toEqual({ done: 1, skipped: 0, failed: 1 });
  });

  it('asks a running job to stop once, and goes over a list again whose cursor may have shifted', async () => {
    jobs.register('endless', (_payload, job) => {
      return new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => reject(job.signal.reason));
      });
    });
    await api.submit('endless');
    await api.jobs.begin();
    const moves = api.app.get(BulkMoves, { strict: false });
    const search = api.app.get(JobSearch, { strict: false });
    const all = jest.spyOn(search, 'all');
    const tally = await moves.run('cancel', { queue: 'default', state: 'running' }, { until: Number.MAX_SAFE_INTEGER });
    expect(tally).toEqual({ done: 1, skipped: 0, failed: 0 });
    expect(all).toHaveBeenCalledTimes(2);
    await api.jobs.drain();
    expect(await count('queue=default&state=cancelled')).toBe(1);
  });

  it('is told to stop like any job', async () => {
    await jobs.submitMany(Array.from({ length: 300 }, () => ({ type: 'report', options: { delay: '1h' } })));
    const moves = api.app.get(BulkMoves, { strict: false });
    const stop = new AbortController();
    const run_ = moves.run(
      'cancel',
      { queue: 'reports' },
      {
        until: Number.MAX_SAFE_INTEGER,
        signal: stop.signal,
        onStep: () => stop.abort(new Error('enough')),
      },
    );
    await expect(run_).rejects.toThrow('enough');
    expect(await count('queue=reports&state=cancelled')).toBe(100);
  });
});

describe('jobs that are named', () => {
  it('are moved at once, each with an answer of its own', async () => {
    await api.submit('report', {}, { id: 'a', delay: '1h' });
    await api.submit('mail', {}, { id: 'b', delay: '1h' });
    await api.submit('report', {}, { id: 'c' });
    await api.jobs.drain();
    const named = [
      { queue: 'mail', id: 'b' },
      { queue: 'reports', id: 'nobody' },
      { queue: 'reports', id: 'a' },
      { queue: 'reports', id: 'c' },
      { queue: 'mail', id: 'b' },
    ];
    const { status, body } = await api.post('/bulk/jobs', { action: 'cancel', jobs: named });
    expect([status, body]).toEqual([
      200,
      {
        action: 'cancel',
        jobs: [
          { queue: 'mail', id: 'b', status: 'ok', state: 'cancelled' },
          { queue: 'reports', id: 'nobody', status: 'missing' },
          { queue: 'reports', id: 'a', status: 'ok', state: 'cancelled' },
          { queue: 'reports', id: 'c', status: 'illegal', state: 'completed' },
          { queue: 'mail', id: 'b', status: 'ok', state: 'cancelled' },
        ],
      },
    ]);
  });

  it.each([
    [[], 'jobs'],
    [Array.from({ length: 501 }, (_, n) => ({ queue: 'a', id: String(n) })), 'jobs'],
    [[{ queue: 'a' }], 'jobs.0.id'],
    [['a'], 'jobs'],
  ])('are 1 to 500, each with queue and id (%#)', async (named, field) => {
    const answer = await api.post('/bulk/jobs', { action: 'cancel', jobs: named });
    expect([answer.status, answer.body]).toMatchObject([400, { fields: [{ field }] }]);
  });
});

describe('dead letters', () => {
  beforeEach(async () => {
    await api.submit('mail', {}, { id: 'a' });
    await api.submit('mail', { code: 'E_ADDRESS' }, { id: 'b' });
    await api.submit('mail', {}, { id: 'c', tags: ['vip'] });
    await api.jobs.drain();
  });

  it('are listed, newest first, over all queues or one', async () => {
    const { body } = await api.get('/dead-letters');
    expect(body).toMatchObject({ pagination: { total: 3 }, jobs: [{ state: 'failed' }, {}, {}] });
    expect((await api.get('/dead-letters?queue=mail&tag=vip')).body).toMatchObject({ jobs: [{ id: 'c' }] });
    expect((await api.get('/dead-letters?queue=reports')).body).toMatchObject({ jobs: [] });
  });

  it('are run again one by one, or all that match', async () => {
    mend();
    const one = await api.post('/dead-letters/mail/a/retry');
    expect([one.status, one.body]).toEqual([200, { queue: 'mail', id: 'a', state: 'pending' }]);
    const again = await api.post('/dead-letters/mail/a/retry');
    expect([again.status, again.body]).toMatchObject([409, { state: 'pending' }]);
    expect(await run('/dead-letters/retry', { filter: { queue: 'mail', code: 'E_ADDRESS' } })).toMatchObject({
      done: 1,
    });
    expect(await count('queue=mail&state=failed')).toBe(1);
    const dry = await api.post('/dead-letters/retry', { dryRun: true });
    expect([dry.status, dry.body]).toMatchObject([200, { would: { matched: 1, complete: true } }]);
    expect(await run('/dead-letters/retry', {})).toMatchObject({ done: 1, jobs: [{ queue: 'mail', id: 'c' }] });
    await api.jobs.drain();
    expect(await count('queue=mail&state=completed')).toBe(3);
  });

  it('are forgotten by filter', async () => {
    expect(await run('/dead-letters/purge', { filter: { tag: 'vip' } })).toMatchObject({ done: 1 });
    expect(await count('state=failed')).toBe(2);
    const wrong = await api.post('/dead-letters/purge', { filter: { state: 'completed' } });
    expect([wrong.status, wrong.body]).toMatchObject([400, { fields: [{ field: 'filter.state' }] }]);
  });

  it('that fail again while they are retried are not retried twice', async () => {
    expect(await run('/dead-letters/retry', {})).toMatchObject({ done: 3 });
    await api.jobs.drain();
    expect(await count('queue=mail&state=failed')).toBe(3);
  });
});
