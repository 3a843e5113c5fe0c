import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  UnauthorizedException,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JobService } from 'nestjs-jobs';
import { type ApiRequest, JobsApiModule, type JobsApiModuleOptions } from 'nestjs-jobs/api';
import { JobsTestingModule } from 'nestjs-jobs/testing';
import { ApiUnderTest, BY_TOKENS, TOKENS } from './start-api.js';

const LONG = 'a-token-of-enough-characters';

let api: ApiUnderTest | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function start(options: Partial<JobsApiModuleOptions> = {}): Promise<ApiUnderTest> {
  api = await ApiUnderTest.start({ api: { ...options } });
  api.app.get(JobService).register('work', () => 1);
  return api;
}

async function bootError(options: JobsApiModuleOptions): Promise<string> {
  const boot = Test.createTestingModule({ imports: [JobsTestingModule.forRoot(), JobsApiModule.forRoot(options)] });
  try {
    const module = await boot.setLogger({ log: () => {}, warn: () => {}, error: () => {} }).compile();
    await module.close();
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid-configuration' });
    return (error as Error).message;
  }
}

/** The application's own: who is named in a header may pass, unless it is mallory. */
@Injectable()
class HeaderGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    const name = request.headers['x-user'];
    if (name === undefined) {
      throw new UnauthorizedException('Say who you are');
    }
    request.user = { username: name };
    return name !== 'mallory';
  }
}

describe('the boot', () => {
  it('is refused without a token or a guard', async () => {
    expect(await bootError({})).toMatch(/does not start open to everyone; give it tokens: .*, or guards/);
    expect(await bootError({ tokens: [], guards: [] })).toMatch(/does not start open/);
  });

  it('is refused with every token that is none, and shows none of them', async () => {
    process.env['EMPTY_TOKEN'] = '';
    const message = await bootError({
      tokens: [
        { name: 'short', role: 'read', token: 'short-secret' },
        { name: 'unset', role: 'read', tokenEnv: 'NO_SUCH_TOKEN' },
        { name: 'empty', role: 'read', tokenEnv: 'EMPTY_TOKEN' },
        { name: 'both', role: 'read', token: LONG, tokenEnv: 'X' },
        { name: 'neither', role: 'read' },
        { name: 'role', role: 'admin' as 'read', token: LONG },
        { name: '', role: 'read', token: LONG },
        { name: 'spaced', role: 'read', token: `${LONG} ${LONG}` },
      ],
    });
    for (let index = 0; index < 8; index++) {
      expect(message).toContain(`api.tokens[${index}]`);
    }
    expect(message).toContain('NO_SUCH_TOKEN');
    expect(message).not.toContain('short-secret');
    expect(message).not.toContain(LONG);
    delete process.env['EMPTY_TOKEN'];
  });

  it('is refused with two tokens of one name or one value, and with options that there are not', async () => {
    const token = { role: 'read', token: LONG } as const;
    expect(
      await bootError({
        tokens: [
          { ...token, name: 'a' },
          { ...token, name: 'b' },
        ],
      }),
    ).toMatch(/'a' and 'b' have/);
    expect(await bootError({ ...BY_TOKENS, guard: [] } as JobsApiModuleOptions)).toMatch(
      /api.guard.* is an unknown option/,
    );
    expect(await bootError({ ...BY_TOKENS, rateLimit: { reads: 0 } })).toMatch(/api.rateLimit.reads: 0/);
    expect(await bootError({ ...BY_TOKENS, rateLimit: { window: '1ms' } })).toMatch(/api.rateLimit.window/);
    expect(await bootError({ ...BY_TOKENS, data: { visibleTo: 'all' as 'read' } })).toMatch(/api.data.visibleTo/);
  });

  it('takes a token from the environment, and options that are made at boot', async () => {
    process.env['OPS_TOKEN'] = 'from-the-environment-0123';
    @Module({ providers: [{ provide: 'NAME', useValue: 'ops' }], exports: ['NAME'] })
    class ConfigModule {}
    const module = await Test.createTestingModule({
      imports: [
        JobsTestingModule.forRoot(),
        JobsApiModule.forRootAsync({
          path: 'ops/jobs',
          imports: [ConfigModule],
          inject: ['NAME'],
          useFactory: async (name: string) => ({ tokens: [{ name, role: 'read', tokenEnv: 'OPS_TOKEN' }] }),
        }),
      ],
    }).compile();
    const app = await module.createNestApplication({ logger: false }).init();
    const { default: request } = await import('supertest');
    const answer = await request(app.getHttpServer() as never)
      .get('/ops/jobs/stats')
      .set('Authorization', `bearer ${process.env['OPS_TOKEN']}`);
    expect(answer.status).toBe(200);
    await app.close();
    delete process.env['OPS_TOKEN'];
  });
});

describe('a token', () => {
  it.each([
    ['none', undefined, 'Bearer realm="nestjs-jobs"'],
    ['another scheme', `Basic ${TOKENS.operate}`, 'Bearer realm="nestjs-jobs"'],
    ['one that is not known', 'Bearer 0123456789012345', 'Bearer realm="nestjs-jobs", error="invalid_token"'],
    ['a part of one', `Bearer ${TOKENS.operate.slice(0, -1)}`, 'Bearer realm="nestjs-jobs", error="invalid_token"'],
    ['two', `Bearer ${TOKENS.read}, ${TOKENS.read}`, 'Bearer realm="nestjs-jobs"'],
  ])('%s answers 401', async (_name, authorization, challenge) => {
    const running = await start();
    const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
    const answer = await running.send('GET', '/jobs-api/stats', undefined, null, headers);
    expect([answer.status, answer.body]).toMatchObject([401, { code: 'unauthenticated', statusCode: 401 }]);
    expect(answer.headers['www-authenticate']).toBe(challenge);
    expect(JSON.stringify(answer.body)).not.toContain(TOKENS.operate.slice(0, -1));
  });

  it('is not in the answer, nor is the answer kept by caches', async () => {
    const { headers, text } = await (await start()).get('/stats', 'read');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).not.toContain(TOKENS.read);
  });
});

describe('the guards of the application', () => {
  const withGuards = (more: Partial<JobsApiModuleOptions> = {}): Promise<ApiUnderTest> =>
    start({ tokens: [], guards: [HeaderGuard], ...more });

  const as = (name: string | null, method = 'GET', path = '/stats', body?: unknown) =>
    api!.send(method, `/jobs-api${path}`, body, null, name === null ? {} : { 'X-User': name });

  it('decide who may pass: by default to look, and no more', async () => {
    await withGuards();
    expect((await as('ada')).status).toBe(200);
    const submitted = await as('ada', 'POST', '/jobs', { type: 'work' });
    expect([submitted.status, submitted.body]).toMatchObject([403, { needs: 'submit', role: 'read' }]);
    const refused = await as('mallory');
    expect([refused.status, refused.body]).toMatchObject([403, { code: 'forbidden' }]);
    const nobody = await as(null);
    expect([nobody.status, nobody.body]).toMatchObject([401, { code: 'unauthenticated', message: 'Say who you are' }]);
  });

  it('leave the role and the name to the application', async () => {
    await withGuards({
      roleOf: ({ user }: ApiRequest) => {
        const { username } = user as { username: string };
        return username === 'bob' ? undefined : username === 'ada' ? 'operate' : 'submit';
      },
      whoami: async ({ user }: ApiRequest) => `user:${(user as { username: string }).username}`,
    });
    expect((await as('bob')).body).toMatchObject({ statusCode: 403, message: expect.stringContaining('user:bob') });
    expect((await as('eve', 'POST', '/jobs', { type: 'work' })).status).toBe(201);
    const { body } = await as('ada', 'GET', '/audit');
    expect(body).toMatchObject({ entries: [{ who: 'user:eve', action: 'jobs.submit' }] });
  });

  it('are asked where no token of ours is brought, with what they inject', async () => {
    @Injectable()
    class Friends {
      readonly names = ['ada'];
    }
    @Injectable()
    class FriendGuard implements CanActivate {
      constructor(private readonly friends: Friends) {}
      canActivate(context: ExecutionContext): boolean {
        const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
        return this.friends.names.includes(headers['x-user'] ?? '');
      }
    }
    @Module({ providers: [Friends], exports: [Friends] })
    class FriendsModule {}
    await start({ guards: [FriendGuard, new HeaderGuard()], imports: [FriendsModule] });
    expect((await as('ada')).status).toBe(200);
    expect((await as('bob')).status).toBe(403);
    expect((await api!.get('/stats', 'read')).status).toBe(200);
    expect((await api!.post('/jobs', { type: 'work' }, 'submit')).status).toBe(201);
  });
});

describe('too many requests', () => {
  it('of one caller are answered with 429, looks and changes apart', async () => {
    await start({ rateLimit: { reads: 3, changes: 1 } });
    for (let number = 0; number < 3; number++) {
      expect((await api!.get('/stats', 'read')).status).toBe(200);
    }
    const { status, body, headers } = await api!.get('/stats', 'read');
    expect([status, body]).toMatchObject([429, { code: 'too-many-requests' }]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await api!.get('/stats', 'operate')).status).toBe(200);
    expect((await api!.post('/jobs', { type: 'work' })).status).toBe(201);
    expect((await api!.post('/jobs', { type: 'work' })).status).toBe(429);
    expect((await api!.get('/jobs')).body).toMatchObject({ pagination: { total: 1 } });
  });

  it('of one address with wrong tokens are turned away, while a right one passes', async () => {
    await start({ rateLimit: { denials: 2 } });
    const statuses: number[] = [];
    for (let number = 0; number < 4; number++) {
      statuses.push((await api!.get('/stats', null)).status);
    }
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await api!.get('/stats')).status).toBe(200);
  });

  it('are counted in a storage of the application, where it gives one', async () => {
    const keys: string[] = [];
    const storage = {
      increment: async (key: string) => {
        keys.push(key);
        return { totalHits: keys.length, timeToExpire: 7, isBlocked: false, timeToBlockExpire: 0 };
      },
    };
    await start({ rateLimit: { reads: 1, storage } });
    expect((await api!.get('/stats')).status).toBe(200);
    const { status, headers } = await api!.get('/stats');
    expect([status, headers['retry-after']]).toEqual([429, '7']);
    expect(keys).toEqual(['nestjs-jobs:reads:olga', 'nestjs-jobs:reads:olga']);
  });

  it('are not counted where that is switched off', async () => {
    await start({ rateLimit: false });
    for (let number = 0; number < 70; number++) {
      expect((await api!.post('/jobs', {})).status).toBe(400);
    }
  });
});

describe('the application around it', () => {
  @Controller('own')
  class OwnController {
    @Get()
    own(): string {
      return 'own';
    }
  }
  @Module({ controllers: [OwnController] })
  class OwnModule {}

  it('keeps its prefix, its versions, its pipes and its filters', async () => {
    api = await ApiUnderTest.start({
      api: { path: '/ops/jobs/' },
      imports: [OwnModule],
      prepare: (app) => {
        app.setGlobalPrefix('v0');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        app.useGlobalPipes(
          new ValidationPipe({
            transform: true,
            whitelist: true,
            transformOptions: { enableImplicitConversion: true },
          }),
        );
        app.useGlobalFilters({ catch: (_error, host) => host.switchToHttp().getResponse().status(418).json({}) });
      },
    });
    api.app.get(JobService).register('work', () => 1);
    expect((await api.send('GET', '/v0/v1/own')).text).toBe('own');
    expect((await api.send('GET', '/v0/v1/nothing')).status).toBe(418);
    const wrong = await api.send('GET', '/v0/ops/jobs/jobs?colour=red&page_size=x');
    expect([wrong.status, wrong.body]).toMatchObject([400, { code: 'invalid-input', fields: [{}, {}] }]);
    const added = await api.send('POST', '/v0/ops/jobs/jobs', { type: 'work', payload: { n: '5', more: { a: 'b' } } });
    expect(added.status).toBe(201);
    const { id } = added.body as { id: string };
    expect((await api.send('GET', `/v0/ops/jobs/jobs/-/${id}`)).body).toMatchObject({
      payload: { n: '5', more: { a: 'b' } },
    });
    const { body } = await api.send('GET', '/v0/ops/jobs/openapi.json');
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths).toContain('/v0/ops/jobs/jobs/{queue}/{id}/cancel');
    expect(paths.filter((path) => path.includes('own'))).toEqual([]);
  });
});
