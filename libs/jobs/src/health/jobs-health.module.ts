import { type DynamicModule, type FactoryProvider, Module, type Provider } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { UsageError } from '../domain/errors/errors.js';
import type {
  JobsHealthAsyncOptions,
  JobsHealthOptions,
  JobsHealthOptionsFactory,
  JobsHealthRouteOptions,
} from './health-options.js';
import { HEALTH_SOURCES } from './health-sources.js';
import { healthController } from './jobs-health.controller.js';
import { JobsHealthIndicator } from './jobs-health.indicator.js';
import { JobsHealth } from './jobs-health.js';
import { LivenessFile } from './liveness-file.js';
import { resolveHealthOptions } from './resolve-health-options.js';
import { HEALTH_OPTIONS, HEALTH_SETTINGS } from './tokens.js';

/**
 * Health of an application's jobs over HTTP, as Terminus indicators, and as a file. Import it beside `JobsModule`; it needs
 * `@nestjs/terminus`.
 */
@Module({})
export class JobsHealthModule {
  /** The module with these options. A wrong one stops the boot with `InvalidConfigurationError`, a missing `JobsModule` with `UsageError`. */
  static forRoot({
    path,
    routes,
    decorators,
    imports,
    ...options
  }: JobsHealthOptions & JobsHealthRouteOptions = {}): DynamicModule {
    return withOptions([{ provide: HEALTH_OPTIONS, useValue: options }], { path, routes, decorators, imports });
  }

  /**
   * The same with options that are made at boot, but for those of the routes, which have to be known before.
   *
   * @throws UsageError unless exactly one of `useFactory`, `useClass` and `useExisting` is given
   */
  static forRootAsync(options: JobsHealthAsyncOptions): DynamicModule {
    return withOptions(optionsProviders(options), options);
  }
}

function withOptions(
  options: readonly Provider[],
  { path = 'health', routes = true, decorators = [], imports = [] }: JobsHealthRouteOptions,
): DynamicModule {
  return {
    module: JobsHealthModule,
    // Terminus would log the whole answer at each probe that fails; here a level is logged when it changes.
    imports: [TerminusModule.forRoot({ logger: false }), ...imports],
    controllers: routes ? [healthController(path, decorators)] : [],
    providers: [
      ...options,
      { provide: HEALTH_SETTINGS, useFactory: resolveHealthOptions, inject: [HEALTH_OPTIONS] },
      HEALTH_SOURCES,
      JobsHealth,
      JobsHealthIndicator,
      LivenessFile,
    ],
    exports: [JobsHealth, JobsHealthIndicator],
  };
}

function optionsProviders({ useFactory, useClass, useExisting, inject }: JobsHealthAsyncOptions): readonly Provider[] {
  if ([useFactory, useClass, useExisting].filter((way) => way !== undefined).length !== 1) {
    throw new UsageError('JobsHealthModule.forRootAsync needs exactly one of useFactory, useClass and useExisting');
  }
  if (useFactory !== undefined) {
    return [{ provide: HEALTH_OPTIONS, useFactory, inject: inject ?? [] } as FactoryProvider];
  }
  // One of the two is there, as was just counted.
  const factory = (useExisting ?? useClass)!;
  return [
    ...(useClass === undefined ? [] : [useClass]),
    {
      provide: HEALTH_OPTIONS,
      useFactory: (made: JobsHealthOptionsFactory) => made.createJobsHealthOptions(),
      inject: [factory],
    },
  ];
}
