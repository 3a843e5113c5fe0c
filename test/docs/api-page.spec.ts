import { Test } from '@nestjs/testing';
import { JobService } from 'nestjs-jobs';
import { ApiDocument } from 'nestjs-jobs/api';
import request from 'supertest';
import { ApiUnderTest } from '../api/start-api.js';
import { ApiModule, ApiWorkerModule, GuardedApiModule } from './guide/api.js';
import { asShown, callsOf } from './http-calls.js';
import { pages, tableUnder } from './pages.js';

const page = pages().find(({ name }) => name === 'docs/guide/api.md')!; // it is of the repository
const SILENT = { log: () => {}, warn: () => {}, error: () => {} };

describe('api.md', () => {
  let api: ApiUnderTest;

  beforeAll(async () => {
    api = await ApiUnderTest.start();
    api.app.get(JobService).register(
      'email',
      () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
      { queue: 'mail', retry: { attempts: 1 } },
    );
    for (const id of ['welcome-6', 'welcome-7']) {
      await api.submit('email', {}, { id, priority: 'high', tags: ['welcome'] });
      await api.jobs.drain();
    }
  });

  afterAll(() => api.close());

  it('shows calls', () => {
    expect(callsOf(page)).toHaveLength(6);
  });

  it.each(callsOf(page))('$method $path answers as it says', async ({ method, path, body, answer }) => {
    const { body: answered } = await api.send(method, `/jobs-api${path}`, body);
    expect(asShown(answered, answer)).toEqual(answer);
  });

  it('has every endpoint in its table, and who may call it', () => {
    const { paths } = api.app.get(ApiDocument).get();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, { description: string }>).map(([method, { description }]) => [
        method.toUpperCase(),
        path.replace('/jobs-api', ''),
        /Needs the role `(\w+)`/.exec(description)?.[1],
      ]),
    );
    const shown = tableUnder(page, '## Endpoints').map(([method, path, role]) => [
      method,
      path?.replaceAll('`', ''),
      role,
    ]);
    expect(shown.map(String).sort()).toEqual(described.map(String).sort());
  });

  it('has modules that boot', async () => {
    process.env['READ_TOKEN'] = 'read-token-of-the-page';
    process.env['OPERATE_TOKEN'] = 'operate-token-of-the-page';
    const boot = async (module: new () => object) => {
      const compiled = await Test.createTestingModule({ imports: [module] })
        .setLogger(SILENT)
        .compile();
      return compiled.createNestApplication().init();
    };
    const opened = await boot(ApiModule);
    const answer = await request(opened.getHttpServer() as never)
      .get('/jobs-api/stats')
      .set('Authorization', 'Bearer read-token-of-the-page');
    expect(answer.status).toBe(200);
    await opened.close();

    const guarded = await boot(GuardedApiModule);
    const pause = (who: string) =>
      request(guarded.getHttpServer() as never)
        .post('/admin/jobs/jobs')
        .set('X-Session', who)
        .send({ type: 'unheard-of' });
    expect((await pause('bob')).status).toBe(403);
    expect((await pause('ada')).status).toBe(400);
    await guarded.close();
    await (await boot(ApiWorkerModule)).close();
    delete process.env['READ_TOKEN'];
    delete process.env['OPERATE_TOKEN'];
  });
});
