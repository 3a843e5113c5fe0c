import type { Clock } from '../../application/ports/clock.js';
import {
  ConfigurationStore,
  type KeptChange,
  KEPT_CHANGES,
  type NewConfiguration,
  type StoredConfiguration,
} from '../../application/ports/configuration-store.js';

/** The configuration of those that share one memory store. */
export class MemoryConfigurationStore extends ConfigurationStore {
  private changes: readonly KeptChange[] = [];

  constructor(private readonly clock: Clock) {
    super();
  }

  get version(): number {
    return this.changes[0]?.version ?? 0;
  }

  override async read(): Promise<StoredConfiguration> {
    const [last] = this.changes;
    return last === undefined
      ? { version: 0, document: {} }
      : structuredClone({
          version: last.version,
          document: last.document,
          changedBy: last.by,
          changedAt: last.at,
        });
  }

  override async write(expectedVersion: number, change: NewConfiguration): Promise<number | 'conflict'> {
    if (expectedVersion !== this.version) {
      return 'conflict';
    }
    const kept: KeptChange = structuredClone({ ...change, version: this.version + 1, at: this.clock.now() });
    this.changes = [kept, ...this.changes].slice(0, KEPT_CHANGES);
    return kept.version;
  }

  override async history(): Promise<readonly KeptChange[]> {
    return structuredClone(this.changes);
  }
}
