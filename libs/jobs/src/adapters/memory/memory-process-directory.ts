import type { Clock } from '../../application/ports/clock.js';
import {
  type NumberedOrder,
  ProcessDirectory,
  type PublishedProcess,
  REMEMBERED,
  type SystemNews,
} from '../../application/ports/process-directory.js';
import type { ProcessRecord, WorkerOrder } from '../../domain/processes/process-record.js';
import type { MemoryConfigurationStore } from './memory-configuration-store.js';
import type { MemoryEventLog } from './memory-event-log.js';

interface Entry {
  readonly record: ProcessRecord;
  readonly heardAt: number;
}

/** The processes that share one memory store: this one, and in tests several that stand for others. */
export class MemoryProcessDirectory extends ProcessDirectory {
  private readonly entries = new Map<string, Entry>();
  private readonly orders = new Map<string, NumberedOrder[]>();
  private lastOrder = 0;

  constructor(
    private readonly clock: Clock,
    private readonly events: MemoryEventLog,
    private readonly configuration: MemoryConfigurationStore,
  ) {
    super();
  }

  override async publish(record: ProcessRecord, obeyed: number): Promise<SystemNews> {
    this.forgetTheLost();
    this.entries.set(record.holder, { record: structuredClone(record), heardAt: this.clock.now() });
    const left = (this.orders.get(record.holder) ?? []).filter(({ number }) => number > obeyed);
    this.orders.set(record.holder, left);
    return {
      orders: [...left],
      configuration: this.configuration.version,
      listened: await this.events.listened(),
      newestEvent: this.events.newest,
    };
  }

  override async list(): Promise<readonly PublishedProcess[]> {
    this.forgetTheLost();
    return [...this.entries.values()]
      .map(({ record, heardAt }) => ({ ...structuredClone(record), silentFor: this.clock.now() - heardAt }))
      .sort((a, b) => (a.holder < b.holder ? -1 : 1));
  }

  override async retire(holder: string): Promise<void> {
    this.entries.delete(holder);
    this.orders.delete(holder);
  }

  override async order(holder: string, worker: string, order: WorkerOrder): Promise<boolean> {
    this.forgetTheLost();
    if (!this.entries.has(holder)) {
      return false;
    }
    this.orders.set(holder, [...(this.orders.get(holder) ?? []), { number: ++this.lastOrder, worker, order }]);
    return true;
  }

  private forgetTheLost(): void {
    for (const [holder, { heardAt }] of this.entries) {
      if (this.clock.now() - heardAt > REMEMBERED) {
        this.entries.delete(holder);
        this.orders.delete(holder);
      }
    }
  }
}
