import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { misfits } from '../api/fits-schema.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';
import { DocumentedOperation, type OpenApiDocument } from './documented-operations.js';
import { REQUESTS } from './operation-requests.js';
import { ShopServer, type ShownProcess } from './shop-server.js';

const METRICS = resolve(__dirname, '../../libs/jobs/src/metrics');

/** What a wait here may take on a machine with much else to do, in milliseconds. */
const GENEROUS = 90_000;

/** A job that both can work. */
const EXPORT = { type: 'export-orders', payload: {} };

jest.setTimeout(2 * GENEROUS);

/** Two processes of the shop on one Redis, and a Prometheus that scrapes both. */
let redis: RedisServer;
let outputs: string;
let shops: readonly [ShopServer, ShopServer];
let prometheus: PrometheusServer;
let document: OpenApiDocument;
let operations: ReadonlyMap<string, DocumentedOperation>;

beforeAll(async () => {
  redis = await startRedisServer();
  outputs = await mkdtemp(join(tmpdir(), 'nestjs-jobs-operations-'));
  const options = { redisUrl: redis.url, outputs };
  shops = await Promise.all([ShopServer.start(options), ShopServer.start(options)]);
  const targets = shops.map(({ target }) => `'${target}'`).join(', ');
  prometheus = await startPrometheus(`
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: [${targets}] }]
`);
  document = await shops[0].get<OpenApiDocument>('GET', '/jobs-api/openapi.json');
  operations = DocumentedOperation.allOf(document);
  for (const shop of shops) {
    await until(shop, 'both processes, each with its workers', (processes) =>
      shops.every(({ pid }) => processes.some((each) => each.pid === pid && each.workers.length === 4)),
    );
  }
}, 2 * GENEROUS);

afterAll(async () => {
  await Promise.all((shops ?? []).map(({ process }) => process.kill()));
  await prometheus?.stop();
  await redis?.stop();
  if (outputs !== undefined) {
    await rm(outputs, { recursive: true, force: true });
  }
});

/** Resolves once a shop shows the processes so. */
async function until(
  shop: ShopServer,
  what: string,
  shows: (processes: readonly ShownProcess[]) => boolean,
): Promise<void> {
  await waitFor(async () => shows(await shop.processes()), {
    what: `/health/workers to show ${what}`,
    timeout: GENEROUS,
  });
}

async function seen(expression: string): Promise<void> {
  await waitFor(async () => (await prometheus.query(expression)).length > 0, {
    what: `Prometheus to see ${expression}`,
    timeout: GENEROUS,
  });
}

/** Pauses or resumes workers of one shop through the other, and waits until they have obeyed. */
async function order(through: ShopServer, of: ShopServer, names: readonly string[], asked: 'pause' | 'resume') {
  const workers = (await through.workersOf(of.pid)).filter(({ name }) => names.includes(name));
  expect(workers.map(({ name }) => name)).toEqual(names);
  for (const { id } of workers) {
    await through.get('POST', `/jobs-api/workers/${encodeURIComponent(id)}/${asked}`);
  }
  const state = asked === 'pause' ? 'paused' : 'running';
  for (const shop of shops) {
    await waitFor(
      async () => {
        const shown = await shop.workersOf(of.pid);
        return workers.every(({ id }) => shown.some((each) => each.id === id && each.state === state));
      },
      { what: `${names.join(', ')} to be ${state}`, timeout: GENEROUS },
    );
  }
}

describe('two processes of the demo, as they are operated', () => {
  it('has requests for every operation that the API describes, and for no other', () => {
    expect(Object.keys(REQUESTS).toSorted()).toEqual([...operations.keys()].toSorted());
  });

  it('describes the same operations in both', async () => {
    expect(await shops[1].get('GET', '/jobs-api/openapi.json')).toEqual(document);
  });

  it('tells nothing to who has no token', async () => {
    for (const { url } of shops) {
      const answer = await fetch(`${url}/jobs-api/queues`);
      expect([answer.status, await answer.json()]).toEqual([401, expect.objectContaining({ code: 'unauthenticated' })]);
    }
  });

  it.each(Object.entries(REQUESTS).map(([id, prepare], index) => ({ id, prepare, index })))(
    'does $id through one process with what the other has prepared',
    async ({ id, prepare, index }) => {
      const [called, other] = index % 2 === 0 ? shops : shops.toReversed();
      const operation = operations.get(id);
      if (called === undefined || other === undefined || operation === undefined) {
        throw new Error(`The document does not describe ${id}`);
      }
      for (const { params = {}, query = {}, body } of await prepare(other)) {
        const {
          status,
          type,
          body: answer,
        } = await called.ask(operation.method, operation.pathWith(params, query), body);
        const misses = misfits(answer, operation.schemaOf(status, type), document.components.schemas);
        expect({ status, answer, misses }).toEqual({ status, answer, misses: [] });
        expect(operation.successes).toContain(status);
      }
    },
  );

  it('pauses a queue in both through one of them', async () => {
    const [a, b] = shops;
    await a.get('POST', '/jobs-api/queues/reports/pause');
    expect(await b.get('GET', '/jobs-api/queues/reports')).toMatchObject({ paused: true });
    const { id } = await b.get<{ id: string }>('POST', '/jobs-api/jobs', EXPORT);
    await seen('sum(jobs_queue_paused{queue="reports"}) == 2');
    expect(await b.get('GET', `/jobs/${id}`)).toMatchObject({ state: 'pending', attempts: 0 });
    await b.get('POST', '/jobs-api/queues/reports/resume');
    await a.untilJobIn('completed', id);
  });

  it('pauses and resumes a worker of one through the other', async () => {
    const [a, b] = shops;
    await order(a, b, ['worker-1'], 'pause');
    await order(a, b, ['worker-1'], 'resume');
  });

  it('ends a job in one that was submitted to the other', async () => {
    const [a, b] = shops;
    const ofA = (await a.workersOf(a.pid)).filter(({ state }) => state === 'running').map(({ name }) => name);
    await order(b, a, ofA, 'pause');
    try {
      const done = `sum(jobs_completed_total{instance="${b.target}", type="export-orders"})`;
      const [before] = await prometheus.query(done);
      const { id } = await a.get<{ id: string }>('POST', '/jobs-api/jobs', EXPORT);
      await a.untilJobIn('completed', id);
      await seen(`${done} > ${before?.value}`);
    } finally {
      await order(b, a, ofA, 'resume');
    }
  });

  it.each(['/health/jobs', '/health/queues', '/health/workers'])('answers %s with 200 in both', async (path) => {
    for (const shop of shops) {
      await waitFor(
        async () => {
          const { status, body } = await shop.ask('GET', path);
          if (status !== 200 || (body as { readonly level: string }).level !== 'up') {
            throw new Error(`it answers ${status}: ${JSON.stringify(body)}`);
          }
          return true;
        },
        { what: `${path} to be well`, timeout: GENEROUS },
      );
    }
  });

  it('shows the workers of both in both', async () => {
    const pids = shops.map(({ pid }) => pid).toSorted((one, other) => one - other);
    for (const shop of shops) {
      // One of the eight was stopped.
      await until(shop, 'seven workers of two processes that take jobs', (processes) => {
        const workers = processes.flatMap((each) => each.workers).filter(({ state }) => state === 'running');
        return workers.length === 7;
      });
      expect((await shop.processes()).map(({ pid }) => pid).toSorted((one, other) => one - other)).toEqual(pids);
    }
  });

  it('gives Prometheus every metric of the library from both', async () => {
    const sources = await Promise.all((await readdir(METRICS)).map((file) => readFile(join(METRICS, file), 'utf8')));
    const names = [...new Set(sources.join('').match(/(?<=')jobs_[a-z_]+(?=')/g))];
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) {
      await seen(`count(count by (instance) ({__name__=~"${name}(_count)?", job="shop"})) == 2`);
    }
  });

  it('tells of one that is killed, and goes on in the other', async () => {
    const [a, b] = shops;
    await seen('count(up{job="shop"} == 1) == 2');
    await b.process.kill('SIGKILL');
    await seen(`up{instance="${b.target}"} == 0`);
    await until(a, 'the silence of the other', (processes) =>
      processes.some(({ pid, silent, level }) => pid === b.pid && silent && level === 'degraded'),
    );
    await waitFor(async () => (await a.get<{ level: string }>('GET', '/health/jobs')).level === 'degraded', {
      what: '/health/jobs to be degraded',
      timeout: GENEROUS,
    });
    const { id } = await a.get<{ id: string }>('POST', '/jobs-api/jobs', EXPORT);
    await a.untilJobIn('completed', id);
    expect(await prometheus.query(`up{instance="${a.target}"} == 1`)).toHaveLength(1);
  });

  it('ends with 0 when it is told to', async () => {
    const [a] = shops;
    expect(await a.stop()).toEqual({ code: 0, signal: null });
    await seen(`up{instance="${a.target}"} == 0`);
  });
});
