import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { UsageError } from '../domain/errors/errors.js';
import { type JobsMetricsOptions, METRICS_OPTIONS, METRICS_SETTINGS, resolveMetrics } from './metrics-options.js';
import { MetricsLifecycle } from './metrics-lifecycle.js';
import { ScheduleLateness } from './schedule-lateness.js';

/** Where the metrics are served: known before the options are. */
export interface JobsMetricsEndpoint {
  /**
   * Serves prom-client's own registry there, by a `PrometheusModule` of its own. Default: no endpoint; the application's
   * own `PrometheusModule` serves these metrics with all others.
   */
  readonly path?: string;
  /**
   * With `path`: collects what prom-client knows of the process and of Node, too. Three of those metrics are named against
   * Prometheus's rules, which `promtool check metrics` complains of. Default: `false`.
   */
  readonly nodeMetrics?: boolean;
}

/** What `JobsMetricsModule.forRootAsync` is told. */
export interface JobsMetricsAsyncOptions extends JobsMetricsEndpoint, Pick<ModuleMetadata, 'imports'> {
  /** Called once, at boot, with what `inject` names. */
  readonly useFactory: (...args: never[]) => JobsMetricsOptions | Promise<JobsMetricsOptions>;
  /** What `useFactory` gets. */
  readonly inject?: FactoryProvider['inject'];
}

/**
 * Metrics of jobs for Prometheus. Import it once, beside `JobsModule.forRoot`.
 *
 * ```ts
 * @Module({ imports: [JobsModule.forRoot(), JobsMetricsModule.forRoot({ path: '/metrics' })] })
 * ```
 */
@Module({})
export class JobsMetricsModule {
  /**
   * The module with these options. A wrong option, or a metric whose name is taken, stops the boot.
   *
   * @throws UsageError for a `path` together with a `registry`, which no endpoint of this module serves
   */
  static forRoot({ path, nodeMetrics, ...options }: JobsMetricsOptions & JobsMetricsEndpoint = {}): DynamicModule {
    if (path !== undefined && options.registry !== undefined && options.registry !== register) {
      throw new UsageError(
        "JobsMetricsModule: `path` serves prom-client's own registry; serve the given `registry` yourself, or leave it out",
      );
    }
    return build(
      { provide: METRICS_OPTIONS, useValue: options },
      options.enabled === false ? [] : endpoint(path, nodeMetrics),
    );
  }

  /** The same with options that are made at boot. */
  static forRootAsync({
    path,
    nodeMetrics,
    imports = [],
    inject = [],
    useFactory,
  }: JobsMetricsAsyncOptions): DynamicModule {
    return build({ provide: METRICS_OPTIONS, useFactory, inject }, [...imports, ...endpoint(path, nodeMetrics)]);
  }
}

type Import = NonNullable<ModuleMetadata['imports']>[number];

function build(options: Provider, imports: readonly Import[]): DynamicModule {
  return {
    module: JobsMetricsModule,
    imports: [...imports],
    providers: [
      options,
      { provide: METRICS_SETTINGS, useFactory: resolveMetrics, inject: [METRICS_OPTIONS] },
      ScheduleLateness,
      MetricsLifecycle,
    ],
    exports: [ScheduleLateness],
  };
}

function endpoint(path: string | undefined, nodeMetrics = false): readonly DynamicModule[] {
  if (path === undefined) {
    return [];
  }
  // They are there once a process, whoever asked for them first; prom-client refuses a second time.
  const enabled = nodeMetrics && register.getSingleMetric('process_cpu_user_seconds_total') === undefined;
  return [PrometheusModule.register({ path, defaultMetrics: { enabled } })];
}
