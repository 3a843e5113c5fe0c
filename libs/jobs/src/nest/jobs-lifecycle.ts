import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HandlerRegistry } from '../application/handlers/handler-registry.js';
import { JobsEngine } from '../application/jobs-engine.js';
import { Log } from '../application/ports/log.js';
import { StoreConnection } from '../application/ports/store-connection.js';
import { HandlerExplorer } from './handlers/handler-explorer.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { RESOLVED_OPTIONS } from './tokens.js';

/**
 * Opens the store before any other module boots, so that each can submit while it does, and closes it after all others
 * have ended.
 */
@Injectable()
export class StoreLifecycle implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly engine: JobsEngine,
    private readonly explorer: HandlerExplorer,
    private readonly log: Log,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @throws DuplicateHandlerError, InvalidOptionError, UsageError, which stop the boot */
  onModuleInit(): void {
    this.explorer.explore();
  }

  /** @throws StoreUnavailableError, UnsuitableStoreError, which stop the boot */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.options.enabled) {
      this.log.info('Jobs are switched off (enabled: false): no store, no workers');
      return;
    }
    for (const notice of this.options.notices) {
      this.log.info(notice);
    }
    try {
      await this.engine.open();
    } catch (error) {
      // A boot that fails must not be kept alive by a half-open connection.
      await this.engine.close();
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.options.enabled) {
      await this.engine.close();
    }
  }
}

/**
 * Begins to work when all other modules have booted, and has stopped before any of them begins to end: whatever a
 * handler injects is usable for as long as a handler runs.
 */
@Injectable()
export class WorkLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly engine: JobsEngine,
    private readonly registry: HandlerRegistry,
    private readonly connection: StoreConnection,
    private readonly log: Log,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { enabled, settings } = this.options;
    if (!enabled) {
      return;
    }
    const handlers = this.registry.all().length;
    const workers = settings.workers.reduce((sum, { size }) => sum + size, 0);
    if (workers > 0 && handlers === 0) {
      this.log.warn(
        'No job handler was found: are the providers with @JobHandler listed in a module? A process that only submits says so with worker: false',
      );
    }
    await this.engine.start();
    this.log.info('Jobs are running', { store: this.connection.description, handlers, workers });
  }

  async onModuleDestroy(): Promise<void> {
    try {
      await this.engine.drain();
    } catch (error) {
      this.log.error('Jobs could not be drained; what was running is left to the leases', error);
    }
  }
}
