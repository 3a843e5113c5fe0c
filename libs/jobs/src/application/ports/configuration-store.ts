import type { Json } from '../../domain/job.js';

/** What of the configuration was changed at run time, the same for every process. A change is told as `configuration`. */
export abstract class ConfigurationStore {
  /** Version 0, and nothing changed, where there never was a change. */
  abstract read(): Promise<StoredConfiguration>;

  /**
   * Replaces the document, if its version is still the expected one, and keeps the change among the last
   * {@link KEPT_CHANGES}. Answers the version it has now, or `conflict` when another change came first.
   */
  abstract write(expectedVersion: number, change: NewConfiguration): Promise<number | 'conflict'>;

  /** The last changes, newest first. */
  abstract history(): Promise<readonly KeptChange[]>;
}

/** Changes that are remembered. */
export const KEPT_CHANGES = 50;

/** Section → what was changed of it. */
export type ConfigurationDocument = Readonly<Record<string, Json>>;

export interface StoredConfiguration {
  /** One more with each change. */
  readonly version: number;
  readonly document: ConfigurationDocument;
  /** Absent where there never was a change. */
  readonly changedBy?: string;
  /** The store's time, epoch milliseconds. */
  readonly changedAt?: number;
}

export interface NewConfiguration {
  readonly document: ConfigurationDocument;
  readonly by: string;
  readonly changes: readonly SettingChange[];
}

/** One setting that became another; absent is what the code says. */
export interface SettingChange {
  /** Such as `workers.mail.concurrency`. */
  readonly path: string;
  readonly from?: Json;
  readonly to?: Json;
}

export interface KeptChange {
  /** The version that the change made. */
  readonly version: number;
  readonly by: string;
  /** The store's time, epoch milliseconds. */
  readonly at: number;
  readonly changes: readonly SettingChange[];
  /** The document as it was from then on. */
  readonly document: ConfigurationDocument;
}
