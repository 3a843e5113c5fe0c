import { createHash, timingSafeEqual } from 'node:crypto';
import {
  Controller,
  Get,
  Headers,
  Inject,
  ServiceUnavailableException,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';
import { type HealthLevel, worstOf } from './health-level.js';
import type { HealthSettings } from './health-settings.js';
import { type IndicatorOptions, JobsHealthIndicator } from './jobs-health.indicator.js';
import { HEALTH_SETTINGS } from './tokens.js';

/** Terminus's answer, and the worst level of its parts: also for a Terminus that knows no `degraded`. */
export type JobsHealthResult = HealthCheckResult & { readonly level: HealthLevel };

type Check = (options: IndicatorOptions) => Promise<HealthIndicatorResult>;

/** The routes: 200, or 503 when what they speak of is down, with the body that Terminus gives. */
abstract class JobsHealthRoutes {
  constructor(
    @Inject(HealthCheckService) private readonly checks: HealthCheckService,
    @Inject(JobsHealthIndicator) private readonly indicator: JobsHealthIndicator,
    @Inject(HEALTH_SETTINGS) private readonly settings: HealthSettings,
  ) {}

  /** The whole system. */
  @Get('jobs')
  @HealthCheck()
  jobs(@Headers('authorization') caller?: string): Promise<JobsHealthResult> {
    const { indicator } = this;
    return this.check(caller, [
      (options) => indicator.store('store', options),
      (options) => indicator.queues('queues', options),
      (options) => indicator.workers('workers', options),
    ]);
  }

  @Get('queues')
  @HealthCheck()
  queues(@Headers('authorization') caller?: string): Promise<JobsHealthResult> {
    return this.check(caller, [(options) => this.indicator.queues('queues', options)]);
  }

  @Get('workers')
  @HealthCheck()
  workers(@Headers('authorization') caller?: string): Promise<JobsHealthResult> {
    return this.check(caller, [(options) => this.indicator.workers('workers', options)]);
  }

  /** Of this process alone: whether a balancer is to send it requests. */
  @Get('jobs/ready')
  @HealthCheck()
  ready(@Headers('authorization') caller?: string): Promise<JobsHealthResult> {
    return this.check(caller, [(options) => this.indicator.ready('ready', options)]);
  }

  /** Of this process alone: whether it is to be kept. */
  @Get('jobs/live')
  @HealthCheck()
  live(@Headers('authorization') caller?: string): Promise<JobsHealthResult> {
    return this.check(caller, [(options) => this.indicator.live('live', options)]);
  }

  private async check(caller: string | undefined, checks: readonly Check[]): Promise<JobsHealthResult> {
    const options = { details: this.mayKnow(caller) };
    try {
      return withLevel(await this.checks.check(checks.map((check) => () => check(options))));
    } catch (error) {
      if (error instanceof ServiceUnavailableException) {
        throw new ServiceUnavailableException(withLevel(error.getResponse() as HealthCheckResult));
      }
      throw error;
    }
  }

  private mayKnow(caller: string | undefined): boolean {
    const { details } = this.settings;
    return typeof details === 'string' ? details === 'everyone' : isSame(caller ?? '', `Bearer ${details.token}`);
  }
}

/** A controller of the routes, at this path. Each call makes one of its own: the path lies in its metadata. */
export function healthController(path: string, decorators: readonly ClassDecorator[]): Type {
  class JobsHealthController extends JobsHealthRoutes {}
  Controller({ path, version: VERSION_NEUTRAL })(JobsHealthController);
  for (const decorate of decorators) {
    decorate(JobsHealthController);
  }
  return JobsHealthController;
}

function withLevel(result: HealthCheckResult): JobsHealthResult {
  const { status, ...parts } = result;
  const levels = Object.values(result.details).map(({ level }) => level as HealthLevel);
  return { status, level: status === 'shutting_down' ? 'down' : worstOf(levels), ...parts };
}

/** Compares without telling by the time it takes where they differ. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [given, expected].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(left, right);
}
