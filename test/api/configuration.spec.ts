import { Test } from '@nestjs/testing';
import { ConfigurationService, JobService, JobsModule } from 'nestjs-jobs';
import { JobsApiModule } from 'nestjs-jobs/api';
import request from 'supertest';
import { Gate } from '../engine/gate.js';
import { waitFor } from '../servers/wait-for.js';
import { ApiUnderTest, BY_TOKENS, TOKENS } from './start-api.js';

const AT = '2026-01-01T00:00:00.000Z';

describe('the configuration', () => {
  let api: ApiUnderTest;

  beforeEach(async () => {
    api = await ApiUnderTest.start({ api: { rateLimit: false } });
    api.app.get(JobService).register('work', () => 1, { queue: 'work' });
  });

  afterEach(() => api.close());

  async function change(body: object, expected = 200): Promise<unknown> {
    const answer = await api.send('PATCH', '/jobs-api/configuration', body);
    expect([answer.status, answer.body]).toEqual([expected, expect.any(Object)]);
    return answer.body;
  }

  async function revert(body: object, expected = 200): Promise<unknown> {
    const answer = await api.post('/configuration/revert', body);
    expect([answer.status, answer.body]).toEqual([expected, expect.any(Object)]);
    return answer.body;
  }

  it('is changed by who has asked, whoever the body names, and put in force', async () => {
    expect((await api.get('/configuration', 'read')).body).toEqual({ version: 0, changed: {} });
    const body = { change: { queues: { work: { maxDepth: 1, onFull: 'drop-newest', retain: { age: '1h' } } } } };
    const made = {
      version: 1,
      changed: { queues: { work: { maxDepth: 1, onFull: 'drop-newest', retain: { age: '1h' } } } },
      changedBy: 'olga',
      changedAt: AT,
    };
    expect(await change(body)).toEqual(made);
    expect((await api.get('/configuration', 'read')).body).toEqual(made);
    await api.submit('work');
    expect((await api.post('/jobs', { type: 'work' })).body).toMatchObject({ receipt: 'dropped' });
    expect((await api.get('/queues/work')).body).toMatchObject({ limits: { maxDepth: 1, retainAge: 3_600_000 } });

    await change({ change: { queues: { work: { maxDepth: 5, paused: true } } } });
    await api.submit('work');
    await api.jobs.drain();
    expect((await api.get('/queues/work')).body).toMatchObject({ paused: true, byState: { pending: 2 } });
    expect(await change({ by: 'mallory', change: {} }, 400)).toMatchObject({ fields: [{ field: 'by' }] });
  });

  it('is shown setting by setting', async () => {
    await change({ change: { log: { level: 'warn' } } });
    const { settings } = (await api.get('/configuration/effective', 'read')).body as { settings: readonly unknown[] };
    expect(settings).toEqual(
      expect.arrayContaining([
        { path: 'log.level', value: 'warn', from: 'run time' },
        expect.objectContaining({ path: 'lease', from: 'code', fixed: expect.stringContaining('read at the start') }),
      ]),
    );
    const service = await api.app.get(ConfigurationService).effective();
    expect(settings).toEqual(JSON.parse(JSON.stringify(service)));
  });

  it('has a history, and goes back to what it was', async () => {
    await change({ change: { log: { level: 'warn' } } });
    await change({ change: { log: { level: 'error' } } });
    const reverted = await revert({ version: 1 });
    expect(reverted).toEqual({ version: 3, changed: { log: { level: 'warn' } }, changedBy: 'olga', changedAt: AT });
    expect((await api.get('/configuration/history', 'read')).body).toEqual({
      changes: [
        { version: 3, by: 'olga', at: AT, changes: [{ path: 'log.level', from: 'error', to: 'warn' }] },
        { version: 2, by: 'olga', at: AT, changes: [{ path: 'log.level', from: 'warn', to: 'error' }] },
        { version: 1, by: 'olga', at: AT, changes: [{ path: 'log.level', to: 'warn' }] },
      ],
    });
    expect(await revert({ version: 0 })).toMatchObject({ version: 4, changed: {} });
    expect(await revert({ version: 77 }, 404)).toMatchObject({ code: 'unknown-configuration-version' });
  });

  it('is refused to who was not quick enough, with the version that it has', async () => {
    await change({ change: { log: { level: 'warn' } }, expectedVersion: 0 });
    const late = { code: 'configuration-conflict', version: 1 };
    expect(await change({ change: { log: { level: 'error' } }, expectedVersion: 0 }, 409)).toMatchObject(late);
    expect(await revert({ version: 0, expectedVersion: 5 }, 409)).toMatchObject(late);
    expect((await api.get('/configuration')).body).toMatchObject({ version: 1, changed: { log: { level: 'warn' } } });
    expect(await revert({ version: 0, expectedVersion: 1 })).toMatchObject({ version: 2, changed: {} });
  });

  it('names everything that is wrong with a change, and makes none of it', async () => {
    const wrong = await change(
      {
        change: {
          log: { level: 'loud' },
          queues: { work: { concurrency: 0, colour: 'red' } },
          lease: '5s',
          defaults: { retry: { attempts: 0, jitter: 2 } },
        },
      },
      400,
    );
    expect(wrong).toMatchObject({ code: 'invalid-configuration' });
    const { fields } = wrong as { fields: readonly { readonly field: string; readonly message: string }[] };
    expect(fields.map(({ field }) => field).toSorted()).toEqual([
      'defaults.retry.attempts',
      'defaults.retry.jitter',
      'lease',
      'log.level',
      'queues.work.colour',
      'queues.work.concurrency',
    ]);
    const messageOf = (of: string): string => fields.find(({ field }) => field === of)?.message ?? '';
    expect(messageOf('lease')).toMatch(/^cannot be changed at run time: /);
    expect(messageOf('queues.work.colour')).toMatch(/^is an unknown setting; /);
    expect(messageOf('queues.work.concurrency')).toMatch(/^0 is not allowed; use /);
    expect((await api.get('/configuration')).body).toEqual({ version: 0, changed: {} });
  });

  it('that is too long is refused as a whole', async () => {
    const names = Array.from({ length: 1_500 }, (_, n) => [`queue-${n}`, { concurrency: 5 }] as const);
    const wrong = await change({ change: { queues: Object.fromEntries(names) } }, 400);
    expect(wrong).toMatchObject({ fields: [{ field: '', message: expect.stringContaining('characters of JSON') }] });
  });

  it.each([
    ['PATCH', '', {}, ['change']],
    ['PATCH', '', { change: [], expectedVersion: -1 }, ['change', 'expectedVersion']],
    ['PATCH', '', { log: { level: 'warn' } }, ['change', 'log']],
    ['POST', '/revert', {}, ['version']],
    ['POST', '/revert', { version: 'x', expectedVersion: 1.5 }, ['expectedVersion', 'version']],
  ])('needs what it needs: %s%s %j', async (method, path, body, fields) => {
    const answer = await api.send(method, `/jobs-api/configuration${path}`, body);
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'invalid-input' }]);
    const named = (answer.body as { fields: readonly { readonly field: string }[] }).fields.map(({ field }) => field);
    expect(named.toSorted()).toEqual(fields);
  });

  it('shows no secret of a part of the application', async () => {
    const seen: unknown[] = [];
    await api.app
      .get(ConfigurationService)
      .register('webhook', { check: () => [], apply: (value) => void seen.push(value) });
    const webhook = {
      url: 'https://a.example',
      token: 's3cret',
      secret: { a: 's3cret' },
      list: [{ password: 's3cret' }],
    };
    const shown = { url: 'https://a.example', token: '***', secret: '***', list: [{ password: '***' }] };
    expect(await change({ change: { webhook } })).toMatchObject({ changed: { webhook: shown } });
    expect(seen).toEqual([webhook]);
    expect((await api.get('/configuration')).body).toMatchObject({ changed: { webhook: shown } });
    await change({ change: { webhook: { token: 's3cret-2' } } });
    const answers = await Promise.all(
      ['/configuration/effective', '/configuration/history', '/configuration', '/audit'].map((path) => api.get(path)),
    );
    const text = JSON.stringify(answers.map(({ body }) => body as unknown));
    expect(text).not.toContain('s3cret');
    expect(text).toContain('"path":"webhook.token","from":"***","to":"***"');
  });

  it('is told of in the audit trail', async () => {
    await change({ change: { log: { level: 'warn' } } });
    await change({ change: { log: { level: 'loud' } } }, 400);
    await change({ change: { log: null }, expectedVersion: 7 }, 409);
    await revert({ version: 9 }, 404);
    await revert({ version: 0 });
    expect((await api.get('/audit')).body).toMatchObject({
      entries: [
        { action: 'configuration.revert', who: 'olga', outcome: 'done', detail: 'version 0' },
        { action: 'configuration.revert', outcome: 'refused', detail: 'unknown-configuration-version' },
        { action: 'configuration.change', outcome: 'refused', detail: 'configuration-conflict' },
        { action: 'configuration.change', outcome: 'refused', detail: 'invalid-configuration' },
        { action: 'configuration.change', who: 'olga', outcome: 'done', detail: '{"log":{"level":"warn"}}' },
      ],
    });
  });

  it('that is long is told of in short', async () => {
    const names = Array.from({ length: 300 }, (_, n) => [`queue-${n}`, { concurrency: 5 }] as const);
    await change({ change: { queues: Object.fromEntries(names) } });
    const { entries } = (await api.get('/audit')).body as { entries: readonly { readonly detail: string }[] };
    expect(entries[0]?.detail).toMatch(/^\{"queues":\{"queue-0":.{1900,2000}…$/);
  });
});

describe('workers of this process', () => {
  it('run as many jobs at once as the configuration says from then on', async () => {
    const gate = new Gate();
    const module = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ store: 'memory', worker: { size: 1, concurrency: 1 } }),
        JobsApiModule.forRoot({ ...BY_TOKENS, rateLimit: false }),
      ],
    })
      .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
      .compile();
    const app = await module.createNestApplication({ logger: false }).init();
    const agent = request(app.getHttpServer() as never);
    const token = { Authorization: `Bearer ${TOKENS.operate}` };
    const running = async (): Promise<number> => {
      const { body } = (await agent.get('/jobs-api/queues/work').set(token)) as {
        body: { byState: { running: number } };
      };
      return body.byState.running;
    };
    const jobs = app.get(JobService);
    jobs.register('work', () => gate.opened, { queue: 'work' });
    await jobs.submitMany(Array.from({ length: 3 }, () => ({ type: 'work' })));
    try {
      await waitFor(async () => (await running()) === 1, { what: 'the first job to run' });
      const change = { workers: { worker: { concurrency: 3 } } };
      const answer = await agent.patch('/jobs-api/configuration').set(token).send({ change });
      expect(answer.status).toBe(200);
      await waitFor(async () => (await running()) === 3, { what: 'all three to run at once' });
    } finally {
      gate.open();
      await app.close();
    }
  });
});
