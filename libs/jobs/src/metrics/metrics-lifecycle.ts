import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HandlerRegistry } from '../application/handlers/handler-registry.js';
import { JobEvents } from '../application/job-events.js';
import { Clock } from '../application/ports/clock.js';
import { JobDirectory } from '../application/ports/job-directory.js';
import { JobInspector } from '../application/ports/job-inspector.js';
import { Log } from '../application/ports/log.js';
import { WorkerFleet } from '../application/processes/worker-fleet.js';
import { HOLDER } from '../application/tokens.js';
import { Lanes } from '../application/working/lanes.js';
import { WorkerPool } from '../application/working/worker-pool.js';
import type { ResolvedOptions } from '../nest/options/resolve-options.js';
import { RESOLVED_OPTIONS } from '../nest/tokens.js';
import { feedCustomMetrics } from './custom-metrics.js';
import { JobCounters } from './job-counters.js';
import { MetricSet } from './metric-set.js';
import { METRICS_SETTINGS, type MetricsSettings } from './metrics-options.js';
import { ScheduleLateness } from './schedule-lateness.js';
import { StoreReading } from './store-reading.js';
import { SystemGauges } from './system-gauges.js';

/** Makes the metrics while the application boots, before any job can begin, and takes them back when it has ended. */
@Injectable()
export class MetricsLifecycle implements OnModuleInit, OnApplicationShutdown {
  private set: MetricSet | undefined;
  private counters: JobCounters | undefined;
  private stops: readonly (() => void)[] = [];

  constructor(
    @Inject(METRICS_SETTINGS) private readonly settings: MetricsSettings,
    @Inject(RESOLVED_OPTIONS) private readonly jobs: ResolvedOptions,
    @Inject(HOLDER) private readonly holder: string,
    private readonly lateness: ScheduleLateness,
    private readonly events: JobEvents,
    private readonly handlers: HandlerRegistry,
    private readonly lanes: Lanes,
    private readonly pool: WorkerPool,
    private readonly fleet: WorkerFleet,
    private readonly inspector: JobInspector,
    private readonly directory: JobDirectory,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @throws InvalidOptionError, UsageError where the registry has a metric of the same name, which stop the boot */
  onModuleInit(): void {
    const { settings } = this;
    if (!settings.enabled) {
      return;
    }
    this.set = new MetricSet(settings.prefix, settings.registry, this.log);
    this.counters = new JobCounters(this.set, settings, this.lanes, this.clock, this.log);
    this.counters.start(this.events, this.handlers);
    this.lateness.start(this.set);
    this.stops = feedCustomMetrics(settings.custom, this.set, this.events);
    if (this.jobs.enabled) {
      this.showSystem(this.set, this.counters);
    }
  }

  onApplicationShutdown(): void {
    this.counters?.stop();
    for (const stop of this.stops) {
      stop();
    }
    this.set?.close();
  }

  /** Of a module that is switched off there is no store to ask. */
  private showSystem(set: MetricSet, counters: JobCounters): void {
    const reading = new StoreReading(
      this.inspector,
      this.directory,
      this.fleet,
      this.settings,
      this.clock,
      this.log,
      ({ types }) => {
        for (const type of types) {
          counters.expectSubmits(type);
        }
      },
    );
    new SystemGauges(reading, this.pool, this.holder, this.settings.limits.priorities, this.log).register(set);
  }
}
