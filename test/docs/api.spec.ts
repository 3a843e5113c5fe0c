import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import request from 'supertest';
import { JobService } from 'nestjs-jobs';
import { JobsApiModule } from 'nestjs-jobs/api';
import { JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';
import { AdminModule, byGuard, limited, WorkerModule } from './guide/api.js';
import { type Page, pages, REPOSITORY, tableUnder } from './pages.js';

const page = pages().find(({ name }) => name === 'docs/guide/api.md') as Page; // the page of this file

const errors = pages().find(({ name }) => name === 'docs/guide/errors.md') as Page; // it is one of the repository

const OPERATOR = 'operator-token-0123456789';
const DASHBOARD = 'dashboard-token-0123456789';

/** A call as the page shows it, and the answer below it. */
const SHOWN = /```bash\n(curl [^`]*?)```\n+answers? (\d+)[^\n]*:\n+```json\n([^`]*?)```/g;

/** What differs from run to run. */
const VOLATILE = ['requestId', 'process', 'worker'];

function settled(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    return value.map((entry) => settled(entry));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, settled(entry, name)]));
  }
  return VOLATILE.includes(key) ? typeof value : value;
}

/** Does what a line of curl says. */
async function curl(app: INestApplication, line: string): Promise<request.Response> {
  const method = /-X (\w+)/.exec(line)?.[1] ?? (line.includes(' -d ') ? 'POST' : 'GET');
  const path = /\$JOBS(\S*?)["' \n]/.exec(line)?.[1] ?? '';
  const body = / -d '([^']*)'/.exec(line)?.[1];
  const token = line.includes('$OPERATOR_TOKEN') ? OPERATOR : line.includes('$DASHBOARD_TOKEN') ? DASHBOARD : undefined;
  const call = request(app.getHttpServer() as Server)[method.toLowerCase() as 'get'](`/jobs-api${path}`);
  if (token !== undefined) {
    void call.set('Authorization', `Bearer ${token}`);
  }
  return body === undefined ? call : call.set('Content-Type', 'application/json').send(body);
}

async function start(...imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>) {
  const module = await Test.createTestingModule({ imports: [JobsTestingModule.forRoot(), ...imports] }).compile();
  const app = await module.createNestApplication({ logger: false }).init();
  return { app, jobs: app.get(JobService, { strict: false }), testing: TestingJobs.of(module) };
}

beforeAll(() => {
  process.env['DASHBOARD_TOKEN'] = DASHBOARD;
  process.env['OPERATOR_TOKEN'] = OPERATOR;
});

afterAll(() => {
  delete process.env['DASHBOARD_TOKEN'];
  delete process.env['OPERATOR_TOKEN'];
});

const byTokens = () =>
  JobsApiModule.forRoot({
    tokens: [
      { name: 'dashboard', role: 'read', tokenEnv: 'DASHBOARD_TOKEN' },
      { name: 'olga', role: 'operate', tokenEnv: 'OPERATOR_TOKEN' },
    ],
    auditIp: false,
  });

describe('api.md', () => {
  it('shows the answers that the calls get, one after another', async () => {
    const { app, jobs, testing } = await start(byTokens());
    jobs.register('email.welcome', () => Promise.reject(new Error('mailbox unknown')), {
      queue: 'emails',
      retry: { attempts: 1 },
    });
    const shown = [...page.text.matchAll(SHOWN)];
    expect(shown).toHaveLength(page.text.match(/```bash\ncurl/g)?.length ?? 0);
    expect(shown.length).toBeGreaterThan(5);
    const differing: unknown[] = [];
    for (const [, line = '', status, answer = ''] of shown) {
      const { body, status: got } = await curl(app, line);
      await testing.drain();
      const told = [Number(status), settled(JSON.parse(answer))];
      if (JSON.stringify(told) !== JSON.stringify([got, settled(body)])) {
        differing.push({ line, got, body });
      }
    }
    await app.close();
    expect(JSON.stringify(differing, undefined, 2)).toBe('[]');
  });

  it('lists every endpoint, with the role that it needs', async () => {
    const { app } = await start(byTokens());
    const { body } = await curl(app, 'curl "$JOBS/openapi.json" $DASHBOARD_TOKEN');
    await app.close();
    const { paths } = body as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly description: string }>>>>;
    };
    const expected = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { description }]) => [
        `\`${method.toUpperCase()} ${path.replace('/jobs-api', '').replaceAll(/\{(\w+)\}/g, ':$1')}\``,
        /Needs the role `(\w+)`/.exec(description)?.[1],
      ]),
    );
    const rows = tableUnder(page, '## Endpoints').map(([endpoint, role]) => [endpoint, role]);
    expect(rows.toSorted(byFirst)).toEqual(expected.toSorted(byFirst));
  });

  it('has a page of errors that names every code with its status', () => {
    const answers = 'libs/jobs/src/api/answers';
    const source = ['api-errors.ts', 'api-error.filter.ts']
      .map((name) => readFileSync(path.join(REPOSITORY, answers, name), 'utf8'))
      .join('\n');
    const own = [
      ...source.matchAll(/super\(\s*(\d+),\s*'([\w-]+)'/g),
      ...source.matchAll(/^ {2}(\d+): '([\w-]+)',$/gm),
      ...source.matchAll(/statusCode: (\d+), code: '([\w-]+)'/g),
    ].map(([, status = '', code = '']) => `${code} ${status}`);
    const rows = tableUnder(errors, '## Codes of the management API').map(([code = '', status]) => [code, status]);
    const named = rows.map(([code = '', status = '']) => `${code.replaceAll('`', '')} ${status}`);
    expect(named.toSorted()).toEqual([...new Set([...own, 'http any'])].toSorted());
    const statuses = readFileSync(path.join(REPOSITORY, answers, 'error-status.ts'), 'utf8');
    const prose = errors.text.slice(errors.text.indexOf('Those of the first table are answered so'));
    for (const [, code = '', status = ''] of statuses.matchAll(/^ {2}'?([\w-]+)'?: (\d{3}),$/gm)) {
      expect([code, statusIn(prose, code)]).toEqual([code, status]);
    }
  });

  it('has modules that start, and a guard that decides', async () => {
    expect([AdminModule, WorkerModule]).toHaveLength(2); // on Redis: they are only compiled
    const { app } = await start(byGuard);
    const agent = request(app.getHttpServer() as Server);
    const queues = '/admin/jobs/queues';
    expect((await agent.get(queues)).status).toBe(403);
    expect((await agent.get(queues).set('x-user', 'ada@example.org')).status).toBe(200);
    const cancelling = agent.post('/admin/jobs/bulk').send({ action: 'cancel', filter: { queue: 'a' } });
    expect((await cancelling.set('x-user', 'ada@example.org')).body).toMatchObject({
      statusCode: 403,
      needs: 'operate',
    });
    await app.close();
    const { app: second } = await start(limited);
    expect((await curl(second, 'curl "$JOBS/queues" $OPERATOR_TOKEN')).status).toBe(200);
    await second.close();
  });
});

function byFirst(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number {
  return String(a[0]).localeCompare(String(b[0]));
}

/** The last status that is written before a code. */
function statusIn(prose: string, code: string): string | undefined {
  const before = prose.slice(0, Math.max(0, prose.indexOf(`\`${code}\``)));
  return before.match(/\b[45]\d\d\b/g)?.at(-1);
}
