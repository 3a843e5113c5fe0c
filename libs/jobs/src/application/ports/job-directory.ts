/**
 * What processes publish for each other: the queues there are, and for each job type the queue and defaults its handler
 * declares, so that a process without the handler can submit by name. Entries stay when processes go.
 */
export abstract class JobDirectory {
  /** Adds or replaces entries. A queue named by a type is published with it. */
  abstract announce(entries: {
    readonly types: readonly JobTypeEntry[];
    readonly queues: readonly string[];
  }): Promise<void>;

  /** `undefined` when no process has ever published the type. */
  abstract type(type: string): Promise<JobTypeEntry | undefined>;

  abstract types(): Promise<readonly JobTypeEntry[]>;

  /** All queues, by name. */
  abstract queues(): Promise<readonly string[]>;
}

/** A job type's place and the defaults that a submit without the handler needs. */
export interface JobTypeEntry {
  readonly type: string;
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  /** Milliseconds; absent is the queue's retention. */
  readonly retain?: number;
  /** Milliseconds; absent is never. */
  readonly expiresIn?: number;
}
