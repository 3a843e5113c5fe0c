import { JobService } from 'nestjs-jobs';
import { AuditLog } from '../../libs/jobs/src/application/ports/audit-log.js';
import { JobControl } from '../../libs/jobs/src/application/ports/job-control.js';
import { JobInspector } from '../../libs/jobs/src/application/ports/job-inspector.js';
import { Log } from '../../libs/jobs/src/application/ports/log.js';
import { StoreUnavailableError, UsageError } from '../../libs/jobs/src/domain/errors/errors.js';
import { RecordingLog } from '../engine/start-engine.js';
import { ApiUnderTest } from './start-api.js';

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly outcome: string;
  readonly jobs: readonly { readonly id: string }[];
  readonly count: number;
  readonly at: string;
}

let api: ApiUnderTest;
let log: RecordingLog;

beforeEach(async () => {
  log = new RecordingLog();
  api = await ApiUnderTest.start({
    api: { rateLimit: false },
    override: (builder) => builder.overrideProvider(Log).useValue(log),
  });
  api.app.get(JobService).register('work', () => 1, { queue: 'work' });
});

afterEach(() => api.close());

async function entries(query = ''): Promise<readonly Entry[]> {
  return ((await api.get(`/audit${query}`)).body as { readonly entries: readonly Entry[] }).entries;
}

describe('the audit trail', () => {
  it('says who has done what to which jobs, when, from where, and in answer to which request', async () => {
    await api.jobs.advance('1h');
    const headers = { 'X-Request-Id': 'request-7' };
    const added = await api.send(
      'POST',
      '/jobs-api/jobs',
      { type: 'work', payload: { secret: 's' } },
      'submit',
      headers,
    );
    expect(added.headers['x-request-id']).toBe('request-7');
    const { id } = added.body as { readonly id: string };
    const [entry] = await entries();
    expect(entry).toEqual({
      id: '1',
      at: '2026-01-01T01:00:00.000Z',
      who: 'sam',
      action: 'jobs.submit',
      outcome: 'done',
      detail: 'work',
      jobs: [{ queue: 'work', id }],
      count: 1,
      requestId: 'request-7',
      ip: expect.stringMatching(/127\.0\.0\.1|::1/),
    });
    const odd = await api.send('GET', '/jobs-api/stats', undefined, 'read', { 'X-Request-Id': 'a b\tc' });
    expect(odd.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('names the first twenty of many jobs, and says how many there were', async () => {
    const jobs = Array.from({ length: 30 }, (_, n) => ({ queue: 'work', id: `job-${n}` }));
    await api.app.get(JobService).submitMany(jobs.slice(0, 25).map(({ id }) => ({ type: 'work', options: { id } })));
    await api.post('/bulk/jobs', { action: 'cancel', jobs });
    const [entry] = await entries();
    expect(entry).toMatchObject({ action: 'bulk.cancel.named', outcome: 'done', count: 25 });
    expect(entry?.jobs).toHaveLength(20);
  });

  it('tells of a bulk operation when it is asked for and when it has ended', async () => {
    await api.app
      .get(JobService)
      .submitMany(Array.from({ length: 25 }, () => ({ type: 'work', options: { delay: '1h' } })));
    const { headers } = await api.post('/bulk', { action: 'cancel', filter: { queue: 'work', state: 'scheduled' } });
    await api.jobs.drain();
    const [ended, begun] = await entries();
    const filter = { queue: 'work', state: 'scheduled' };
    const requestId = headers['x-request-id'];
    expect(begun).toMatchObject({ who: 'olga', action: 'bulk.cancel', outcome: 'done', filter, requestId });
    expect(ended).toMatchObject({ who: 'olga', action: 'bulk.cancel.ended', count: 25, filter, requestId });
    expect(ended?.jobs).toHaveLength(20);
    await api.post('/bulk', { action: 'cancel', filter, dryRun: true });
    expect(await entries()).toHaveLength(2);
  });

  it('tells of what was refused, and why', async () => {
    const path = await api.submit('work');
    await api.post(`${path}/retry`);
    expect(await entries()).toMatchObject([
      { action: 'jobs.retry', outcome: 'refused', detail: 'illegal-state', count: 1 },
      { action: 'jobs.submit', outcome: 'done' },
    ]);
    await api.post('/jobs', { type: 'unheard-of' });
    expect(await entries('?outcome=refused')).toHaveLength(2);
  });

  it('is read page by page, by who, what and outcome', async () => {
    for (let number = 0; number < 5; number++) {
      await api.post('/jobs', { type: 'work' }, number === 2 ? 'submit' : 'operate');
    }
    const first = await api.get('/audit?page_size=2');
    const { pagination } = first.body as { pagination: { cursor: string } };
    expect(pagination).toMatchObject({ page_size: 2, has_more: true, scanned: 2 });
    const rest = await entries(`?page_size=10&cursor=${pagination.cursor}`);
    expect(rest.map(({ id }) => id)).toEqual(['3', '2', '1']);
    expect(await entries('?who=sam')).toMatchObject([{ id: '3' }]);
    expect(await entries('?action=jobs.cancel')).toEqual([]);
    const wrong = await api.get('/audit?page_size=0&outcome=maybe&cursor=x&role=read');
    expect([wrong.status, wrong.body]).toMatchObject([400, { fields: [{}, {}, {}] }]);
    expect((await api.get('/audit?cursor=x')).status).toBe(400);
  });

  it('keeps no addresses where it is told not to', async () => {
    await api.close();
    api = await ApiUnderTest.start({ api: { auditIp: false } });
    await api.post('/jobs', { type: 'unheard-of' });
    const [entry] = await entries();
    expect(entry).not.toHaveProperty('ip');
  });

  it('that cannot be written keeps the change from being made', async () => {
    const path = await api.submit('work');
    const audit = api.app.get(AuditLog, { strict: false });
    jest.spyOn(audit, 'append').mockRejectedValue(new StoreUnavailableError('redis://secret is away'));
    const { status, body, headers } = await api.post(`${path}/cancel`);
    expect([status, body]).toMatchObject([503, { code: 'not-audited' }]);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.stringify(body)).not.toContain('redis://');
    expect((await api.get(path)).body).toMatchObject({ state: 'pending' });
    expect((await api.post('/jobs', { type: 'work' })).status).toBe(503);
    expect((await api.get('/jobs')).body).toMatchObject({ pagination: { total: 1 } });
  });

  it('that cannot be written afterwards leaves the change attempted, and the log says so', async () => {
    const path = await api.submit('work');
    const audit = api.app.get(AuditLog, { strict: false });
    jest.spyOn(audit, 'conclude').mockRejectedValue(new StoreUnavailableError('away'));
    expect((await api.post(`${path}/cancel`)).status).toBe(200);
    expect(await entries('?action=jobs.cancel')).toMatchObject([{ outcome: 'attempted', count: 1 }]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('jobs.cancel') });
  });
});

describe('a store that is away', () => {
  it('answers 503, says when to come again, and audits a change that failed', async () => {
    const path = await api.submit('work');
    const away = new StoreUnavailableError('The store is away');
    jest.spyOn(api.app.get(JobControl, { strict: false }), 'cancel').mockRejectedValue(away);
    const { status, body, headers } = await api.post(`${path}/cancel`);
    expect([status, body]).toMatchObject([503, { code: 'store-unavailable' }]);
    expect(headers['retry-after']).toBe('5');
    expect(await entries('?action=jobs.cancel')).toMatchObject([{ outcome: 'failed', detail: 'store-unavailable' }]);
  });

  it('and jobs that are switched off, too', async () => {
    jest.spyOn(api.app.get(JobInspector, { strict: false }), 'get').mockRejectedValue(new UsageError('switched off'));
    expect((await api.get('/jobs/work/a')).status).toBe(503);
  });
});

describe('a fault of the server', () => {
  it('answers 500 and shows nothing of it; the log has it under the id of the request', async () => {
    const fault = new TypeError('cannot read password of undefined');
    jest.spyOn(api.app.get(JobInspector, { strict: false }), 'get').mockRejectedValue(fault);
    const { status, body } = await api.get('/jobs/work/a');
    const { requestId } = body as { requestId: string };
    expect([status, body]).toEqual([
      500,
      { statusCode: 500, code: 'internal', message: expect.any(String), requestId },
    ]);
    expect(JSON.stringify(body)).not.toContain('password');
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { requestId } });
    jest.spyOn(api.app.get(JobControl, { strict: false }), 'cancel').mockRejectedValue(fault);
    await api.post('/jobs/work/a/cancel');
    expect(await entries()).toMatchObject([{ outcome: 'failed', detail: 'TypeError' }]);
  });
});
