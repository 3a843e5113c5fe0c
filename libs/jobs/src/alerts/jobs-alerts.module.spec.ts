import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Scope } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { JobService, JobsModule } from 'nestjs-jobs';
import {
  type AlertEvent,
  Alerts,
  JobsAlertsModule,
  type JobsAlertsOptions,
  OnJobAlert,
  verifyWebhook,
} from 'nestjs-jobs/alerts';
import { JobsHistoryModule, MetricsService } from 'nestjs-jobs/history';
import { waitFor } from '../../../../test/servers/wait-for.js';

const SECRET = 'a secret of sixteen and more';
const SILENT = { log: () => {}, warn: () => {}, error: () => {} };

@Injectable()
class Pager {
  readonly heard: string[] = [];
  readonly recovered: string[] = [];

  @OnJobAlert()
  note({ kind, rule }: AlertEvent): void {
    this.heard.push(`${rule} ${kind}`);
  }

  @OnJobAlert('recovered')
  async calm({ rule }: AlertEvent): Promise<void> {
    this.recovered.push(rule);
    throw new Error('changes nothing');
  }
}

describe('JobsAlertsModule', () => {
  let server: Server;
  let url = '';
  const received: AlertEvent[] = [];
  let refusals = 0;
  const apps: TestingModule[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (refusals > 0) {
          refusals--;
          response.writeHead(503).end();
        } else if (verifyWebhook(request.headers, body, SECRET)) {
          received.push(JSON.parse(body) as AlertEvent);
          response.writeHead(204).end();
        } else {
          response.writeHead(401).end();
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );

  beforeEach(() => {
    received.length = 0;
    refusals = 0;
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  async function boot(options: JobsAlertsOptions, providers = [Pager]): Promise<TestingModule> {
    const app = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ store: 'memory', worker: false }),
        JobsHistoryModule,
        JobsAlertsModule.forRootAsync({ useFactory: async () => options }),
      ],
      providers,
    })
      .setLogger(SILENT)
      .compile();
    apps.push(app);
    await app.init();
    return app;
  }

  it('tells listeners and webhooks that an alert fires and has recovered, however often a webhook refuses', async () => {
    refusals = 1;
    const app = await boot({
      rules: [{ kind: 'queue-depth', queue: 'mail', threshold: 2, for: 0 }],
      webhooks: [{ url, secret: SECRET, allowHttp: true, timeout: '10s' }],
      interval: '1s',
    });
    const jobs = app.get(JobService);
    await jobs.submit('mail.send', {}, { queue: 'mail' });
    await jobs.submit('mail.send', {}, { queue: 'mail' });
    await waitFor(() => received.length === 1, { what: 'the webhook to be told' });
    expect(received[0]).toMatchObject({ kind: 'firing', rule: 'queue-depth:mail', queue: 'mail', value: 2 });
    expect(app.get(Pager).heard).toEqual(['queue-depth:mail firing']);
    expect(await app.get(Alerts).firing()).toMatchObject([{ rule: 'queue-depth:mail', phase: 'firing', value: 2 }]);
    await jobs.queue('mail').clear();
    await waitFor(() => received.length === 2, { what: 'the webhook to be told of the recovery' });
    expect(received[1]).toMatchObject({ kind: 'recovered', alert: received[0]?.alert });
    expect(app.get(Pager).heard).toEqual(['queue-depth:mail firing', 'queue-depth:mail recovered']);
    expect(app.get(Pager).recovered).toEqual(['queue-depth:mail']);
    expect((await app.get(MetricsService).summary({ queue: 'mail' })).counts.submitted).toBe(2);
  });

  it('refuses options that are wrong, and listeners that do not live as long as the application', async () => {
    await expect(boot({ interval: '1ms' })).rejects.toThrow('interval');
    @Injectable({ scope: Scope.TRANSIENT })
    class Passing extends Pager {}
    await expect(boot({}, [Passing])).rejects.toThrow('Passing listens to alerts, but is request-scoped or transient');
    expect(() => OnJobAlert()(Pager, 'name', {})).toThrow('static');
  });

  it('does nothing where jobs are switched off', async () => {
    const app = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ enabled: false }),
        JobsAlertsModule.forRoot(),
        JobsHistoryModule.forRoot({ maxSeries: 5 }),
      ],
    })
      .setLogger(SILENT)
      .compile();
    await app.init();
    await app.close();
  });
});
