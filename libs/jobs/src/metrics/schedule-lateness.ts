import { Inject, Injectable } from '@nestjs/common';
import type { Histogram } from 'prom-client';
import { Log } from '../application/ports/log.js';
import { BoundedLabel } from './bounded-label.js';
import type { MetricSet } from './metric-set.js';
import { METRICS_SETTINGS, type MetricsSettings } from './metrics-options.js';

/** Measures by how much schedules fire late, in the process that fires them: `jobs_schedule_lateness_seconds`. */
@Injectable()
export class ScheduleLateness {
  private readonly schedules: BoundedLabel;
  private histogram: Histogram | undefined;

  constructor(
    @Inject(METRICS_SETTINGS) private readonly settings: MetricsSettings,
    log: Log,
  ) {
    this.schedules = new BoundedLabel('schedule', settings.limits.schedules, log);
  }

  /** Measures from now on. The series without a schedule is there from the start, at 0. */
  start(set: MetricSet): void {
    this.histogram = set.histogram(
      {
        name: 'jobs_schedule_lateness_seconds',
        help: 'By how much schedules fired late in this process.',
        labelNames: ['schedule'],
      },
      this.settings.buckets.lateness,
    );
    this.histogram.zero({ schedule: '' });
  }

  /**
   * A schedule has fired. Does nothing while metrics are off.
   *
   * @param lateness milliseconds after the time it was to fire at; less than 0 counts as 0
   * @param schedule its id
   */
  observe(lateness: number, schedule: string): void {
    this.histogram?.observe({ schedule: this.schedules.of(schedule) }, Math.max(lateness, 0) / 1_000);
  }
}
