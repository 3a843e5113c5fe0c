import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { JobService, JobsModule } from 'nestjs-jobs';
import { type AlertEvent, Alerts, JobsAlertsModule, signWebhook } from 'nestjs-jobs/alerts';
import { TestingJobs, useTestingJobs, VirtualClock } from 'nestjs-jobs/testing';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { HistoryReader } from '../../libs/jobs/src/application/history/history-reader.js';
import { MetricsService } from '../../libs/jobs/src/application/history/metrics-service.js';
import { bucketOf } from '../../libs/jobs/src/domain/history/duration-histogram.js';
import { startEngine } from '../engine/start-engine.js';
import { waitFor } from '../servers/wait-for.js';
import { AlertReceiver, Figures, Pager, WatchedModule } from './guide/history.js';
import { blocksOf, type Page, REPOSITORY, tableUnder } from './pages.js';
import { boot, closeAll } from './start.js';

const NAME = 'docs/guide/history-and-alerts.md';
const page: Page = { name: NAME, text: readFileSync(path.join(REPOSITORY, NAME), 'utf8') };
const [shownSummary, shownAlert] = blocksOf(page)
  .filter(({ language }) => language === 'json')
  .map(({ code }) => JSON.parse(code) as Record<string, unknown>);

afterEach(closeAll);

describe('history-and-alerts.md', () => {
  it('boots as it is shown, and answers', async () => {
    const app = await boot({ imports: [WatchedModule], providers: [Figures, Pager] });
    const figures = app.get(Figures);
    const jobs = app.get(JobService);
    jobs.register('order.pay', () => 'paid', { queue: 'orders' });
    await (await jobs.submit('order.pay', {})).result({ timeout: '20s' });
    await waitFor(async () => (await figures.lastHour()).counts.completed === 1, { what: 'the job to be counted' });
    expect((await figures.today()).reduce((sum, { counts }) => sum + counts.completed, 0)).toBe(1);
    expect(await figures.busiest()).toMatchObject([{ queue: 'orders', type: 'order.pay', attempts: 1 }]);
    expect(await figures.firing()).toEqual([]);
    const names = app
      .get(Alerts)
      .rules()
      .map(({ name }) => name);
    await figures.stricter();
    const rules = app.get(Alerts).rules();
    expect(rules.map(({ name }) => name)).toEqual([...names.filter((name) => name !== 'no-workers'), 'mail-waits']);
    expect(rules).toContainEqual(expect.objectContaining({ name: 'dead-letters', threshold: 1, recovery: 0.8 }));
  });

  it('shows what a summary answers', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 5, 1, 12, 30, 20));
    const { history } = createMemoryStore({ clock });
    const durations = [...Array<number>(90).fill(82), ...Array<number>(10).fill(410)];
    const pairs = (values: readonly number[]): readonly number[] => values.flatMap((value) => [bucketOf(value), 1]);
    await history.add({
      recorder: 'r',
      number: 1,
      minute: Date.UTC(2026, 5, 1, 12, 0),
      most: 100,
      series: [
        {
          queue: 'orders',
          type: 'order.pay',
          counts: [97, 100, 96, 3, 1, 0, 0, 0, 0],
          wait: pairs([...Array<number>(95).fill(3), 40, 40]),
          duration: pairs(durations),
        },
      ],
    });
    const recorder = { now: () => clock.now(), flush: async () => undefined } as never;
    const metrics = new MetricsService(new HistoryReader(history, recorder));
    const summary: unknown = await metrics.summary({ queue: 'orders', type: 'order.pay', since: '1h' });
    expect(JSON.parse(JSON.stringify(summary))).toEqual(shownSummary);
  });

  it('shows what a webhook is sent', async () => {
    const heard: AlertEvent[] = [];
    const module = await useTestingJobs(
      Test.createTestingModule({
        imports: [
          JobsModule.forRoot({ store: 'memory' }),
          JobsAlertsModule.forRoot({ rules: [{ kind: 'queue-depth', queue: 'orders', threshold: 3 }] }),
        ],
        providers: [{ provide: 'LISTENER', useValue: heard }],
      }),
      { now: new Date('2026-06-01T12:00:00.000Z') },
    ).compile();
    await module.init();
    try {
      const { AlertEvents } = await import('nestjs-jobs/alerts');
      module.get(AlertEvents, { strict: false }).on('firing', (event) => void heard.push(event));
      const jobs = module.get(JobService, { strict: false });
      for (let each = 0; each < 3; each++) {
        await jobs.submit('order.pay', {}, { queue: 'orders' });
      }
      await TestingJobs.of(module).advance('3m');
      const shown: Record<string, unknown> = { ...heard[0] };
      for (const varies of ['id', 'alert']) {
        expect(shown[varies]).toMatch(/^[0-9a-f-]{36}$/);
      }
      expect(Object.keys(shown)).toEqual(Object.keys(shownAlert ?? {}));
      const fixed = (event: Record<string, unknown> = {}): unknown => ({ ...event, id: '', alert: '', at: '' });
      expect(fixed(shown)).toEqual(fixed(shownAlert));
    } finally {
      await module.close();
    }
  });

  it('takes what is signed, once, and nothing else', async () => {
    const module = await Test.createTestingModule({ controllers: [AlertReceiver] }).compile();
    const app = module.createNestApplication<NestExpressApplication>({ rawBody: true, logger: false });
    await app.listen(0, '127.0.0.1');
    try {
      const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/alerts`;
      const body = JSON.stringify(shownAlert);
      const post = async (secret: string): Promise<number> => {
        const headers = { 'content-type': 'application/json', ...signWebhook('an-id', body, secret) };
        return (await fetch(url, { method: 'POST', body, headers })).status;
      };
      expect(await post('at least sixteen characters')).toBe(204);
      expect(await post('at least sixteen characters')).toBe(204);
      expect(await post('another secret altogether')).toBe(401);
      expect(app.get(AlertReceiver).texts).toEqual([shownAlert?.['text']]);
    } finally {
      await app.close();
    }
  });

  it('shows the words of a summary in the log', async () => {
    const line = /^\[Jobs\] Jobs in the last 1m \((.*)\)$/m.exec(page.text)?.[1] ?? '';
    const engine = await startEngine({ settings: { logSummary: 60_000 }, handlers: { work: () => 1 } });
    await engine.jobs.submit('work', {});
    await engine.clock.advance(1_000);
    engine.pool.all().forEach((worker) => worker.pause());
    await engine.jobs.submit('work', {});
    await engine.clock.advance(60_000);
    const said = engine.log.lines.find(({ message }) => message === 'Jobs in the last 1m');
    await engine.close();
    expect(line.split(' ').map((part) => part.split('=')[0])).toEqual(Object.keys(said?.fields ?? {}));
  });

  it('is said by an application with workers, as often as it is told', async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const app = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ store: 'memory', log: { summary: '1s' } })],
    })
      .setLogger({ log, warn: log, error: log })
      .compile();
    app.get(JobService).register('work', () => 1);
    await app.init();
    try {
      await (await app.get(JobService).submit('work', {})).result({ timeout: '20s' });
      const line = await waitFor(() => lines.find((each) => each.startsWith('Jobs in the last 1s (completed=1 ')), {
        what: 'the summary to be said',
      });
      expect(line).toMatch(/ perSecond=1 p95=\S+ waiting=0 deadLetters=0 busy=0 idle=50\)$/);
    } finally {
      await app.close();
    }
  });

  it('has every kind of rule in its table', async () => {
    const { ALERT_KINDS } = await import('nestjs-jobs/alerts');
    const kinds = tableUnder(page, '## What there is to be warned of').map(([first = '']) => first.replaceAll('`', ''));
    expect(kinds).toEqual(ALERT_KINDS);
  });
});
