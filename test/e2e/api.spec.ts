import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JobsModule } from 'nestjs-jobs';
import { JobsApiModule } from 'nestjs-jobs/api';
import request from 'supertest';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';

const TOKEN = 'a-token-of-enough-characters';

interface JobAnswer {
  readonly queue: string;
  readonly id: string;
  readonly state: string;
  readonly result?: unknown;
}

let redis: RedisServer;
let worker: NodeProcess;
let app: INestApplication;

beforeAll(async () => {
  redis = await startRedisServer();
  const options = { redis: { url: redis.url }, shutdown: { deadline: '5s' } } as const;
  worker = await startNodeProcess(join(__dirname, 'fixtures', 'api-worker.ts'), { args: [JSON.stringify(options)] });
  await worker.waitForLine('working');
  const module = await Test.createTestingModule({
    imports: [
      JobsModule.forRoot({ ...options, worker: false }),
      JobsApiModule.forRoot({ tokens: [{ name: 'olga', role: 'operate', token: TOKEN }], rateLimit: false }),
    ],
  }).compile();
  app = await module.createNestApplication({ logger: false }).init();
});

afterAll(async () => {
  await app.close();
  await worker.kill('SIGTERM');
  await worker.exited;
  await redis.stop();
});

async function send<T>(method: 'get' | 'post', path: string, body?: object): Promise<T> {
  const agent = request(app.getHttpServer() as never);
  const call = agent[method](`/jobs-api${path}`).set('Authorization', `Bearer ${TOKEN}`);
  const answer = await call.send(body);
  if (answer.status >= 400) {
    throw new Error(`${path} answers ${answer.status}: ${answer.text}`);
  }
  return answer.body as T;
}

function untilIn(state: string, { queue, id }: Pick<JobAnswer, 'queue' | 'id'>): Promise<JobAnswer> {
  return waitFor(
    async () => {
      const job = await send<JobAnswer>('get', `/jobs/${queue}/${id}`);
      return job.state === state && job;
    },
    { what: `job ${id} to be ${state}` },
  );
}

describe('the management API in one process, and the work in another', () => {
  it('cancels a job that runs there', async () => {
    const job = await send<JobAnswer>('post', '/jobs', { type: 'endless' });
    await worker.waitForLine(`began ${job.id}`);
    expect(await send('post', `/jobs/${job.queue}/${job.id}/cancel`)).toMatchObject({ state: 'running' });
    await untilIn('cancelled', job);
  });

  it('runs dead letters again in bulk, which that process does', async () => {
    for (let number = 0; number < 120; number++) {
      await send('post', '/jobs', { type: 'repairable', options: { id: `broken-${number}` } });
    }
    await waitFor(async () => {
      const { pagination } = await send<{ pagination: { total: number } }>('get', '/dead-letters?queue=broken');
      return pagination.total === 120;
    });
    worker.send('repair');
    await worker.waitForLine('repaired');
    const body = { filter: { queue: 'broken', code: 'error' } };
    expect(await send('post', '/dead-letters/retry', { ...body, dryRun: true })).toMatchObject({
      would: { matched: 120, complete: true },
    });
    const { job } = await send<{ readonly job: JobAnswer }>('post', '/dead-letters/retry', body);
    expect((await untilIn('completed', job)).result).toMatchObject({ done: 120, skipped: 0, failed: 0 });
    await untilIn('completed', { queue: 'broken', id: 'broken-0' });
    await untilIn('completed', { queue: 'broken', id: 'broken-119' });

    const { entries } = await send<{ entries: readonly object[] }>('get', '/audit?page_size=2');
    expect(entries).toMatchObject([
      { who: 'olga', action: 'bulk.retry.ended', count: 120, target: `${job.queue}/${job.id}` },
      { who: 'olga', action: 'dead-letters.retry-all', outcome: 'done', filter: { queue: 'broken', code: 'error' } },
    ]);
  });

  it('shows its workers, and pauses one of them', async () => {
    interface Workers {
      readonly workers: readonly { readonly id: string; readonly pid: number; readonly state: string }[];
    }
    const [first] = await waitFor(async () => {
      const { workers } = await send<Workers>('get', '/workers');
      return workers.length > 0 && workers;
    });
    expect(first?.pid).toBe(worker.pid);
    await send('post', `/workers/${encodeURIComponent(first?.id ?? '')}/pause`);
    await waitFor(async () => {
      const { workers } = await send<Workers>('get', '/workers');
      return workers.some(({ id, state }) => id === first?.id && state === 'paused');
    });
  });
});
