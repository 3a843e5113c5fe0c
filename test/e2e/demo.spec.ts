import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';

const DEMO = resolve(__dirname, '../../apps/demo/src');
const DEMO_TOKEN = 'demo-token-0123456789';

interface PlacedOrder {
  readonly order: { readonly id: string };
  readonly jobs: readonly {
    readonly id: string;
    readonly type: string;
    readonly state: string;
    readonly url: string;
  }[];
}

interface Health {
  readonly details: {
    readonly workers: { readonly processes: readonly { readonly pid: number; readonly workers: readonly object[] }[] };
  };
}

describe('the demo shop', () => {
  const processes: NodeProcess[] = [];
  let outputs: string;
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    outputs = await mkdtemp(join(tmpdir(), 'nestjs-jobs-demo-'));
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    await rm(outputs, { recursive: true, force: true });
  });

  async function start(file: string, env: Readonly<Record<string, string>>): Promise<NodeProcess> {
    const started = await startNodeProcess(join(DEMO, file), {
      env: { NODE_ENV: 'test', NO_COLOR: '1', SHOP_OUTPUTS: outputs, ...env },
    });
    processes.push(started);
    return started;
  }

  const count = async (folder: string): Promise<number> => (await readdir(join(outputs, folder))).length;

  describe.each(['memory', 'Redis'])('on %s', (store) => {
    it('does its work, checks it, and exits with 0', async () => {
      const demo = await start('demo.ts', { REDIS_URL: store === 'Redis' ? redis.url : '' });
      const exit = await demo.exited;
      expect({ ...exit, stderr: demo.stderr }).toEqual({ code: 0, signal: null, stderr: '' });

      const said = demo.lines.join('\n');
      expect(said).toContain(store === 'Redis' ? 'jobs on Redis' : 'the embedded memory store');
      expect(said).toMatch(/^ {2}email +235 +234 +[1-9]\d* +1 +\d+ ms +\d+ ms$/m);
      expect(said).toMatch(/^ {2}thumbnail +48 +48 +0 +0 /m);
      expect(said).toMatch(/^ {2}export-orders +6 +6 +0 +0 /m);
      expect(said).toMatch(/^ {2}payment-reminder +5 +5 +0 +0 /m);
      expect(said).toContain('294 jobs submitted = 293 completed + 1 failed');
      expect(said).toContain('550 5.1.1 paul.tanaka@example.com: no such mailbox');

      expect([await count('mail'), await count('thumbnails'), await count('reports')]).toEqual([234, 48, 6]);
      const dead = JSON.parse(await readFile(join(outputs, 'dead-letters.json'), 'utf8')) as readonly object[];
      expect(dead).toEqual([
        expect.objectContaining({ type: 'email', queue: 'mail', state: 'failed', attempts: 1, maxAttempts: 5 }),
      ]);
    });
  });

  it('serves orders over HTTP, and a second process goes on with their jobs', async () => {
    const env = { REDIS_URL: redis.url, PORT: '0', REMINDER_DELAY: '1s', DEMO_TOKEN };
    const [server, worker] = await Promise.all([start('main.ts', env), start('worker.ts', env)]);
    const address = await addressOf(server);
    await worker.waitForLine('Working');

    const index = (await (await fetch(address)).json()) as { readonly store: string };
    expect(index.store).toBe('redis');
    const workers = await waitFor(async () => {
      const response = await fetch(`${address}/health/workers`);
      const seen = ((await response.json()) as Health).details.workers.processes;
      return response.status === 200 && seen.length === 2 && seen;
    });
    expect(new Set(workers.map(({ pid }) => pid))).toEqual(new Set([server.pid, worker.pid]));
    expect(workers.map((each) => each.workers.length)).toEqual([4, 4]);
    expect((await post(`${address}/orders`, { customer: { name: 'X', email: 'no address' }, items: [] })).status).toBe(
      400,
    );
    const response = await post(`${address}/orders`, {
      customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
      items: [{ product: 'teapot', quantity: 2 }],
    });
    expect(response.status).toBe(202);
    const { order, jobs } = (await response.json()) as PlacedOrder;
    expect(jobs.map(({ type }) => type)).toEqual(['email', 'payment-reminder']);

    const bulk = { action: 'cancel', filter: { queue: 'orders' } };
    const withToken = { authorization: `Bearer ${DEMO_TOKEN}` };
    expect((await post(`${address}/jobs-api/bulk`, bulk)).status).toBe(401);
    expect((await post(`${address}/jobs-api/bulk`, { ...bulk, dryRun: true }, withToken)).status).toBe(200);

    // The server ends before the reminder is due: its worker has to send it.
    await server.kill('SIGTERM');
    await server.exited;
    const emails = await waitFor(async () => {
      const files = await readdir(join(outputs, 'mail'));
      return files.length === 2 && Promise.all(files.map((file) => readFile(join(outputs, 'mail', file), 'utf8')));
    });
    expect(emails.every((email) => email.includes('To: ada@example.com'))).toBe(true);
    expect(emails.some((email) => email.includes(`Subject: Order ${order.id} is waiting`))).toBe(true);

    const again = await addressOf(await start('main.ts', env));
    const found = await waitFor(async () => {
      const seen = (await (await fetch(`${again}/orders/${order.id}`)).json()) as PlacedOrder;
      return seen.jobs.every(({ state }) => state === 'completed') && seen;
    });
    expect(found.jobs.map(({ type }) => type).sort()).toEqual(['email', 'email', 'payment-reminder']);
    const job = (await (await fetch(`${again}${jobs[0]?.url}`)).json()) as { readonly log: readonly object[] };
    expect(job.log).toHaveLength(1);
    expect((await fetch(`${again}/jobs/nobody`)).status).toBe(404);
  });
});

async function addressOf(server: NodeProcess): Promise<string> {
  const line = await server.waitForLine('Listening on ');
  return line.replace(/^.*Listening on (\S+).*$/, '$1');
}

function post(url: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
