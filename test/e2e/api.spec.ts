import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import { join } from 'node:path';
import request from 'supertest';
import { JobsModule, type JobsModuleOptions } from 'nestjs-jobs';
import { JobsApiModule } from 'nestjs-jobs/api';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';

const TOKEN = 'operator-token-0123456789';
const BROKEN = 30;

interface Key {
  readonly queue: string;
  readonly id: string;
}

describe('the management API of a process that only submits, with a worker elsewhere', () => {
  let redis: RedisServer;
  let app: INestApplication;
  let worker: NodeProcess;

  beforeAll(async () => {
    redis = await startRedisServer();
    const options: JobsModuleOptions = { redis: { url: redis.url }, heartbeat: '1s', shutdown: { deadline: '5s' } };
    worker = await startNodeProcess(join(__dirname, 'fixtures', 'api-worker.ts'), {
      args: [JSON.stringify({ ...options, worker: { size: 2, concurrency: 5 } })],
      env: { NO_COLOR: '1' },
    });
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
    await app?.close();
    await worker?.kill();
    await redis?.stop();
  });

  async function call(method: 'get' | 'post', path: string, body?: object): Promise<request.Response> {
    const agent = request(app.getHttpServer() as Server);
    const sent = agent[method](`/jobs-api${path}`).set('Authorization', `Bearer ${TOKEN}`);
    return body === undefined ? sent : sent.send(body);
  }

  async function submit(type: string): Promise<Key> {
    const { status, body } = await call('post', '/jobs', { type });
    expect(status).toBe(201);
    return body as Key;
  }

  const stateOf = async ({ queue, id }: Key): Promise<string> =>
    ((await call('get', `/jobs/${queue}/${id}`)).body as { readonly state: string }).state;

  it('cancels a job that runs there', async () => {
    const job = await submit('endless');
    await worker.waitForLine(`began ${job.id}`);
    const { status, body } = await call('post', `/jobs/${job.queue}/${job.id}/cancel`);
    expect([status, body]).toEqual([200, { queue: 'long', id: job.id, state: 'running' }]);
    await waitFor(async () => (await stateOf(job)) === 'cancelled');
  });

  it('has the dead letters retried there, and tells how many', async () => {
    const jobs = await Promise.all(Array.from({ length: BROKEN }, () => submit('repairable')));
    await waitFor(async () => (await Promise.all(jobs.map(stateOf))).every((state) => state === 'failed'));
    worker.send('repair');
    await worker.waitForLine('repaired');

    const filter = { queue: 'broken' };
    const dry = await call('post', '/dead-letters/retry', { filter, dryRun: true });
    expect(dry.body).toMatchObject({ would: { matched: BROKEN, complete: true } });

    const { status, body } = await call('post', '/dead-letters/retry', { filter });
    expect(status).toBe(202);
    const { job } = body as { readonly job: Key };
    await waitFor(async () => (await stateOf(job)) === 'completed');
    await waitFor(async () => (await Promise.all(jobs.map(stateOf))).every((state) => state === 'completed'));
    expect((await call('get', `/jobs/${job.queue}/${job.id}`)).body).toMatchObject({
      result: { done: BROKEN, skipped: 0, failed: 0 },
    });

    const { body: trail } = await call('get', '/audit?action=bulk.retry.ended');
    expect(trail).toMatchObject({ entries: [{ who: 'olga', count: BROKEN, outcome: 'done' }] });
  });

  it('shows the worker and pauses it', async () => {
    const listed = async (): Promise<
      readonly { readonly id: string; readonly pid: number; readonly state: string }[]
    > => ((await call('get', '/workers')).body as { readonly workers: readonly never[] }).workers;
    const [first] = await waitFor(async () => {
      const workers = await listed();
      return workers.length === 2 && workers;
    });
    expect(first?.pid).toBe(worker.pid);
    const id = first?.id ?? '';
    expect((await call('post', `/workers/${encodeURIComponent(id)}/pause`)).status).toBe(202);
    await waitFor(async () => (await listed()).find((each) => each.id === id)?.state === 'paused');
  });
});
