import { BoundedLook } from '../application/inspecting/bounded-look.js';
import type { Clock } from '../application/ports/clock.js';
import type { JobDirectory, JobTypeEntry } from '../application/ports/job-directory.js';
import type { JobInspector, QueueCounts } from '../application/ports/job-inspector.js';
import type { Log } from '../application/ports/log.js';
import type { WorkerFleet, WorkerOfProcess } from '../application/processes/worker-fleet.js';
import { toError } from '../domain/failure.js';
import type { MetricsSettings } from './metrics-options.js';

/** What the store says of the whole system. */
export interface SystemFacts {
  /** By name. */
  readonly queues: readonly (readonly [queue: string, counts: QueueCounts])[];
  /** Of all processes, as each last published its own. */
  readonly workers: readonly WorkerOfProcess[];
  readonly types: readonly JobTypeEntry[];
}

/**
 * Reads the store for the gauges: once for all of them, at most every few seconds, at most one reading at a time, and
 * without keeping a scrape waiting for a store that does not answer.
 */
export class StoreReading {
  private readonly look: BoundedLook<SystemFacts>;
  private reportedAway = false;
  private reportedQueues = false;

  constructor(
    private readonly inspector: JobInspector,
    private readonly directory: JobDirectory,
    private readonly fleet: WorkerFleet,
    private readonly settings: Pick<MetricsSettings, 'cache' | 'timeout' | 'limits'>,
    clock: Clock,
    private readonly log: Log,
    private readonly learned: (facts: SystemFacts) => void,
  ) {
    this.look = new BoundedLook(clock, () => this.read(), settings.timeout, settings.cache);
  }

  /** What is known, or `undefined` when the store did not answer in time: never what was true some time ago. */
  async latest(): Promise<SystemFacts | undefined> {
    const seen = await this.look.see();
    return seen.known ? seen.value : undefined;
  }

  private async read(): Promise<SystemFacts> {
    try {
      const [queues, workers, types] = await Promise.all([this.queues(), this.fleet.workers(), this.directory.types()]);
      const facts = { queues, workers, types };
      this.learned(facts);
      this.reportedAway = false;
      return facts;
    } catch (error) {
      if (!this.reportedAway) {
        this.reportedAway = true;
        this.log.warn(`Metrics of the store cannot be read: ${toError(error).message}`);
      }
      throw error;
    }
  }

  private async queues(): Promise<SystemFacts['queues']> {
    const names = await this.directory.queues();
    const { queues: most } = this.settings.limits;
    if (names.length > most && !this.reportedQueues) {
      this.reportedQueues = true;
      this.log.warn(`There are ${names.length} queues; metrics show the first ${most} by name: see limits.queues`);
    }
    return Promise.all(names.slice(0, most).map(async (queue) => [queue, await this.inspector.counts(queue)] as const));
  }
}
