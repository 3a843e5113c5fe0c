import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { type PrometheusServer, promtool, startPrometheus } from '../servers/prometheus.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';
import { interpolate, readDashboard, RULES } from './configs.js';

const MAIN = resolve(__dirname, '../../apps/demo/src/main.ts');

/** So wide that what has happened stays in sight for as long as this file runs. */
const WINDOW = '10m';

/** Who buys at the shop: a customer, one whose mailbox is busy at first, and one whose mailbox there is not. */
const BUYERS = ['ada@example.com', 'felix.rossi@example.com', 'paul.tanaka@example.com'];
const ROUNDS = 4;

/** What the orders at one process come to: a confirmation, a reminder, and the e-mail that the reminder submits. */
const JOBS = 3 * ROUNDS * BUYERS.length;

/** Both e-mails to the buyer without a mailbox are given up. */
const DEAD = 2 * ROUNDS;

/** A rule, as Prometheus tells of it. */
interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError?: string;
}

describe('a Prometheus that scrapes the demo', () => {
  const processes: NodeProcess[] = [];
  const addresses: string[] = [];
  let outputs: string;
  let redis: RedisServer;
  let prometheus: PrometheusServer;

  /** One process on the memory store, and two that share a Redis. */
  beforeAll(async () => {
    redis = await startRedisServer();
    outputs = await mkdtemp(join(tmpdir(), 'nestjs-jobs-metrics-'));
    for (const url of ['', redis.url, redis.url]) {
      addresses.push(await startShop(url));
    }
    prometheus = await startPrometheus(configuration(addresses));
    await waitFor(async () => (await prometheus.query('up == 1')).length === 3, { what: 'three shops to be scraped' });
    await Promise.all(
      addresses
        .flatMap((address) => Array.from({ length: ROUNDS }, () => BUYERS.map((email) => order(address, email))))
        .flat(),
    );
    await seen(`sum(jobs_enqueued_total) == ${JOBS * addresses.length}`);
    await seen(`sum(max by (job, queue, state) (jobs_queue_finished_total)) == ${JOBS * addresses.length}`);
    await seen(`sum(jobs_completed_total) + sum(jobs_dead_lettered_total) == ${JOBS * addresses.length}`);
  }, 240_000);

  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await prometheus?.stop();
    await redis?.stop();
    await rm(outputs, { recursive: true, force: true });
  });

  async function startShop(redisUrl: string): Promise<string> {
    const started = await startNodeProcess(MAIN, {
      env: {
        NODE_ENV: 'test',
        NO_COLOR: '1',
        SHOP_OUTPUTS: outputs,
        REDIS_URL: redisUrl,
        PORT: '0',
        REMINDER_DELAY: '1s',
      },
    });
    processes.push(started);
    const line = await started.waitForLine('Listening on ');
    return line.replace(/^.*Listening on (\S+).*$/, '$1');
  }

  const seen = (expression: string): Promise<unknown> =>
    waitFor(async () => (await prometheus.query(expression)).length > 0, {
      what: `Prometheus to see ${expression}`,
      timeout: 60_000,
    });

  const panels = readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, refId }): [string, string] => [`${title} (${refId})`, expr]),
  );

  it.each(panels)('answers the query of the panel %s', async (_title, expression) => {
    const series = await prometheus.query(interpolate(expression, WINDOW));
    expect(series.length).toBeGreaterThan(0);
    if (!expression.includes('schedule')) {
      // No schedule has fired: its series are there, at 0, and a quantile of nothing is no number.
      expect(series.some(({ value }) => Number.isFinite(value))).toBe(true);
    }
  });

  it('answers the queries of the variables', async () => {
    const { list } = readDashboard().templating;
    const queried = list.flatMap(({ definition = '' }) => (definition === '' ? [] : [interpolate(definition, WINDOW)]));
    expect(queried).toHaveLength(3);
    for (const query of queried) {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      const values = await prometheus.api<readonly string[]>(
        `label/${label}/values?match[]=${encodeURIComponent(selector)}`,
      );
      expect([query, values.length > 0]).toEqual([query, true]);
    }
  });

  it('evaluates every rule without an error', async () => {
    const rules = async (): Promise<readonly Rule[]> => {
      const { groups } = await prometheus.api<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
        'rules',
      );
      return groups.flatMap((group) => group.rules);
    };
    const evaluated = await waitFor(
      async () => {
        const now = await rules();
        return now.every(({ health }) => health !== 'unknown') && now;
      },
      { what: 'every rule to be evaluated' },
    );
    expect(evaluated.filter(({ type }) => type === 'alerting').length).toBeGreaterThan(7);
    expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('has a series for the left side of every comparison that an alert makes', async () => {
    const rules = await readFile(RULES, 'utf8');
    const names = new Set([...rules.matchAll(/\bjobs_[a-z_]+/g)].map(([name]) => name));
    names.delete('jobs_pending');
    expect(names.size).toBeGreaterThan(6);
    for (const name of names) {
      expect([name, (await prometheus.query(name)).length > 0]).toEqual([name, true]);
    }
    // The demo has jobs that are given up, in each of its two systems.
    await seen('count(ALERTS{alertname="JobsDeadLetters", alertstate="firing", queue="mail"}) == 2');
  });

  it('sees the same of the system in each process, and of each process its own', async () => {
    await waitFor(
      async () => {
        const [max] = await prometheus.query('max(jobs_queue_size{job="redis", queue="mail", state="failed"})');
        const [min] = await prometheus.query('min(jobs_queue_size{job="redis", queue="mail", state="failed"})');
        return max?.value === 2 * DEAD && min?.value === 2 * DEAD;
      },
      { what: 'both processes to show the dead letters that they have together' },
    );
    const [given] = await prometheus.query('sum(jobs_dead_lettered_total{job="redis"})');
    expect(given?.value).toBe(2 * DEAD);
    const [finished] = await prometheus.query(
      'max(jobs_queue_finished_total{job="redis", queue="mail", state="failed"})',
    );
    expect(finished?.value).toBe(2 * DEAD);
    // 4 workers each.
    expect(await prometheus.query('max by (job) (jobs_active_workers)')).toEqual(
      expect.arrayContaining([
        { labels: { job: 'memory' }, value: 4 },
        { labels: { job: 'redis' }, value: 8 },
      ]),
    );
    const [enqueued] = await prometheus.query(
      'sum by (job) (jobs_enqueued_total{job="redis", type="payment-reminder"})',
    );
    expect(enqueued?.value).toBe(2 * ROUNDS * BUYERS.length);
  });

  it('counts each attempt that begins once when it ends', async () => {
    await seen('sum(jobs_dequeued_total) - sum(jobs_processed_total) == 0');
    const [attempts] = await prometheus.query('sum(jobs_dequeued_total)');
    const [waited] = await prometheus.query('sum(jobs_wait_seconds_count)');
    expect(waited?.value).toBe(attempts?.value);
    const [lasted] = await prometheus.query('sum(jobs_duration_seconds_count)');
    expect(lasted?.value).toBe(attempts?.value);
  });

  it('gets metrics of which promtool has nothing to say', async () => {
    const response = await fetch(`${addresses[1]}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('jobs_processed_total{');
    await expect(promtool(['check', 'metrics'], text)).resolves.toBe('');
  });
});

function configuration([memory = '', ...redis]: readonly string[]): string {
  const target = (address: string): string => `'${new URL(address).host}'`;
  return `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${RULES}']
scrape_configs:
  - job_name: memory
    static_configs: [{ targets: [${target(memory)}] }]
  - job_name: redis
    static_configs: [{ targets: [${redis.map(target).join(', ')}] }]
`;
}

async function order(address: string, email: string): Promise<void> {
  const response = await fetch(`${address}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer: { name: 'Ada Lovelace', email }, items: [{ product: 'teapot', quantity: 1 }] }),
  });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
}
