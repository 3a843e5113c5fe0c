import type { IncomingMessage } from 'node:http';
import {
  Controller,
  HttpCode,
  Injectable,
  Module,
  Post,
  type RawBodyRequest,
  Req,
  UnauthorizedException,
} from '@nestjs/common';
import { ConfigurationService, JobsModule } from 'nestjs-jobs';
import {
  type AlertEvent,
  Alerts,
  DEFAULT_ALERT_RULES,
  JobsAlertsModule,
  OnJobAlert,
  verifyWebhook,
} from 'nestjs-jobs/alerts';
import { JobsHistoryModule, MetricsService } from 'nestjs-jobs/history';

const SECRET = process.env['ALERTS_SECRET'] ?? 'at least sixteen characters';

@Module({
  imports: [
    JobsModule.forRoot({ store: 'memory' }),
    JobsHistoryModule,
    JobsAlertsModule.forRoot({
      rules: [
        ...DEFAULT_ALERT_RULES,
        { kind: 'queue-depth', queue: 'orders', threshold: 200, for: '2m', severity: 'critical' },
        { kind: 'failure-rate', type: 'order.pay', threshold: 0.05, recovery: 0.01, window: '10m' },
      ],
      webhooks: [{ url: 'https://hooks.example.org/jobs', secret: SECRET }],
    }),
  ],
})
export class WatchedModule {}

@Injectable()
export class Figures {
  constructor(
    private readonly metrics: MetricsService,
    private readonly alerts: Alerts,
    private readonly configuration: ConfigurationService,
  ) {}

  lastHour() {
    return this.metrics.summary({ queue: 'orders', type: 'order.pay', since: '1h' });
  }

  today() {
    return this.metrics.history({ from: Date.now() - 86_400_000, step: '15m' });
  }

  busiest() {
    return this.metrics.series({ since: '5m' }); // a summary of each type in each queue
  }

  firing() {
    return this.alerts.firing();
  }

  async stricter(): Promise<void> {
    await this.configuration.change(
      {
        alerts: {
          'dead-letters': { threshold: 1 }, // a rule of the code, by its name
          'no-workers': { enabled: false },
          'mail-waits': { kind: 'oldest-wait', queue: 'mail', threshold: '2m' }, // one more
        },
      },
      { by: 'ada@example.org' },
    );
  }
}

@Injectable()
export class Pager {
  readonly paged: string[] = [];

  @OnJobAlert('firing')
  page({ text, severity }: AlertEvent): void {
    this.paged.push(`${severity}: ${text}`);
  }
}

@Controller('alerts')
export class AlertReceiver {
  private readonly seen = new Set<string>();
  readonly texts: string[] = [];

  @Post()
  @HttpCode(204)
  receive(@Req() { headers, rawBody }: RawBodyRequest<IncomingMessage>): void {
    const body = rawBody?.toString() ?? ''; // as it came: NestFactory.create(AppModule, { rawBody: true })
    if (!verifyWebhook(headers, body, SECRET)) {
      throw new UnauthorizedException();
    }
    const { id, text } = JSON.parse(body) as AlertEvent;
    if (!this.seen.has(id)) {
      this.seen.add(id);
      this.texts.push(text);
    }
  }
}
