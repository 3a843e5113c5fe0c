import { JobService } from 'nestjs-jobs';
import { ProcessDirectory } from '../../libs/jobs/src/application/ports/process-directory.js';
import { FRAGILE, OPERATIONS } from './operations.js';
import { ApiUnderTest } from './start-api.js';

let api: ApiUnderTest;

beforeEach(async () => {
  api = await ApiUnderTest.start({ api: { rateLimit: false } });
  const jobs = api.app.get(JobService);
  jobs.register('work', () => 1, { queue: 'work' });
  jobs.register(FRAGILE, () => Promise.reject(new Error('broken')), { queue: 'fragile', retry: { attempts: 1 } });
});

afterEach(() => api.close());

describe('queues', () => {
  it('are shown with their counts and what is enforced for them', async () => {
    await api.submit('work', {}, { priority: 'high' });
    await api.submit('work', {}, { delay: '1h' });
    await api.submit(FRAGILE);
    await api.jobs.drain();
    await api.submit('work', {}, { priority: 5 });
    const { body } = await api.get('/queues', 'read');
    const { queues } = body as { queues: readonly { name: string }[] };
    expect(queues.map(({ name }) => name)).toEqual(['fragile', 'jobs.bulk', 'work']);
    expect(queues[2]).toMatchObject({
      paused: false,
      total: 3,
      byState: { pending: 1, scheduled: 1, completed: 1 },
      pendingByPriority: { 5: 1 },
      processed: { completed: 1, failed: 0, cancelled: 0 },
      lastProcessedAt: '2026-01-01T00:00:00.000Z',
      oldestPendingAt: '2026-01-01T00:00:00.000Z',
    });
    expect((await api.get('/queues/work', 'read')).body).toMatchObject({
      name: 'work',
      total: 3,
      limits: { onFull: 'block', retainAge: 86_400_000, retainCount: 10_000 },
    });
    expect((await api.get('/stats', 'read')).body).toMatchObject({
      total: 4,
      byState: { failed: 1, completed: 1 },
      byPriority: { 5: 1 },
      processed: { completed: 1, failed: 1 },
    });
    expect((await api.get('/types', 'read')).body).toEqual({
      types: [
        { type: FRAGILE, queue: 'fragile', priority: 0, maxAttempts: 1 },
        expect.objectContaining({ type: 'jobs.bulk' }),
        expect.objectContaining({ type: 'work' }),
      ],
    });
  });

  it('are paused, resumed and cleared', async () => {
    await api.submit('work');
    expect((await api.post('/queues/work/pause')).body).toEqual({ name: 'work', paused: true });
    await api.jobs.drain();
    expect((await api.get('/queues/work')).body).toMatchObject({ paused: true, byState: { pending: 1 } });
    expect((await api.post('/queues/work/resume')).body).toEqual({ name: 'work', paused: false });
    await api.jobs.drain();
    expect((await api.get('/queues/work')).body).toMatchObject({ byState: { completed: 1 } });
    await api.submit('work', {}, { delay: '1h' });
    await api.submit('work');
    expect((await api.post('/queues/work/clear')).body).toEqual({ name: 'work', cleared: 2 });
    expect((await api.get('/audit?action=queues.clear')).body).toMatchObject({
      entries: [{ target: 'work', count: 2 }],
    });
  });

  it('have limits that are changed one by one', async () => {
    await api.submit('work');
    const limits = async (body: object): Promise<unknown> =>
      (await api.send('PATCH', '/jobs-api/queues/work/limits', body)).body;
    const rest = { retainAge: 86_400_000, retainCount: 10_000 };
    expect(await limits({ concurrency: 3, maxDepth: 10 })).toEqual({
      concurrency: 3,
      maxDepth: 10,
      onFull: 'block',
      ...rest,
    });
    expect(await limits({ concurrency: null, onFull: 'drop-oldest' })).toEqual({
      maxDepth: 10,
      onFull: 'drop-oldest',
      ...rest,
    });
    expect(await limits({ maxScheduled: 7 })).toMatchObject({ maxDepth: 10, maxScheduled: 7 });
    expect(await limits({ maxScheduled: null })).toEqual({ maxDepth: 10, onFull: 'drop-oldest', ...rest });
    expect(await limits({ retainAge: '1h', retainCount: 5 })).toEqual({
      maxDepth: 10,
      onFull: 'drop-oldest',
      retainAge: 3_600_000,
      retainCount: 5,
    });
    expect((await api.get('/queues/work')).body).toMatchObject({ limits: { maxDepth: 10, retainCount: 5 } });
    const wrong = await limits({
      concurrency: 0,
      maxDepth: 'x',
      maxScheduled: 0,
      onFull: 'explode',
      retainAge: null,
      retainCount: -1,
    });
    expect(wrong).toMatchObject({
      statusCode: 400,
      fields: ['concurrency', 'maxDepth', 'maxScheduled', 'onFull', 'retainAge', 'retainCount'].map((field) => ({
        field,
      })),
    });
  });

  it.each([
    ['GET', '/queues/nowhere'],
    ['POST', '/queues/nowhere/pause'],
    ['POST', '/queues/nowhere/resume'],
    ['POST', '/queues/nowhere/clear'],
    ['PATCH', '/queues/nowhere/limits'],
  ])('that nobody knows answer 404: %s %s', async (method, path) => {
    const { status, body } = await api.send(method, `/jobs-api${path}`);
    expect([status, body]).toMatchObject([404, { code: 'queue-not-found' }]);
    expect((await api.get('/audit')).body).toMatchObject({ entries: [] });
  });

  it('with names that cannot be answer 400', async () => {
    const { status, body } = await api.get('/queues/a%20b');
    expect([status, body]).toMatchObject([400, { fields: [{ field: 'queue' }] }]);
  });
});

describe('workers', () => {
  it('are shown, and are asked to pause, resume and stop', async () => {
    const { path } = await OPERATIONS['pauseWorker']!.prepare(api);
    const { body } = await api.get('/workers', 'read');
    expect(body).toMatchObject({
      workers: [
        {
          id: 'worker-of-another-process#1',
          process: 'other:1:x',
          busy: 1,
          silent: false,
          lastHeartbeat: '1970-01-01T00:00:01.000Z',
        },
      ],
    });
    for (const asked of ['pause', 'resume', 'stop']) {
      const answer = await api.post(path.replace('pause', asked));
      expect([answer.status, answer.body]).toEqual([202, { id: 'worker-of-another-process#1', asked }]);
    }
    const directory = api.app.get(ProcessDirectory, { strict: false });
    const [process] = (await directory.list()).filter(({ holder }) => holder === 'other:1:x');
    const { orders } = await directory.publish(process as NonNullable<typeof process>, 0);
    expect(orders.map(({ order }) => order)).toEqual(['pause', 'resume', 'stop']);
  });

  it('that nobody has answer 404, which the audit trail tells of', async () => {
    const { status, body } = await api.post('/workers/nobody/stop');
    expect([status, body]).toMatchObject([404, { code: 'worker-not-found' }]);
    expect((await api.get('/audit')).body).toMatchObject({
      entries: [{ action: 'workers.stop', outcome: 'refused', detail: 'worker-not-found', target: 'nobody' }],
    });
  });
});
