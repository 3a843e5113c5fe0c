import { JobService } from 'nestjs-jobs';
import { JobsAlertsModule } from 'nestjs-jobs/alerts';
import { JobsHistoryModule } from 'nestjs-jobs/history';
import { ApiUnderTest } from './start-api.js';

let api: ApiUnderTest;

beforeEach(async () => {
  api = await ApiUnderTest.start({
    imports: [
      JobsHistoryModule.forRoot(),
      JobsAlertsModule.forRoot({ rules: [{ kind: 'dead-letters', name: 'graves', threshold: 2, for: 0 }] }),
    ],
  });
  const jobs = api.app.get(JobService);
  jobs.register('fine', () => Promise.resolve(1), { retry: { attempts: 1 } });
  jobs.register('broken', () => Promise.reject(new Error('no')), { retry: { attempts: 1 }, queue: 'b' });
});

afterEach(() => api.close());

async function runSome(): Promise<void> {
  for (const type of ['fine', 'broken', 'broken']) {
    await api.submit(type);
  }
  await api.jobs.drain();
  await api.pass(1_000);
}

interface Figures {
  readonly counts: Readonly<Record<string, number>>;
  readonly at: string;
}

describe('the figures', () => {
  it('are summed up, over all and of one queue', async () => {
    await runSome();
    const { status, body } = await api.get('/metrics/summary', 'read');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      counts: { submitted: 3, started: 3, completed: 1, failed: 2 },
      attempts: 3,
      failureRate: 2 / 3,
      wait: { count: 3, p50: expect.any(Number) as number },
    });
    const { from, to } = body as { readonly from: string; readonly to: string };
    expect(Date.parse(to) - Date.parse(from)).toBeGreaterThanOrEqual(3_600_000);
    expect((await api.get('/metrics/summary?queue=b&since=5m')).body).toMatchObject({
      counts: { completed: 0, failed: 2 },
    });
    expect((await api.get('/metrics/summary?type=nobody')).body).toMatchObject({ attempts: 0, wait: { count: 0 } });
  });

  it('come by queue and type', async () => {
    await runSome();
    const { body } = await api.get('/metrics/series?since=300000');
    expect(body).toMatchObject({
      series: [
        { queue: 'b', type: 'broken', counts: { failed: 2 } },
        { queue: 'default', type: 'fine', counts: { completed: 1 } },
      ],
    });
  });

  it('come step by step, and only of the span that is asked for', async () => {
    await runSome();
    const { body } = await api.get('/metrics/history?step=10m');
    const { points } = body as { readonly points: readonly Figures[] };
    expect(points).toHaveLength(7);
    expect(points.reduce((sum, { counts }) => sum + (counts['failed'] ?? 0), 0)).toBe(2);
    const last = points.at(-1)?.at ?? '';
    const before = await api.get(`/metrics/history?to=${last}&step=10m`);
    expect(
      (before.body as { readonly points: readonly Figures[] }).points.map(({ counts }) => counts['failed']),
    ).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['/metrics/summary?since=soon&queue=a%20b&what=1', ['queue', 'since', 'what']],
    ['/metrics/history?from=yesterday&step=never', ['from', 'step']],
    ['/metrics/history?step=90s', ['step']],
  ])('name what is wrong in %s', async (path, fields) => {
    const { status, body } = await api.get(path);
    expect(status).toBe(400);
    const named = (body as { readonly fields: readonly { readonly field: string }[] }).fields.map(({ field }) => field);
    expect(named.sort()).toEqual(fields);
  });
});

describe('the alerts', () => {
  it('say how they stand', async () => {
    await runSome();
    await api.pass(60_000);
    await api.pass(60_000);
    const { status, body } = await api.get('/alerts', 'read');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      alerts: [
        {
          rule: 'graves',
          kind: 'dead-letters',
          phase: 'firing',
          severity: 'warning',
          queue: 'b',
          value: 2,
          threshold: 2,
          since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          firedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        },
      ],
    });
  });
});
