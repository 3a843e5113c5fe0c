import type { ProblemLevel } from './health-level.js';

/** Values above which something is a problem; where one is absent, nothing ever is at that level. */
export interface Limits {
  readonly degraded?: number;
  readonly down?: number;
}

/** What a queue is held to. Times in milliseconds. */
export interface QueueLimits {
  readonly pending: Limits;
  readonly oldestPending: Limits;
  readonly noWorker: Limits;
  readonly deadLetters: Limits;
}

/** What the store and the processes are held to. Times in milliseconds. */
export interface SystemLimits {
  readonly storeAway: ProblemLevel;
  readonly roundTrip: Limits;
  readonly silence: Limits;
  readonly overdue: Limits;
}

/** Everything that health checks are told, with every default decided. Times in milliseconds. */
export interface HealthSettings {
  readonly details: DetailsPolicy;
  /** How long a look is used again. */
  readonly freshFor: number;
  /** After which the store counts as away. */
  readonly timeout: number;
  readonly system: SystemLimits;
  /** Of queues without limits of their own. */
  readonly queue: QueueLimits;
  readonly queues: ReadonlyMap<string, QueueLimits>;
  readonly livenessFile?: LivenessFileSettings;
}

/** To whom the routes say more than levels. */
export type DetailsPolicy = 'everyone' | 'nobody' | { readonly token: string };

export interface LivenessFileSettings {
  readonly path: string;
  readonly interval: number;
  /** How long the store may be away before the file is renewed no more. */
  readonly patience: number;
}
