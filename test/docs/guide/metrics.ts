import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  Res,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Handler, JobHandler, JobsModule } from 'nestjs-jobs';
import { JobsMetricsModule } from 'nestjs-jobs/metrics';
import { PrometheusController, PrometheusModule } from '@willsoto/nestjs-prometheus';

const redis = {};

@Module({
  imports: [JobsModule.forRoot({ redis }), JobsMetricsModule.forRoot({ path: '/metrics' })],
})
export class WithEndpoint {}

@JobHandler('export-orders', { queue: 'reports' })
export class ExportOrders implements Handler<{ month: string }, { rows: number }> {
  handle(): { rows: number } {
    return { rows: 12 };
  }
}

export const ownMetrics = JobsMetricsModule.forRoot({
  custom: [
    {
      name: 'orders_exported_total',
      help: 'Orders that reports were made of.',
      type: 'export-orders',
      on: 'completed',
      value: ({ result }) => (result as { rows: number }).rows,
    },
    {
      name: 'export_failures_total',
      help: 'Exports that were given up, by reason.',
      type: 'export-orders',
      on: 'failed',
      labelNames: ['reason'],
      labels: ({ failure }) => ({ reason: failure.code }),
    },
  ],
});

@Injectable()
export class ScrapeToken implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    return headers['authorization'] === `Bearer ${process.env['SCRAPE_TOKEN']}`;
  }
}

@Controller()
@UseGuards(ScrapeToken)
export class GuardedMetrics extends PrometheusController {
  @Get()
  override index(@Res({ passthrough: true }) response: unknown): Promise<string> {
    return super.index(response);
  }
}

@Module({
  imports: [
    JobsModule.forRoot({ redis }),
    PrometheusModule.register({ path: '/metrics', controller: GuardedMetrics, defaultLabels: { app: 'shop' } }),
    JobsMetricsModule.forRoot(), // no path: it adds to what PrometheusModule serves
  ],
})
export class WithPrometheus {}

/** A worker has no routes but this one. */
export async function startWorker(): Promise<void> {
  const app = await NestFactory.create(WithEndpoint);
  await app.listen(9464, '0.0.0.0');
}
