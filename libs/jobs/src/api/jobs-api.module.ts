import { type DynamicModule, type FactoryProvider, Module, type Provider, type Type } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import type { EngineSettings } from '../application/settings.js';
import { ENGINE_SETTINGS } from '../application/tokens.js';
import { defined } from '../domain/options/defined.js';
import { checkName } from '../domain/names.js';
import { AccessGuard } from './access/access.guard.js';
import { RateLimits } from './access/rate-limits.js';
import { AuditController } from './audit/audit.controller.js';
import { Changes } from './audit/changes.js';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkOperations } from './bulk/bulk-operations.js';
import { BULK_QUEUE, BulkWork, DEFAULT_BULK_QUEUE } from './bulk/bulk-work.js';
import { ConfigurationController } from './configuration/configuration.controller.js';
import { ConfigurationViews } from './configuration/configuration-view.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { API_MODULE, ApiDocument } from './document/api-document.js';
import { DocumentController } from './document/document.controller.js';
import { EventStreams } from './events/event-streams.js';
import { EventsController } from './events/events.controller.js';
import { DataView } from './jobs/data-view.js';
import { JobPages } from './jobs/job-pages.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobViews } from './jobs/job-view.js';
import { MetricsController } from './metrics/metrics.controller.js';
import type {
  JobsApiAsyncOptions,
  JobsApiModuleOptions,
  JobsApiOptions,
  JobsApiPlacement,
} from './options/api-options.js';
import { API_SETTINGS, type ApiSettings, resolveApiOptions } from './options/api-settings.js';
import { QueuesController } from './queues/queues.controller.js';
import { StatsController } from './queues/stats.controller.js';
import { SchedulesController } from './schedules/schedules.controller.js';
import { ScheduleViews } from './schedules/schedule-view.js';
import { WorkersController } from './workers/workers.controller.js';

const DEFAULT_PATH = 'jobs-api';
const API_OPTIONS = Symbol.for('nestjs-jobs:api-options');

const CONTROLLERS: readonly Type[] = [
  AuditController,
  BulkController,
  ConfigurationController,
  DeadLettersController,
  DocumentController,
  EventsController,
  JobsController,
  MetricsController,
  QueuesController,
  SchedulesController,
  StatsController,
  WorkersController,
];

const PROVIDERS: readonly Provider[] = [
  AccessGuard,
  ApiDocument,
  BulkOperations,
  BulkWork,
  Changes,
  ConfigurationViews,
  DataView,
  EventStreams,
  JobPages,
  JobViews,
  RateLimits,
  ScheduleViews,
  {
    provide: API_SETTINGS,
    useFactory: (options: JobsApiOptions, { maxPayloadSize }: EngineSettings): ApiSettings =>
      resolveApiOptions(options, maxPayloadSize),
    inject: [API_OPTIONS, ENGINE_SETTINGS],
  },
];

/**
 * The management API: jobs, queues, dead letters, workers, schedules and configuration over HTTP, beside the application's
 * own routes. Closed by default: without tokens or guards it does not start. Import `JobsModule.forRoot` as well.
 */
@Module({})
export class JobsApiModule {
  /** @throws InvalidConfigurationError at boot, naming all that is wrong */
  static forRoot({ path, bulkQueue, imports, ...options }: JobsApiModuleOptions = {}): DynamicModule {
    return assemble(defined({ path, bulkQueue, imports }), { provide: API_OPTIONS, useValue: options });
  }

  /** The same with options that are made at boot; `path`, `bulkQueue` and `imports` have to be known before. */
  static forRootAsync({ useFactory, inject = [], ...placement }: JobsApiAsyncOptions): DynamicModule {
    return assemble(placement, { provide: API_OPTIONS, useFactory, inject } as FactoryProvider);
  }

  /**
   * For a process that works and serves no API: it takes a part in bulk operations.
   *
   * @param options.bulkQueue as the processes with the API have it
   */
  static forWorker({ bulkQueue = DEFAULT_BULK_QUEUE }: Pick<JobsApiPlacement, 'bulkQueue'> = {}): DynamicModule {
    return { module: JobsBulkModule, providers: [bulkQueueProvider(bulkQueue), BulkWork] };
  }
}

/** The part of the API that works. */
@Module({})
class JobsBulkModule {}

function assemble(placement: JobsApiPlacement, options: Provider): DynamicModule {
  const { path = DEFAULT_PATH, bulkQueue = DEFAULT_BULK_QUEUE, imports = [] } = placement;
  return {
    module: JobsApiModule,
    imports: [...imports, RouterModule.register([{ path, module: JobsApiModule }])],
    controllers: [...CONTROLLERS],
    providers: [options, bulkQueueProvider(bulkQueue), { provide: API_MODULE, useValue: JobsApiModule }, ...PROVIDERS],
    exports: [ApiDocument],
  };
}

function bulkQueueProvider(queue: string): Provider {
  return { provide: BULK_QUEUE, useFactory: () => checkName(queue, 'api.bulkQueue') };
}
