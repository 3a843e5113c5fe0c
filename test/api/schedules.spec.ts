import { JobService } from 'nestjs-jobs';
import { ApiUnderTest } from './start-api.js';

const DAILY = { expression: '0 2 * * *', type: 'report' } as const;

let api: ApiUnderTest;
let ran: unknown[];

async function start(options: Parameters<typeof ApiUnderTest.start>[0] = {}): Promise<void> {
  ran = [];
  api = await ApiUnderTest.start({ ...options, api: { rateLimit: false, ...options.api } });
  const run = (payload: unknown): void => {
    ran.push(payload);
  };
  api.app.get(JobService).register('report', run, { queue: 'reports' });
}

afterEach(() => api.close());

async function put(id: string, body: object, expected = 200): Promise<Record<string, unknown>> {
  const answer = await api.send('PUT', `/jobs-api/schedules/${encodeURIComponent(id)}`, body);
  expect([answer.status, answer.body]).toEqual([expected, expect.any(Object)]);
  return answer.body as Record<string, unknown>;
}

describe('a schedule', () => {
  beforeEach(() => start());

  it('that is put fires, and is answered with all that it says', async () => {
    const made = await put('reports/nightly', {
      ...DAILY,
      payload: { kind: 'sales', password: 'geheim' },
      timezone: 'Europe/Berlin',
      startAt: '2026-01-01T00:00:00Z',
      endAt: '2027-01-01T00:00:00Z',
      except: ['12-25', '2026-08-01/2026-08-31'],
      jitter: 0,
      maxRuns: 2,
      missed: 'skip',
      overlap: 'queue-one',
      job: {
        priority: 'high',
        retry: { attempts: 4, backoff: 'fixed', initialDelay: '5s' },
        timeout: '1m',
        expiresIn: '2h',
        retain: '3h',
        maxCrashes: 1,
        metadata: { team: 'a', token: 't' },
        tags: ['money'],
      },
    });
    const whole = {
      id: 'reports/nightly',
      queue: 'reports',
      type: 'report',
      job: {
        priority: 100,
        maxAttempts: 4,
        maxCrashes: 1,
        timeout: 60_000,
        retry: { attempts: 4, backoff: 'fixed', initialDelay: '5s' },
        expiresIn: 7_200_000,
        retain: 10_800_000,
        tags: ['money', 'schedule:reports/nightly'],
        metadata: { team: 'a', token: '***' },
      },
      expression: '0 2 * * *',
      timezone: 'Europe/Berlin',
      startAt: '2026-01-01T00:00:00.000Z',
      endAt: '2027-01-01T00:00:00.000Z',
      except: ['12-25', '2026-08-01/2026-08-31'],
      jitter: 0,
      maxRuns: 2,
      missed: 'skip',
      overlap: 'queue-one',
      origin: 'api',
      enabled: true,
      nextRun: '2026-01-01T01:00:00.000Z',
      runCount: 0,
      recentJobs: [],
      dataVisible: true,
      payload: { kind: 'sales', password: '***' },
    };
    expect(made).toEqual(whole);
    expect((await api.get('/schedules/reports%2Fnightly')).body).toEqual(whole);

    await api.jobs.advance('24h');
    expect(ran).toEqual([{ kind: 'sales', password: 'geheim' }]);
    expect((await api.get('/schedules/reports%2Fnightly')).body).toMatchObject({
      lastRun: '2026-01-01T01:00:00.000Z',
      nextRun: '2026-01-02T01:00:00.000Z',
      runCount: 1,
      recentJobs: ['reports/nightly@2026-01-01T01:00:00.000Z'],
    });
    await api.jobs.advance('72h');
    expect(ran).toHaveLength(2);
    const ended = (await api.get('/schedules/reports%2Fnightly')).body as object;
    expect(ended).toMatchObject({ enabled: true, runCount: 2 });
    expect(ended).not.toHaveProperty('nextRun');
  });

  it('has the defaults where nothing is said, and is replaced as a whole by the next put', async () => {
    await put('daily', { ...DAILY, payload: 1, maxRuns: 5, timezone: 'Asia/Tokyo', job: { timeout: '1m' } });
    const replaced = await put('daily', DAILY);
    expect(replaced).toMatchObject({
      timezone: 'UTC',
      except: [],
      jitter: 0,
      maxRuns: 0,
      missed: 'once',
      overlap: 'allow',
      enabled: true,
    });
    expect(replaced['job']).not.toHaveProperty('timeout');
    expect(replaced).not.toHaveProperty('startAt');
    expect((await api.get('/schedules/daily/next?count=1')).body).toEqual({
      id: 'daily',
      next: ['2026-01-01T02:00:00.000Z'],
    });
  });

  it('takes what builders answer', async () => {
    await put('often', { ...DAILY, expression: '@every 10m' });
    await put('once', { ...DAILY, expression: '@at 2026-01-01T00:30:00Z' });
    await api.jobs.advance('61m');
    expect(ran).toHaveLength(7);
  });

  it('tells when it runs next', async () => {
    await put('daily', DAILY);
    expect((await api.get('/schedules/daily/next', 'read')).body).toMatchObject({ next: { length: 10 } });
    expect((await api.get('/schedules/daily/next?count=2', 'read')).body).toEqual({
      id: 'daily',
      next: ['2026-01-01T02:00:00.000Z', '2026-01-02T02:00:00.000Z'],
    });
    for (const count of ['0', '1001', 'many']) {
      const { status, body } = await api.get(`/schedules/daily/next?count=${count}`);
      expect([status, body]).toMatchObject([400, { fields: [{ field: 'count' }] }]);
    }
  });

  it('is switched off, stays off when it is put again, and on', async () => {
    await put('daily', DAILY);
    expect((await api.post('/schedules/daily/disable')).body).toMatchObject({ enabled: false, disabledBy: 'person' });
    expect(await put('daily', { ...DAILY, payload: 2 })).toMatchObject({ enabled: false });
    await api.jobs.advance('24h');
    expect(ran).toEqual([]);
    expect((await api.get('/schedules/daily/next')).body).toEqual({ id: 'daily', next: [] });
    expect((await api.post('/schedules/daily/enable')).body).toMatchObject({
      enabled: true,
      nextRun: '2026-01-02T02:00:00.000Z',
    });
    await api.jobs.advance('3h');
    expect(ran).toEqual([2]);
    expect(await put('daily', { ...DAILY, enabled: false })).toMatchObject({ enabled: false });
  });

  it('is run by hand, on or off', async () => {
    await put('daily', { ...DAILY, payload: 'now', enabled: false });
    const { status, body } = await api.post('/schedules/daily/run');
    expect([status, body]).toEqual([201, { queue: 'reports', id: expect.stringMatching(/^daily@2026-01-01T/) }]);
    await api.jobs.drain();
    expect(ran).toEqual(['now']);
    expect((await api.get('/schedules/daily')).body).toMatchObject({ runCount: 0 });
    const { id } = body as { readonly id: string };
    expect((await api.get('/audit?action=schedules.run')).body).toMatchObject({
      entries: [{ who: 'olga', outcome: 'done', target: 'daily', jobs: [{ queue: 'reports', id }], count: 1 }],
    });
  });

  it('is not run by hand where its queue has no room', async () => {
    await put('daily', DAILY);
    await api.submit('report');
    await api.send('PATCH', '/jobs-api/queues/reports/limits', { maxDepth: 1 });
    const { status, body, headers } = await api.post('/schedules/daily/run');
    expect([status, body, headers]).toMatchObject([503, { code: 'queue-full' }, { 'retry-after': '5' }]);
  });

  it('is removed for good', async () => {
    await put('daily', DAILY);
    const { status, body } = await api.send('DELETE', '/jobs-api/schedules/daily');
    expect([status, body]).toEqual([200, { id: 'daily', removed: true }]);
    await api.jobs.advance('24h');
    expect(ran).toEqual([]);
    expect((await api.get('/schedules')).body).toEqual({ schedules: [] });
  });

  it('is listed with others, by queue, type and switch, without its data', async () => {
    await put('b', { ...DAILY, payload: 1, job: { metadata: { a: 1 } }, enabled: false });
    await put('a', { ...DAILY, queue: 'reports' });
    await put('c', { ...DAILY, type: 'report', queue: 'reports' });
    const ids = async (query: string): Promise<readonly string[]> =>
      ((await api.get(`/schedules${query}`, 'read')).body as { schedules: readonly { id: string }[] }).schedules.map(
        ({ id }) => id,
      );
    expect(await ids('')).toEqual(['a', 'b', 'c']);
    expect(await ids('?enabled=true')).toEqual(['a', 'c']);
    expect(await ids('?enabled=false')).toEqual(['b']);
    expect(await ids('?queue=elsewhere')).toEqual([]);
    expect(await ids('?type=report&queue=reports&enabled=false')).toEqual(['b']);
    const { schedules } = (await api.get('/schedules')).body as {
      schedules: readonly { readonly id: string; readonly job: object }[];
    };
    expect(schedules[1]).not.toHaveProperty('payload');
    expect(schedules[1]?.job).not.toHaveProperty('metadata');
    expect((await api.get('/schedules?enabled=1&queue=a%20b')).body).toMatchObject({
      statusCode: 400,
      fields: [{ field: 'queue' }, { field: 'enabled' }],
    });
  });

  it('shows its data to nobody but those who may see data', async () => {
    await put('daily', { ...DAILY, payload: { kind: 'sales' }, job: { metadata: { a: 1 }, timeout: '1m' } });
    const { body } = await api.get('/schedules/daily', 'read');
    expect(body).toMatchObject({ dataVisible: false, job: { timeout: 60_000 } });
    expect(body).not.toHaveProperty('payload');
    expect((body as { job: object }).job).not.toHaveProperty('metadata');
  });
});

describe('a schedule that cannot be', () => {
  beforeEach(() => start({ jobs: { schedules: { max: 1 } } }));

  it.each([
    ['GET', ''],
    ['GET', '/next'],
    ['POST', '/enable'],
    ['POST', '/disable'],
    ['POST', '/run'],
    ['DELETE', ''],
  ])('found answers 404: %s %s', async (method, path) => {
    const { status, body } = await api.send(method, `/jobs-api/schedules/nobody${path}`);
    expect([status, body]).toMatchObject([404, { code: 'schedule-not-found' }]);
  });

  it('read names every field that is wrong', async () => {
    const wrong = await put(
      'wrong',
      {
        id: 'other',
        expression: '',
        type: 'a b',
        queue: 'c d',
        job: { priority: 'loud', retry: { attempts: 0 }, timeout: 'x', delay: '1m', tags: Array(20).fill('t') },
        timezone: '',
        startAt: 'tomorrow',
        endAt: 5,
        except: 'x',
        jitter: -1,
        maxRuns: -1,
        missed: 'maybe',
        overlap: 'maybe',
        enabled: 'yes',
      },
      400,
    );
    const fields = (wrong['fields'] as readonly { readonly field: string }[]).map(({ field }) => field);
    expect(fields.toSorted()).toEqual([
      'enabled',
      'endAt',
      'except',
      'expression',
      'id',
      'jitter',
      'job.delay',
      'job.priority',
      'job.retry.attempts',
      'job.tags',
      'job.timeout',
      'maxRuns',
      'missed',
      'overlap',
      'queue',
      'startAt',
      'timezone',
      'type',
    ]);
    expect((await api.get('/audit')).body).toMatchObject({ entries: [] });
  });

  it.each([
    ['expression', { expression: '61 * * * *' }, 'invalid-schedule'],
    ['timezone', { timezone: 'Mars/Base' }, 'invalid-schedule'],
    ['endAt', { startAt: '2026-02-01T00:00:00Z', endAt: '2026-01-01T00:00:00Z' }, 'invalid-schedule'],
    ['except[1]', { except: ['12-25', 'never'] }, 'invalid-schedule'],
    ['type', { type: 'nobody' }, 'unknown-job-type'],
  ])('understood names %s', async (field, body, code) => {
    expect(await put('wrong', { ...DAILY, ...body }, 400)).toMatchObject({ code, fields: [{ field }] });
    expect((await api.get('/audit')).body).toMatchObject({
      entries: [{ action: 'schedules.put', outcome: 'refused', target: 'wrong', detail: code }],
    });
    expect((await api.get('/schedules')).body).toEqual({ schedules: [] });
  });

  it('named answers 400', async () => {
    const { status, body } = await api.send('PUT', '/jobs-api/schedules/a%20b', DAILY);
    expect([status, body]).toMatchObject([400, { fields: [{ field: 'id' }] }]);
  });

  it('added to as many as there may be answers 409', async () => {
    await put('first', DAILY);
    expect(await put('second', DAILY, 409)).toMatchObject({ code: 'too-many-schedules' });
    expect(await put('first', { ...DAILY, payload: 1 })).toMatchObject({ id: 'first', payload: 1 });
  });

  it("made of the API's own jobs, which would act in another's name, answers 403", async () => {
    const body = { ...DAILY, type: 'jobs.bulk', payload: { action: 'cancel', filter: {}, who: 'rita' } };
    expect(await put('bulk', body, 403)).toMatchObject({ code: 'forbidden' });
  });
});

describe('the audit trail', () => {
  beforeEach(() => start());

  it('tells of every change, and of no data', async () => {
    await put('daily', {
      ...DAILY,
      payload: { secret: 's3cret' },
      job: { metadata: { secret: 's3cret' }, timeout: '1m' },
    });
    await api.post('/schedules/daily/disable');
    await api.post('/schedules/daily/enable');
    await api.send('DELETE', '/jobs-api/schedules/daily');
    const { body } = await api.get('/audit');
    const { entries } = body as { entries: readonly { action: string; detail?: string }[] };
    expect(entries).toMatchObject(
      ['remove', 'enable', 'disable', 'put'].map((what) => ({
        action: `schedules.${what}`,
        who: 'olga',
        outcome: 'done',
        target: 'daily',
      })),
    );
    expect(JSON.parse(entries[3]?.detail ?? '')).toEqual({ ...DAILY, job: { timeout: '1m' } });
    expect(JSON.stringify(body)).not.toContain('s3cret');
  });
});
