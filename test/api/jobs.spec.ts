import { JobService, type JobContext } from 'nestjs-jobs';
import { ApiUnderTest } from './start-api.js';

interface Page {
  readonly jobs: readonly { readonly id: string; readonly type: string; readonly queue: string }[];
  readonly pagination: {
    readonly page?: number;
    readonly page_size: number;
    readonly total?: number;
    readonly has_more: boolean;
    readonly cursor?: string;
    readonly scanned: number;
  };
}

let api: ApiUnderTest;

beforeEach(async () => {
  api = await ApiUnderTest.start({ api: { rateLimit: false } });
  const jobs = api.app.get(JobService);
  jobs.register('work', ({ n }: { readonly n: number }) => ({ n, password: 'p' }), { queue: 'work' });
  jobs.register(
    'fail',
    (_payload, job: JobContext) => {
      job.log('about to fail');
      job.progress({ done: 1, token: 't' });
      throw Object.assign(new Error('no such mailbox'), { code: 'E_MAILBOX' });
    },
    { queue: 'mail', retry: { attempts: 2, backoff: 'none' } },
  );
});

afterEach(() => api.close());

async function page(query: string): Promise<Page> {
  const { status, body } = await api.get(`/jobs?${query}`);
  expect(status).toBe(200);
  return body as Page;
}

const idsOf = ({ jobs }: Page): readonly string[] => jobs.map(({ id }) => id);

describe('a list of jobs', () => {
  it('comes in pages, with a total where the counters know it', async () => {
    for (let number = 1; number <= 45; number++) {
      await api.submit('work', { n: number }, { id: `job-${number}` });
    }
    await api.submit('fail', {}, { id: 'other' });
    const first = await page('queue=work&state=pending');
    expect(first.pagination).toMatchObject({ page: 1, page_size: 20, total: 45, has_more: true });
    expect(idsOf(first)).toHaveLength(20);
    const third = await page('queue=work&state=pending&page=3');
    expect(idsOf(third)).toEqual(['job-41', 'job-42', 'job-43', 'job-44', 'job-45']);
    expect(third.pagination).toMatchObject({ page: 3, total: 45, has_more: false });
    expect((await page('')).pagination).toMatchObject({ total: 46 });

    const walked: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const next: Page = await page(`page_size=7${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      expect(next.pagination.page).toBe(cursor === '' ? 1 : undefined);
      walked.push(...idsOf(next));
      cursor = next.pagination.cursor;
    }
    expect(new Set(walked).size).toBe(46);
  });

  it('is filtered by queue, state, type, tag, priority and time', async () => {
    await api.submit('work', {}, { id: 'a', tags: ['red'], priority: 'high' });
    await api.submit('work', {}, { id: 'b', tags: ['blue'], priority: 7 });
    const between = api.jobs.now.toISOString();
    await api.jobs.advance('1h');
    await api.submit('work', {}, { id: 'c', tags: ['red'], delay: '1h' });
    await api.submit('fail', {}, { id: 'd' });
    const found = async (query: string): Promise<readonly string[]> => [...idsOf(await page(query))].sort();
    expect(await found('queue=work')).toEqual(['a', 'b', 'c']);
    expect(await found('state=scheduled')).toEqual(['c']);
    expect(await found('type=fail')).toEqual(['d']);
    expect(await found('tag=red')).toEqual(['a', 'c']);
    expect(await found('tag=red&state=completed')).toEqual(['a']);
    expect(await found('priority=high')).toEqual(['a']);
    expect(await found('priority=7')).toEqual(['b']);
    expect(await found(`to=${new Date(Date.parse(between) + 1).toISOString()}`)).toEqual(['a', 'b']);
    expect(await found(`from=${new Date(Date.parse(between) + 1).toISOString()}`)).toEqual(['c', 'd']);
    const filtered = await page('tag=red');
    expect(filtered.pagination.total).toBeUndefined();
    expect(filtered.pagination.scanned).toBe(4);
  });

  it('names every field of a query that is wrong', async () => {
    const wrong = 'page=0&page_size=101&state=lost&priority=x&from=yesterday&queue=a%20b&colour=red&type=a&type=b';
    const { status, body } = await api.get(`/jobs?${wrong}`);
    expect(status).toBe(400);
    const { code, fields } = body as { code: string; fields: readonly { field: string; message: string }[] };
    expect(code).toBe('invalid-input');
    expect(fields.map(({ field }) => field).sort()).toEqual([
      'colour',
      'from',
      'page',
      'page_size',
      'priority',
      'queue',
      'state',
      'type',
    ]);
    expect(fields).toContainEqual({ field: 'page_size', message: 'must be an integer from 1 to 100' });
    expect(fields).toContainEqual({ field: 'colour', message: 'is not known here' });
    expect(JSON.stringify(body)).not.toContain('yesterday');

    for (const [query, field] of [
      ['page=2&cursor=x', 'page'],
      ['cursor=x', 'cursor'],
      ['page=9000&page_size=100', 'page'],
    ] as const) {
      const refused = await api.get(`/jobs?${query}`);
      expect([refused.status, refused.body]).toMatchObject([400, { code: 'invalid-option', fields: [{ field }] }]);
    }
  });
});

describe('one job', () => {
  it('is shown with its history and its log, and its data to those who may see it', async () => {
    const path = await api.submit(
      'fail',
      { to: 'ada', nested: [{ Password: 'x' }] },
      { metadata: { apiKey: 'k', a: 1 } },
    );
    await api.jobs.drain();
    const { body } = await api.get(path, 'operate');
    expect(body).toMatchObject({
      type: 'fail',
      queue: 'mail',
      state: 'failed',
      attempts: 2,
      priority: 0,
      priorityName: 'normal',
      createdAt: '2026-01-01T00:00:00.000Z',
      error: { code: 'E_MAILBOX', message: 'no such mailbox', attempt: 2 },
      history: [{ attempt: 1, stack: expect.stringContaining('no such mailbox') }, { attempt: 2 }],
      log: [{ attempt: 1, message: 'about to fail', at: '2026-01-01T00:00:00.000Z' }, { attempt: 2 }],
      dataVisible: true,
      payload: { to: 'ada', nested: [{ Password: '***' }] },
      progress: { done: 1, token: '***' },
      metadata: { apiKey: '***', a: 1 },
    });
    const { body: seen } = await api.get(path, 'read');
    expect(seen).toMatchObject({ dataVisible: false, history: [{}, {}], log: [{}, {}] });
    for (const hidden of ['payload', 'progress', 'metadata', 'result']) {
      expect(seen).not.toHaveProperty(hidden);
    }
  });

  it('shows its data as the application decides', async () => {
    await api.close();
    api = await ApiUnderTest.start({ api: { data: { visibleTo: 'read', redact: ['n'] } } });
    api.app.get(JobService).register('work', () => ({ n: 1, password: 'p' }));
    const path = await api.submit('work', { n: 1 });
    await api.jobs.drain();
    const { body } = await api.get(path, 'read');
    expect(body).toMatchObject({ payload: { n: '***' }, result: { n: '***', password: 'p' } });
    await api.close();
    api = await ApiUnderTest.start({ api: { data: { visibleTo: 'nobody' } } });
    api.app.get(JobService).register('work', () => 1);
    expect((await api.get(await api.submit('work'))).body).toMatchObject({ dataVisible: false });
  });

  it('is found without its queue, and with any id it may have', async () => {
    await api.submit('work', {}, { id: 'a/b c?#%' });
    const { status, body } = await api.get(`/jobs/-/${encodeURIComponent('a/b c?#%')}`);
    expect([status, body]).toMatchObject([200, { id: 'a/b c?#%', queue: 'work' }]);
    const cancelled = await api.post(`/jobs/-/${encodeURIComponent('a/b c?#%')}/cancel`);
    expect(cancelled.body).toEqual({ id: 'a/b c?#%', queue: 'work', state: 'cancelled' });
  });

  it.each([
    ['GET', '/jobs/work/nobody'],
    ['GET', '/jobs/-/nobody'],
    ['POST', '/jobs/work/nobody/cancel'],
    ['POST', '/jobs/-/nobody/retry'],
    ['POST', '/jobs/nowhere/nobody/promote'],
    ['DELETE', '/jobs/work/nobody'],
    ['POST', '/dead-letters/work/nobody/retry'],
  ])('that is not there answers 404: %s %s', async (method, path) => {
    const { status, body } = await api.send(method, `/jobs-api${path}`);
    expect([status, body]).toMatchObject([404, { statusCode: 404, code: 'job-not-found' }]);
  });

  it.each([
    ['POST', 'retry', 'pending', ['failed', 'cancelled']],
    ['POST', 'promote', 'pending', ['scheduled', 'retrying']],
    ['POST', 'cancel', 'completed', ['scheduled', 'blocked', 'pending', 'running', 'retrying']],
    ['DELETE', '', 'running', ['scheduled', 'blocked', 'pending', 'retrying', 'completed', 'failed', 'cancelled']],
  ])('answers 409 to a move that its state does not allow: %s %s', async (method, move, state, allowed) => {
    let open = (): void => undefined;
    api.app.get(JobService).register('slow', () => new Promise<void>((resolve) => (open = resolve)), { queue: 'slow' });
    const path = await api.submit(state === 'running' ? 'slow' : 'work');
    if (state === 'completed') {
      await api.jobs.drain();
    } else if (state === 'running') {
      await api.jobs.begin();
    }
    const { status, body } = await api.send(method, `/jobs-api${path}${move === '' ? '' : `/${move}`}`);
    expect([status, body]).toMatchObject([409, { code: 'illegal-state', state, allowed }]);
    open();
    await api.jobs.drain();
  });

  it('that runs is asked to stop', async () => {
    let reason: unknown;
    api.app.get(JobService).register('endless', (_payload, job) => {
      return new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => {
          reason = job.signal.reason;
          reject(job.signal.reason);
        });
      });
    });
    const path = await api.submit('endless');
    await api.jobs.begin();
    expect((await api.post(`${path}/cancel`)).body).toMatchObject({ state: 'running' });
    await api.jobs.drain();
    expect(reason).toMatchObject({ code: 'cancelled' });
    expect((await api.get(path)).body).toMatchObject({ state: 'cancelled' });
  });
});

describe('a submit', () => {
  it('takes every option, and says what became of it', async () => {
    const options = {
      id: 'invoice-7',
      queue: 'other',
      priority: 'critical',
      runAt: '2026-01-01T01:00:00Z',
      retry: { attempts: 7, backoff: 'fixed', initialDelay: '1s', factor: 3, jitter: 0.5, giveUpOn: ['E_ADDRESS'] },
      timeout: '10s',
      expiresIn: '2h',
      maxCrashes: 1,
      metadata: { tenant: 'acme' },
      tags: ['invoice'],
      retain: '1d',
    };
    const added = await api.post('/jobs', { type: 'work', payload: { n: [1, { a: null }] }, options }, 'submit');
    expect([added.status, added.body]).toEqual([
      201,
      { id: 'invoice-7', queue: 'other', type: 'work', receipt: 'added', state: 'scheduled' },
    ]);
    expect(await api.record('/jobs/other/invoice-7')).toMatchObject({
      payload: { n: [1, { a: null }] },
      priority: 200,
      maxAttempts: 7,
      maxCrashes: 1,
      timeout: 10_000,
      retry: options.retry,
      tags: ['invoice'],
      metadata: { tenant: 'acme' },
      scheduledAt: Date.parse('2026-01-01T01:00:00Z'),
    });
    const again = await api.post('/jobs', { type: 'work', options: { id: 'invoice-7', queue: 'other' } }, 'submit');
    expect([again.status, again.body]).toMatchObject([200, { receipt: 'duplicate', state: 'scheduled' }]);
  });

  it.each([
    [{}, ['type']],
    [{ type: 'work', colour: 1 }, ['colour']],
    [[], ['']],
    [{ type: 'work', options: 5 }, ['options']],
    [
      { type: 'a b', options: { id: '', delay: 'soon', tags: 'x', metadata: [], retry: { attempts: 0, jitters: 1 } } },
      [
        'options.delay',
        'options.id',
        'options.metadata',
        'options.retry.attempts',
        'options.retry.jitters',
        'options.tags',
        'type',
      ],
    ],
    [{ type: 'work', options: { id: 'x'.repeat(257) } }, ['options.id']],
    [
      { type: 'work', options: { priority: 'urgentest', runAt: 'noon', expiresIn: -1 } },
      ['options.expiresIn', 'options.priority', 'options.runAt'],
    ],
  ])('names each field that is wrong: %j', async (body, expected) => {
    const answer = await api.post('/jobs', body);
    expect(answer.status).toBe(400);
    const { fields } = answer.body as { fields: readonly { field: string }[] };
    expect(fields.map(({ field }) => field).sort()).toEqual(expected);
  });

  it('is refused with the fields of its payload, for an unknown type, and for a payload that is too large', async () => {
    class Order {
      readonly customer!: string;
    }
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) =>
          typeof (value as Order).customer === 'string'
            ? { value: value as Order }
            : { issues: [{ message: 'must be a text', path: ['customer'] }] },
      },
    };
    api.app.get(JobService).register('order', () => 1, { payload: schema });
    const wrong = await api.post('/jobs', { type: 'order', payload: { customer: 5 } });
    expect([wrong.status, wrong.body]).toMatchObject([
      400,
      { code: 'invalid-payload', fields: [{ field: 'payload.customer', message: 'must be a text' }] },
    ]);
    const unknown = await api.post('/jobs', { type: 'unheard-of' });
    expect([unknown.status, unknown.body]).toMatchObject([
      400,
      { code: 'unknown-job-type', fields: [{ field: 'type' }] },
    ]);
    const both = await api.post('/jobs', { type: 'work', options: { delay: '1s', runAt: '2026-01-01' } });
    expect([both.status, both.body]).toMatchObject([400, { code: 'invalid-option', fields: [{ field: 'delay' }] }]);
  });

  it('is refused where it is too large, before and after its body was read', async () => {
    await api.close();
    api = await ApiUnderTest.start({ jobs: { maxPayloadSize: 1_024 } });
    api.app.get(JobService).register('work', () => 1);
    const payload = await api.post('/jobs', { type: 'work', payload: 'x'.repeat(2_000) });
    expect([payload.status, payload.body]).toMatchObject([413, { code: 'payload-too-large' }]);
    const body = await api.post('/jobs', { type: 'work', payload: 'x'.repeat(70_000) });
    expect([body.status, body.body]).toMatchObject([413, { code: 'input-too-large' }]);
  });

  it('into a full queue waits, and then answers 503', async () => {
    await api.close();
    api = await ApiUnderTest.start({
      jobs: { queues: { small: { maxDepth: 1, blockTimeout: '1ms' } } },
    });
    api.app.get(JobService).register('work', () => 1, { queue: 'small' });
    await api.submit('work');
    const answer = api.post('/jobs', { type: 'work' });
    const settled = { value: false };
    void answer.finally(() => (settled.value = true));
    while (!settled.value) {
      await api.pass(5);
    }
    const { status, body, headers } = await answer;
    expect([status, body]).toMatchObject([503, { code: 'queue-full' }]);
    expect(headers['retry-after']).toBe('5');
  });

  it('with a delay, into a queue with as many scheduled jobs as it may have, answers 503 at once', async () => {
    await api.close();
    api = await ApiUnderTest.start({ jobs: { queues: { small: { maxScheduled: 1 } } } });
    api.app.get(JobService).register('work', () => 1, { queue: 'small' });
    const delayed = { type: 'work', options: { delay: '1h' } };
    expect((await api.post('/jobs', delayed)).status).toBe(201);
    const { status, body, headers } = await api.post('/jobs', delayed);
    expect([status, body]).toMatchObject([503, { code: 'too-many-scheduled' }]);
    expect(headers['retry-after']).toBe('5');
    expect((await api.post('/jobs', { type: 'work' })).status).toBe(201);
  });
});
