import type { Middleware, MiddlewareClass } from '../../application/handlers/handler.js';
import type { Duration } from '../../domain/duration.js';
import type { Priority } from '../../domain/priority.js';
import type { OnFull } from '../../domain/queue-settings.js';
import type { RetryOptions } from '../../domain/retry-policy.js';
import type { ScheduleOptions } from '../../application/scheduling/schedule-options.js';
import type { UndeclaredPolicy } from '../../application/settings.js';
import type { JobsRedisOptions } from './redis-options.js';

export const PRESETS = ['development', 'production'] as const;
/** A set of defaults; any option overrides it. */
export type Preset = (typeof PRESETS)[number];

export const STORES = ['redis', 'memory'] as const;
/** Where jobs are kept. */
export type StoreKind = (typeof STORES)[number];

/**
 * What `JobsModule.forRoot` and `forRootAsync` are told. Everything is optional. Checked once at boot: all wrong
 * values and unknown keys are reported together in one `InvalidConfigurationError`.
 */
export interface JobsModuleOptions {
  /** `false` switches everything off: no store, no workers, and a submit is refused. Default: `true`. */
  readonly enabled?: boolean;
  /** Makes `JobService` injectable everywhere without importing the module again. Default: `true`. */
  readonly isGlobal?: boolean;
  /**
   * The defaults to start from: `development` has 10 workers and 3 attempts, `production` 20 and 5.
   * Default: `production` when `NODE_ENV` is, else `development`.
   */
  readonly preset?: Preset;
  /**
   * Where jobs are kept. `memory` needs nothing installed, shares nothing between processes and keeps nothing over a
   * restart. Default: `redis` when `redis` or `REDIS_URL` says where, else `memory`, which `NODE_ENV=production` refuses unless told.
   */
  readonly store?: StoreKind;
  /** How to reach Redis: a URL, a server, Sentinels, a Cluster, or the application's own client. Default: `REDIS_URL`. */
  readonly redis?: string | JobsRedisOptions;
  /** Begins every key in Redis; applications with different prefixes do not see each other. Default: `jobs`. */
  readonly prefix?: string;
  /** Settings of queues, by name. A queue that is not here needs none. Default: none. */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /** What jobs get when neither submit, handler nor queue says otherwise. Default: the preset's. */
  readonly defaults?: JobDefaultsOptions;
  /** The workers of this process, or groups of them; `false` makes a process that only submits. Default: one group. */
  readonly worker?: WorkerOptions | readonly WorkerOptions[] | false;
  /** How long after its last heartbeat a process counts as dead and its jobs run elsewhere; 100 ms to 1 d. Default: `15s`. */
  readonly lease?: Duration;
  /** How often a process says that it is alive; at most half the lease. Default: `5s`, or a third of a lease under 15 s. */
  readonly heartbeat?: Duration;
  /** What happens when the process stops. */
  readonly shutdown?: ShutdownOptions;
  /** What submits do while the store cannot be reached. */
  readonly submits?: SubmitsOptions;
  /** The largest payload, in bytes of JSON; at most 268435456. Default: 1048576 (1 MiB). */
  readonly maxPayloadSize?: number;
  /** Failed jobs in a queue's dead-letter list from which a warning is logged. Default: 1000. */
  readonly deadLetterWarning?: number;
  /** What is written to the log by itself. */
  readonly log?: LogOptions;
  /** Jobs that are submitted again and again. */
  readonly schedules?: SchedulesOptions;
  /** Run around every handler, outermost first: functions, objects with a method `use`, or such providers' classes. Default: none. */
  readonly middleware?: readonly (Middleware | MiddlewareClass)[];
  /** How handlers are called. */
  readonly handlers?: HandlersOptions;
}

/** What a queue's jobs get when neither submit nor handler says otherwise. */
export interface QueueDefaultsOptions {
  /** A name (`low`, `normal`, `high`, `critical`) or an integer, higher first. Default: `normal` (0). */
  readonly priority?: Priority;
  /** How long one attempt may take before its signal aborts; at least 1 ms. Default: `300s`. */
  readonly timeout?: Duration;
  /** How failed attempts are retried. */
  readonly retry?: RetryOptions;
  /** Deaths of its process that a job survives; 0 is for work that must not run twice. Default: 3. */
  readonly maxCrashes?: number;
  /** How long a finished job and its result are kept; 0 keeps nothing of a completed one. Default: the queue's retention. */
  readonly retain?: Duration;
  /** Jobs not begun this long after they were submitted fail as `expired`; at least 1 ms. Default: never. */
  readonly expiresIn?: Duration;
}

/** What jobs get when neither submit, handler nor queue says otherwise. */
export interface JobDefaultsOptions extends QueueDefaultsOptions {
  /** The queue of handlers that name none. Default: `default`. */
  readonly queue?: string;
}

/** One queue. `concurrency`, `maxDepth`, `maxScheduled`, `onFull` and `retain` are kept in the store: the same for every process. */
export interface QueueOptions {
  /** Jobs of the queue that run at once, over all processes. Default: no limit. */
  readonly concurrency?: number;
  /** Jobs that may wait before submits meet `onFull`; retries and reclaimed jobs are never refused. Default: no limit. */
  readonly maxDepth?: number;
  /** Jobs that may lie scheduled before a submit of a delayed one rejects with a `TooManyScheduledError`; retries and snoozed jobs are never refused. Default: no limit. */
  readonly maxScheduled?: number;
  /** What a submit does when the queue is full: wait for room, drop the new job, or drop the oldest of the lowest priority. Default: `block`. */
  readonly onFull?: OnFull;
  /** How long a blocked submit waits, before it rejects with a `QueueFullError`. Default: `30s`. */
  readonly blockTimeout?: Duration;
  /** How long completed and cancelled jobs are kept. Failed ones stay until purged. */
  readonly retain?: RetentionOptions;
  /** The only priorities that jobs of this queue may have. Default: all. */
  readonly priorities?: readonly Priority[];
  /** Tells every process of its events also while nobody listens, so that who comes later can read the last of them. Default: `false`. */
  readonly events?: boolean;
  /** What its jobs get when neither submit nor handler says otherwise. Default: the module's `defaults`. */
  readonly defaults?: QueueDefaultsOptions;
}

/** How long a queue keeps completed and cancelled jobs: what is older goes, and what is more than this too. */
export interface RetentionOptions {
  /** Kept no longer than this. Default: `24h`. */
  readonly age?: Duration;
  /** Completed jobs kept at most, and as many cancelled ones. Default: 10000. */
  readonly count?: number;
}

/** A group of workers that are alike. */
export interface WorkerOptions {
  /** Shown in the workers' ids, logs and failed attempts; unique in the process. Default: `worker`, with a number when there are several groups. */
  readonly name?: string;
  /** How many workers, 1 to 10000; `'cpus'` is one a processor. Default: 10, in production 20. */
  readonly size?: number | 'cpus';
  /** Jobs each worker runs at once, 1 to 10000. Default: 5. */
  readonly concurrency?: number;
  /**
   * The queues it works: a list is a strict order (the first that has jobs), weights share it in proportion,
   * `{ orders: 100, mail: 50 }` starting two of `orders` for each of `mail`. Default: every queue that has a handler here, in turn.
   */
  readonly queues?: readonly string[] | Readonly<Record<string, number>>;
}

/** How a process stops: it takes no more jobs, lets the running ones end, and gives back what is left. */
export interface ShutdownOptions {
  /** When running handlers are aborted and their jobs given back, without using an attempt; 0 to 1 d. Default: `30s`. */
  readonly deadline?: Duration;
}

/** What submits do while the store cannot be reached. */
export interface SubmitsOptions {
  /**
   * How long a submit is sent again before it rejects with a `StoreUnavailableError`; `0` sends it once, and so rejects at once
   * where there is no connection. One that finds others waiting may take twice as long; 0 to 1 d. Default: `20s`.
   */
  readonly patience?: Duration;
  /**
   * Jobs of this process that may wait so, in its memory; while the store is away a submit beyond them rejects at once, with a
   * `StoreUnavailableError` too. Default: 10000.
   */
  readonly maxWaiting?: number;
}

/** Jobs that are submitted again and again, beside those that `@Schedule` declares. */
export interface SchedulesOptions {
  /** `false` declares and fires none in this process. Default: `true`. */
  readonly enabled?: boolean;
  /** Fires also in a process without workers. Default: `false`. */
  readonly withoutWorkers?: boolean;
  /** Schedules that there may be in the whole system. Default: 1000. */
  readonly max?: number;
  /** Missed occurrences that `missed: 'all'` makes up for, at most. Default: 100. */
  readonly missedBound?: number;
  /** What is done about those that code declared and no living process declares any more. Default: `disable`. */
  readonly undeclared?: UndeclaredPolicy;
  /** Schedules declared here. Default: none. */
  readonly declared?: readonly ScheduleOptions[];
}

/** What is written to the log by itself. */
export interface LogOptions {
  /**
   * How often a process with workers says in one line what it has done and what waits, 1 s to 1 d; `false` or 0 is never.
   * Default: `60s`, in production `5m`.
   */
  readonly summary?: Duration | false;
}

/** How handlers are called. */
export interface HandlersOptions {
  /** Runs the application's global guards, interceptors, pipes and filters around handlers too. Default: `false`, only those on the handler itself. */
  readonly globalEnhancers?: boolean;
}
