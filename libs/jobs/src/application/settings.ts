import type { QueueSettings } from '../domain/queue-settings.js';
import type { RetryOptions } from '../domain/retry-policy.js';
import { DEFAULT_MISSED_BOUND } from '../domain/schedules/schedule-plan.js';
import type { Middleware } from './handlers/handler.js';
import type { ScheduleOptions } from './scheduling/schedule-options.js';

/** Everything the engine is told, with every default decided: what the Nest module's options come to. Times in milliseconds. */
export interface EngineSettings {
  /** What jobs get when neither submit, handler nor queue says otherwise. Replaced by the configuration at run time. */
  defaults: JobDefaults;
  /** Declared queues; a queue that is not here has no defaults of its own and keeps the settings it has in the store. */
  readonly queues: ReadonlyMap<string, QueueProfile>;
  /** The largest payload, in bytes of JSON. */
  readonly maxPayloadSize: number;
  /** Milliseconds after its last heartbeat that a process counts as dead. */
  readonly lease: number;
  readonly heartbeat: number;
  /** Groups of workers; none makes a process that only submits. */
  readonly workers: readonly WorkerGroup[];
  /** Milliseconds a shutdown may take, all in all. */
  readonly shutdownDeadline: number;
  /** What submits do while the store cannot be reached. */
  readonly submits: SubmitSettings;
  /** Failed jobs in a queue's dead-letter list from which a warning is logged. Replaced by the configuration at run time. */
  deadLetterWarning: number;
  /** Milliseconds between two summaries in the log; absent or 0 is none. */
  readonly logSummary?: number;
  readonly middleware: readonly Middleware[];
  readonly schedules: ScheduleSettings;
  /** No other process shares the store. Absent is false. */
  readonly alone?: boolean;
}

const DAY = 86_400_000;

/**
 * Milliseconds after which a process looks again at what others may have changed without its hearing of it: where there
 * are no others, once a day.
 */
export function lookAgainAfter({ alone }: EngineSettings, otherwise: number): number {
  return alone === true ? DAY : otherwise;
}

/** What is done about schedules that no live process declares any more. */
export const UNDECLARED_POLICIES = ['disable', 'keep', 'remove'] as const;
/** What is done about schedules that no live process declares any more. */
export type UndeclaredPolicy = (typeof UNDECLARED_POLICIES)[number];

/** How schedules are kept and fired. */
export interface ScheduleSettings {
  /** Declares and fires; without, this process does neither. */
  readonly enabled: boolean;
  /** Fires also in a process without workers. */
  readonly withoutWorkers: boolean;
  /** Schedules that there may be in the whole system. */
  readonly max: number;
  /** Missed occurrences that `missed: 'all'` makes up for, at most. */
  readonly missedBound: number;
  readonly undeclared: UndeclaredPolicy;
  /** Milliseconds over which processes that wake together are spread. */
  readonly spread: number;
  /** Declared beside those of decorators. */
  readonly declared: readonly ScheduleOptions[];
}

/** What submits do while the store cannot be reached. */
export interface SubmitSettings {
  /** Milliseconds for which one is sent again; 0 sends it once. */
  readonly patience: number;
  /** Jobs that may wait so in this process. */
  readonly maxWaiting: number;
}

export const DEFAULT_SUBMITS: SubmitSettings = { patience: 20_000, maxWaiting: 10_000 };

export const DEFAULT_MAX_SCHEDULES = 1_000;
export const DEFAULT_SCHEDULES: ScheduleSettings = {
  enabled: true,
  withoutWorkers: false,
  max: DEFAULT_MAX_SCHEDULES,
  missedBound: DEFAULT_MISSED_BOUND,
  undeclared: 'disable',
  spread: 20,
  declared: [],
};

/** One layer of defaults for jobs; what is absent is left to the next layer. */
export interface JobDefaults {
  readonly queue?: string;
  readonly priority?: number;
  readonly timeout?: number;
  readonly retry?: RetryOptions;
  readonly maxCrashes?: number;
  readonly retain?: number;
  readonly expiresIn?: number;
}

/** A declared queue. */
export interface QueueProfile {
  /** What the store enforces; absent leaves in the store whatever is there. */
  readonly settings?: QueueSettings;
  readonly defaults: JobDefaults;
  /** Priorities that jobs of this queue may have; absent allows all. */
  readonly priorities?: readonly number[];
  /** How long a submit waits for room when the queue is full and `onFull` is `block`. */
  readonly blockTimeout: number;
  /** Its events are told to every process also while nobody listens. Default: false. */
  readonly events?: boolean;
}

/** Workers that are alike. */
export interface WorkerGroup {
  readonly name: string;
  /** How many workers. */
  readonly size: number;
  /** Jobs each of them runs at once. */
  readonly concurrency: number;
  readonly queues: QueueSelection;
}

/** Which queues a group works, and how it chooses among them. */
export type QueueSelection =
  /** Every queue that has a handler here, in turn. */
  | { readonly order: 'all' }
  /** The first that has jobs. */
  | { readonly order: 'strict'; readonly queues: readonly string[] }
  /** In proportion to the weights, over jobs started. */
  | { readonly order: 'weighted'; readonly weights: ReadonlyMap<string, number> };

export const DEFAULT_TIMEOUT = 300_000;
export const DEFAULT_LEASE = 15_000;
export const DEFAULT_HEARTBEAT = 5_000;
export const DEFAULT_SHUTDOWN_DEADLINE = 30_000;
export const DEFAULT_BLOCK_TIMEOUT = 30_000;
export const DEFAULT_DEAD_LETTER_WARNING = 1_000;
