import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthLevel } from './health-level.js';
import type { HealthSettings } from './health-settings.js';
import { JobsHealth, type PartHealth } from './jobs-health.js';
import { HEALTH_SETTINGS } from './tokens.js';

/** What an indicator is told. */
export interface IndicatorOptions {
  /** More than the level: problems, numbers, workers. Default: true where the module's `details` is, else false. */
  readonly details?: boolean;
}

/**
 * The parts of the jobs' health as indicators, for a Terminus controller of your own. Each answers within the module's
 * `timeout` and never rejects.
 *
 * `degraded` is a status of Terminus 12.1 and newer; before, such an indicator is `up`. Its `level` says it either way.
 */
@Injectable()
export class JobsHealthIndicator {
  constructor(
    private readonly health: JobsHealth,
    private readonly indicators: HealthIndicatorService,
    @Inject(HEALTH_SETTINGS) private readonly settings: HealthSettings,
  ) {}

  /** The whole system as one: the worst level of its parts, and what is wrong with any of them. */
  async jobs<const K extends string = 'jobs'>(
    key: K = 'jobs' as K,
    options?: IndicatorOptions,
  ): Promise<HealthIndicatorResult<K>> {
    const { level, store, queues, workers } = await this.health.report();
    return this.told(key, { level, problems: [store, queues, workers].flatMap(({ problems }) => problems) }, options);
  }

  /** Whether the store answers, and how fast. */
  async store<const K extends string = 'store'>(
    key: K = 'store' as K,
    options?: IndicatorOptions,
  ): Promise<HealthIndicatorResult<K>> {
    return this.told(key, await this.health.store(), options);
  }

  /** Each queue: what waits in it, for how long, and whether anyone works it. */
  async queues<const K extends string = 'queues'>(
    key: K = 'queues' as K,
    options?: IndicatorOptions,
  ): Promise<HealthIndicatorResult<K>> {
    return this.told(key, await this.health.queues(), options);
  }

  /** Each worker of every process. */
  async workers<const K extends string = 'workers'>(
    key: K = 'workers' as K,
    options?: IndicatorOptions,
  ): Promise<HealthIndicatorResult<K>> {
    return this.told(key, await this.health.workers(), options);
  }

  /** Whether this process can take work of its callers: it is not shutting down, and its store answers. */
  async ready<const K extends string = 'ready'>(
    key: K = 'ready' as K,
    options?: IndicatorOptions,
  ): Promise<HealthIndicatorResult<K>> {
    return this.told(key, await this.health.ready(), options);
  }

  /** Whether this process is worth keeping: `down` only where a restart is the cure. Never asks the store. */
  async live<const K extends string = 'live'>(
    key: K = 'live' as K,
    options?: IndicatorOptions,
  ): Promise<HealthIndicatorResult<K>> {
    return this.told(key, this.health.live(), options);
  }

  private told<K extends string>(
    key: K,
    health: PartHealth,
    { details = this.settings.details === 'everyone' }: IndicatorOptions = {},
  ): HealthIndicatorResult<K> {
    const session = this.indicators.check(key);
    const data: Record<string, unknown> & { readonly level: HealthLevel } = details
      ? { ...health }
      : { level: health.level };
    switch (health.level) {
      case 'up':
        return session.up(data);
      case 'down':
        return session.down(data);
      case 'degraded':
        // Terminus 11 has no such method.
        return typeof (session as Partial<typeof session>).degraded === 'function'
          ? session.degraded(data)
          : session.up(data);
    }
  }
}
