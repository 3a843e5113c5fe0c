import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { CronTimetables } from '../adapters/cron/cron-timetables.js';
import { SystemClock } from '../adapters/system/system-clock.js';
import { DeclaredPayloadValidator } from '../adapters/validation/declared-payload-validator.js';
import { FilteredLog } from '../application/configuration/filtered-log.js';
import { ENGINE_PROVIDERS } from '../application/engine-providers.js';
import { newHolder } from '../application/holder.js';
import { JobEvents } from '../application/job-events.js';
import { Clock } from '../application/ports/clock.js';
import { JobObserver } from '../application/ports/job-observer.js';
import { Log } from '../application/ports/log.js';
import { PayloadValidator } from '../application/ports/payload-validator.js';
import { Timetables } from '../application/ports/timetables.js';
import { ENGINE_SETTINGS, HOLDER } from '../application/tokens.js';
import { UsageError } from '../domain/errors/errors.js';
import { featureQueuesIn, withFeatureQueues } from './feature-queues.js';
import { HandlerExplorer } from './handlers/handler-explorer.js';
import { HandlerInvoker } from './handlers/handler-invoker.js';
import { BOOTS_FIRST_ENDS_LAST, placeHooks } from './hook-order.js';
import { StoreLifecycle } from './jobs-lifecycle.js';
import { NestLog } from './logging/nest-log.js';
import type { JobsModuleOptions } from './options/module-options.js';
import { resolveOptions, type ResolvedOptions } from './options/resolve-options.js';
import { STORE_EXPORTS, STORE_PROVIDERS } from './store.providers.js';
import { JOBS_OPTIONS, RESOLVED_OPTIONS } from './tokens.js';

const VALUES: readonly Provider[] = [
  {
    provide: RESOLVED_OPTIONS,
    useFactory: (options: JobsModuleOptions, modules: ModulesContainer): ResolvedOptions =>
      resolveOptions(withFeatureQueues(options, featureQueuesIn(modules))),
    inject: [JOBS_OPTIONS, ModulesContainer],
  },
  { provide: ENGINE_SETTINGS, useFactory: ({ settings }: ResolvedOptions) => settings, inject: [RESOLVED_OPTIONS] },
  { provide: HOLDER, useFactory: newHolder },
  { provide: Clock, useClass: SystemClock },
  { provide: Log, useFactory: () => new FilteredLog(new NestLog()) },
  { provide: PayloadValidator, useClass: DeclaredPayloadValidator },
  { provide: JobObserver, useExisting: JobEvents },
  { provide: Timetables, useClass: CronTimetables },
];

const EXPORTS = [
  ...ENGINE_PROVIDERS,
  ...STORE_EXPORTS,
  RESOLVED_OPTIONS,
  ENGINE_SETTINGS,
  HOLDER,
  Clock,
  Log,
  PayloadValidator,
  JobObserver,
  Timetables,
];

/** The engine and its store, as `JobsModule` imports them: everything but the work's own beginning and end. */
@Module({})
export class JobsCoreModule {
  constructor(modules: ModulesContainer) {
    placeHooks(modules, JobsCoreModule, BOOTS_FIRST_ENDS_LAST);
    if ([...modules.values()].filter(({ metatype }) => metatype === JobsCoreModule).length > 1) {
      throw new UsageError(
        'JobsModule.forRoot is imported more than once; import it in one module, and JobsModule.forFeature in the others',
      );
    }
  }

  static withOptions(options: readonly Provider[], imports: ModuleMetadata['imports'] = []): DynamicModule {
    return {
      module: JobsCoreModule,
      imports: [DiscoveryModule, ...imports],
      providers: [
        ...options,
        ...VALUES,
        ...STORE_PROVIDERS,
        ...ENGINE_PROVIDERS,
        HandlerInvoker,
        HandlerExplorer,
        StoreLifecycle,
      ],
      exports: EXPORTS,
    };
  }
}
