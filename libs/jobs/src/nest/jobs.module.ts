import { type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { FeatureQueues, type JobsFeatureOptions } from './feature-queues.js';
import { BOOTS_LAST_ENDS_FIRST, placeHooks } from './hook-order.js';
import { type JobsModuleAsyncOptions, optionsProviders } from './jobs-async-options.js';
import { JobsCoreModule } from './jobs-core.module.js';
import { WorkLifecycle } from './jobs-lifecycle.js';
import type { JobsModuleOptions } from './options/module-options.js';
import { JOBS_OPTIONS } from './tokens.js';

/**
 * Background jobs for an application: import `forRoot` or `forRootAsync` once, list handlers among the providers of any
 * module, and inject `JobService` to submit.
 */
@Module({ providers: [WorkLifecycle] })
export class JobsModule {
  constructor(modules: ModulesContainer) {
    placeHooks(modules, JobsModule, BOOTS_LAST_ENDS_FIRST);
  }

  /**
   * The module with these options; global unless `isGlobal: false`.
   *
   * A wrong option stops the boot with `InvalidConfigurationError`, a store that cannot be reached with
   * `StoreUnavailableError`. With `enabled: false` everything can still be injected, and calls that need the store
   * reject with `UsageError`.
   */
  static forRoot(options: JobsModuleOptions = {}): DynamicModule {
    const core = JobsCoreModule.withOptions([{ provide: JOBS_OPTIONS, useValue: options }]);
    return { module: JobsModule, global: options.isGlobal ?? true, imports: [core], exports: [core] };
  }

  /**
   * The same with options that are made at boot.
   *
   * ```ts
   * JobsModule.forRootAsync({ inject: [ConfigService], useFactory: (config: ConfigService) => ({ redis: { url: config.get('REDIS_URL') } }) })
   * ```
   *
   * @throws UsageError unless exactly one of `useFactory`, `useClass` and `useExisting` is given
   */
  static forRootAsync(options: JobsModuleAsyncOptions): DynamicModule {
    const core = JobsCoreModule.withOptions(optionsProviders(options), options.imports);
    return { module: JobsModule, global: options.isGlobal ?? true, imports: [core], exports: [core] };
  }

  /**
   * Declares a feature module's queues beside the feature. It only declares: `forRoot` is imported once, elsewhere. The same queue may be
   * declared twice only with the same values; anything else stops the boot with `InvalidConfigurationError`.
   */
  static forFeature(options: JobsFeatureOptions): DynamicModule {
    return {
      module: JobsFeatureModule,
      providers: [{ provide: FeatureQueues, useValue: new FeatureQueues(options) }],
    };
  }
}

/** Carries the queues of one feature module. */
@Module({})
export class JobsFeatureModule {}
