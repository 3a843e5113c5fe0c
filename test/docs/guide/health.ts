import { Controller, Get, Module } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { JobsModule } from 'nestjs-jobs';
import { JobsHealthIndicator, JobsHealthModule } from 'nestjs-jobs/health';
import { MakeThumbnail, SendInvoice } from './handlers.js';

@Module({
  imports: [JobsModule.forRoot({ store: 'memory' }), JobsHealthModule.forRoot()],
  providers: [SendInvoice, MakeThumbnail],
})
export class WebModule {}

/** Thresholds as they are told. */
export const health = JobsHealthModule.forRoot({
  thresholds: {
    pending: { degraded: 50_000, down: 1_000_000 }, // a value for each level
    oldestPending: '15m', // one value: its usual level
    silence: false, // never
    storeAway: 'degraded',
  },
  queues: { reports: { oldestPending: '6h', deadLetters: 0 } },
});

/** For a process without HTTP. */
export const watched = JobsHealthModule.forRoot({ routes: false, livenessFile: '/tmp/jobs-live' });

@Controller('status')
export class StatusController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly jobs: JobsHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.checks.check([
      () => this.jobs.store('redis'),
      () => this.jobs.queues(),
      // …and your database, your disk
    ]);
  }
}

@Module({
  imports: [TerminusModule, JobsHealthModule.forRoot({ routes: false })],
  controllers: [StatusController],
})
export class StatusModule {}
