import { Test } from '@nestjs/testing';
import { register } from 'prom-client';
import request from 'supertest';
import { JobService, JobsModule } from 'nestjs-jobs';
import { DEFAULT_BUCKETS, JobsMetricsModule } from 'nestjs-jobs/metrics';
import { ExportOrders, ownMetrics, WithPrometheus } from './guide/metrics.js';
import { type Page, pages, tableUnder } from './pages.js';
import { boot, closeAll } from './start.js';

afterEach(closeAll);

const page = pages().find(({ name }) => name === 'docs/guide/metrics.md') as Page; // it is one of the repository

function column(heading: string, index: number): readonly string[] {
  return tableUnder(page, heading).map((row) => row[index]?.replaceAll('`', '') ?? '');
}

describe('metrics.md', () => {
  it('names every metric, with its type and its labels', async () => {
    await boot({ imports: [JobsModule.forRoot({ store: 'memory' }), JobsMetricsModule.forRoot()] });
    // Those of Node are there too: the page has a PrometheusModule.
    const metrics = (await register.getMetricsAsJSON()).filter(({ name }) => name.startsWith('jobs_'));
    const ofProcess = column('## Of this process', 0);
    const ofSystem = column('## Of the whole system', 0);
    expect([...ofProcess, ...ofSystem].toSorted()).toEqual(metrics.map(({ name }) => name).toSorted());
    const types = new Map(metrics.map(({ name, type }) => [name, String(type)]));
    expect(column('## Of this process', 1)).toEqual(ofProcess.map((name) => types.get(name)));
    expect(column('## Of the whole system', 1)).toEqual(ofSystem.map((name) => types.get(name)));
    const labels = ofSystem.map((name) => {
      const { labelNames = [] } = register.getSingleMetric(name) as unknown as { labelNames?: readonly string[] };
      return labelNames.join(', ');
    });
    expect(column('## Of the whole system', 2)).toEqual(labels);
  });

  it('says which buckets there are', () => {
    const bounds = DEFAULT_BUCKETS.map((bound) => String(bound).replace(/^0\./, '.'));
    expect(page.text).toContain(bounds.join(' '));
  });

  it('feeds metrics of your own', async () => {
    const app = await boot({
      imports: [JobsModule.forRoot({ store: 'memory' }), ownMetrics],
      providers: [ExportOrders],
    });
    const job = await app.get(JobService).submit(ExportOrders, { month: '2026-01' });
    await job.result({ timeout: '20s' });
    const exported = await register.getSingleMetricAsString('orders_exported_total');
    expect(exported).toContain('orders_exported_total{app="shop"} 12');
  });

  it('guards the endpoint', async () => {
    process.env['SCRAPE_TOKEN'] = 'secret';
    const module = await Test.createTestingModule({ imports: [WithPrometheus] }).compile();
    const app = await module.createNestApplication({ logger: false }).init();
    const agent = request(app.getHttpServer());
    await agent.get('/metrics').expect(403);
    const { text } = await agent.get('/metrics').set('authorization', 'Bearer secret').expect(200);
    expect(text).toContain('jobs_store_up{app="shop"} 1');
    await app.close();
    delete process.env['SCRAPE_TOKEN'];
  });
});
