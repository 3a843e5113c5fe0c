import { hostname } from 'node:os';
import type { Provider } from '@nestjs/common';
import { JobsEngine } from '../application/jobs-engine.js';
import { Clock } from '../application/ports/clock.js';
import { JobDirectory } from '../application/ports/job-directory.js';
import { JobInspector } from '../application/ports/job-inspector.js';
import { Log } from '../application/ports/log.js';
import { StoreConnection } from '../application/ports/store-connection.js';
import { WorkerFleet } from '../application/processes/worker-fleet.js';
import { HOLDER } from '../application/tokens.js';
import { WorkerPool } from '../application/working/worker-pool.js';
import { UsageError } from '../domain/errors/errors.js';
import { priorityLabel } from '../domain/priority.js';
import type { ResolvedOptions } from '../nest/options/resolve-options.js';
import { RESOLVED_OPTIONS } from '../nest/tokens.js';
import type { ProcessFacts, QueueFacts, StoreFacts } from './health-facts.js';

/** Reads the facts that health is judged by, from what `JobsModule` provides. */
export class HealthSources {
  constructor(
    private readonly connection: StoreConnection,
    private readonly directory: JobDirectory,
    private readonly inspector: JobInspector,
    private readonly fleet: WorkerFleet,
    private readonly pool: WorkerPool,
    private readonly engine: JobsEngine,
    readonly clock: Clock,
    readonly log: Log,
    private readonly holder: string,
    private readonly options: ResolvedOptions,
  ) {}

  /** False with `enabled: false`: there is nothing to look at. */
  get isEnabled(): boolean {
    return this.options.enabled;
  }

  /** True once this process has begun to shut down. */
  get isStopping(): boolean {
    return this.engine.isStopping;
  }

  /** Asks the store for a sign of life. @throws StoreUnavailableError */
  async store(): Promise<StoreFacts> {
    const roundTrip = this.isEnabled ? await this.connection.ping() : 0;
    return { description: this.connection.description, roundTrip: Math.round(roundTrip * 10) / 10 };
  }

  /** Every known queue, by name. @param isWorked whether a queue has workers @throws StoreUnavailableError */
  async queues(isWorked: (queue: string) => boolean): Promise<readonly QueueFacts[]> {
    const names = this.isEnabled ? await this.directory.queues() : [];
    return Promise.all([...names].sort().map((name) => this.queue(name, isWorked(name))));
  }

  /** Every known process, this one as it is now. @throws StoreUnavailableError */
  async processes(): Promise<readonly ProcessFacts[]> {
    const processes = this.isEnabled ? await this.fleet.processes() : [];
    return processes.map(({ holder, host, pid, queues, silentFor, silent, workers }) => ({
      holder,
      host,
      pid,
      queues,
      silentFor,
      silent,
      workers: holder === this.holder ? this.pool.publishedWorkers() : workers,
    }));
  }

  /** This process, which can be seen without the store. */
  thisProcess(): ProcessFacts {
    return {
      holder: this.holder,
      host: hostname(),
      pid: process.pid,
      queues: this.pool.queues(),
      silent: false,
      workers: this.pool.publishedWorkers(),
    };
  }

  private async queue(name: string, isWorked: boolean): Promise<QueueFacts> {
    const { byState, pendingByPriority, paused, oldestPendingFor } = await this.inspector.counts(name);
    const isLeft = !isWorked && byState.scheduled + byState.retrying > 0;
    const pastDue = isLeft ? await this.pastDue(name) : undefined;
    return {
      name,
      paused,
      pending: byState.pending,
      pendingByPriority: Object.fromEntries(
        [...pendingByPriority].sort(([a], [b]) => b - a).map(([level, count]) => [priorityLabel(level), count]),
      ),
      ...(oldestPendingFor === undefined ? {} : { oldestWaiting: oldestPendingFor }),
      ...(pastDue === undefined ? {} : { pastDue }),
      scheduled: byState.scheduled,
      running: byState.running,
      retrying: byState.retrying,
      deadLetters: byState.failed,
    };
  }

  private async pastDue(queue: string): Promise<number | undefined> {
    const pages = await Promise.all(
      (['scheduled', 'retrying'] as const).map((state) => this.inspector.list({ queue, state, limit: 1 })),
    );
    const due = pages.flatMap(({ jobs }) => jobs.map(({ scheduledAt }) => scheduledAt ?? Infinity));
    // By this process's clock: what is a little off counts for nothing beside the limits.
    const pastDue = this.clock.now() - Math.min(...due);
    return pastDue > 0 ? pastDue : undefined;
  }
}

const NEEDED = [
  StoreConnection,
  JobDirectory,
  JobInspector,
  WorkerFleet,
  WorkerPool,
  JobsEngine,
  Clock,
  Log,
  HOLDER,
  RESOLVED_OPTIONS,
] as const;

/** The sources, out of whatever `JobsModule` the application has. */
export const HEALTH_SOURCES: Provider = {
  provide: HealthSources,
  // All optional, so that what is missing is told by name and not as the first of ten classes.
  inject: NEEDED.map((token) => ({ token, optional: true })),
  useFactory: (...found: unknown[]): HealthSources => {
    if (found.includes(undefined)) {
      throw new UsageError(
        'JobsHealthModule finds no JobsModule: import JobsModule.forRoot in the application, or, where it has isGlobal: false, hand the same module to JobsHealthModule.forRoot({ imports: [jobs] })',
      );
    }
    return new HealthSources(...(found as unknown as ConstructorParameters<typeof HealthSources>));
  },
};
