import { Test, type TestingModule } from '@nestjs/testing';
import { JobEvents, JobService, JobsModule } from 'nestjs-jobs';
import { JobsAlertsModule } from 'nestjs-jobs/alerts';
import { JobsHistoryModule, MetricsService } from 'nestjs-jobs/history';
import { VirtualClock } from 'nestjs-jobs/testing';
import { Clock } from '../application/ports/clock.js';
import { HistoryStore } from '../application/ports/history-store.js';
import { startRedisServer, type RedisServer } from '../../../../test/servers/redis-server.js';

const SILENT = { log: () => {}, warn: () => {}, error: () => {} };

describe('JobsHistoryModule', () => {
  let server: RedisServer;
  const apps: TestingModule[] = [];

  beforeAll(async () => {
    server = await startRedisServer();
  });

  afterAll(() => server.stop());

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  async function boot(history: typeof JobsHistoryModule | ReturnType<typeof JobsHistoryModule.forRoot> | undefined) {
    const app = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ redis: server.url, worker: { size: 1 } }), ...(history ? [history] : [])],
    })
      .setLogger(SILENT)
      .compile();
    apps.push(app);
    app.get(JobService).register('work', () => 'done', { queue: 'mail' });
    await app.init();
    return app;
  }

  it('costs nothing where it is not imported: no event is made for it', async () => {
    const without = await boot(undefined);
    expect(without.get(JobEvents).wanted('completed', 'mail')).toBe(false);
    expect(without.get(JobEvents).wanted('started', 'mail')).toBe(false);
    const imported = await boot(JobsHistoryModule);
    expect(imported.get(JobEvents).wanted('completed', 'mail')).toBe(true);
  });

  it('has the sums of all processes, those of one that has stopped too', async () => {
    const [one, other] = [await boot(JobsHistoryModule), await boot(JobsHistoryModule.forRoot({ maxSeries: 10 }))];
    for (const app of [one, other]) {
      for (let each = 0; each < 25; each++) {
        await (await app.get(JobService).submit('work', {})).result({ timeout: '20s' });
      }
    }
    await one.close();
    apps.splice(apps.indexOf(one), 1);
    await other.close();
    apps.splice(apps.indexOf(other), 1);
    const reader = await boot(JobsHistoryModule);
    const { counts, wait, duration, successRate } = await reader.get(MetricsService).summary({ queue: 'mail' });
    expect(counts).toMatchObject({ submitted: 50, started: 50, completed: 50, failed: 0 });
    expect([wait.count, duration.count, successRate]).toEqual([50, 50, 1]);
  });

  it.each([JobsHistoryModule, JobsAlertsModule.forRoot()])(
    'lets the application close within its shutdown deadline though the store never takes the counts (%#)',
    async (counting) => {
      const clock = new VirtualClock();
      const app = await Test.createTestingModule({
        imports: [JobsModule.forRoot({ store: 'memory', shutdown: { deadline: '1s' } }), counting],
      })
        .setLogger(SILENT)
        .overrideProvider(Clock)
        .useValue(clock)
        .overrideProvider(HistoryStore)
        .useValue({ add: () => new Promise(() => undefined), read: async () => [] })
        .compile();
      await app.init();
      const begun = clock.now();
      const end = { reached: false };
      void app.close().then(() => (end.reached = true));
      while (!end.reached && clock.now() - begun < 60_000) {
        await clock.advance(100);
      }
      expect(clock.now() - begun).toBeLessThanOrEqual(1_100);
    },
  );

  it('refuses options that are wrong', () => {
    expect(() => JobsHistoryModule.forRoot({ maxSeries: 0 })).toThrow('maxSeries: 0 is not allowed');
    expect(() => JobsHistoryModule.forRoot({ max: 5 } as never)).toThrow('max: 5 is an unknown option');
  });
});
