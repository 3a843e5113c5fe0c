import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { Duration } from '../domain/duration.js';
import type { ProblemLevel } from './health-level.js';

/** A value above which something is a problem: of the rule's usual level, of the levels that are named, or, with `false`, of none. */
export type HealthThreshold<T> = T | false | { readonly degraded?: T; readonly down?: T };

/** What `JobsHealthModule.forRoot` is told. Everything is optional, and checked once at boot. */
export interface JobsHealthOptions {
  /** When something is `degraded`, and when `down`. */
  readonly thresholds?: HealthThresholds;
  /** Thresholds of single queues, by name, in place of those for all. Default: none. */
  readonly queues?: Readonly<Record<string, QueueHealthThresholds>>;
  /**
   * Who is told more than levels: everyone, nobody (`false`), or who sends `Authorization: Bearer` with a token, of at least 16
   * characters. Default: `true`, everyone.
   */
  readonly details?: boolean | { readonly token: string };
  /** How long the store may take to answer before it counts as away; 10 ms to 1 m. No answer takes longer than this. Default: `2s`. */
  readonly timeout?: Duration;
  /** How long what was seen is used again, so that many probes cost no more than one; up to 1 h. Default: `1s`. */
  readonly cache?: Duration;
  /** A file that is renewed while this process lives, for one without HTTP; its path, or how. Default: none. */
  readonly livenessFile?: string | LivenessFileOptions;
}

/** What a queue is held to. */
export interface QueueHealthThresholds {
  /** Pending jobs of a queue. Default: degraded over 10000. */
  readonly pending?: HealthThreshold<number>;
  /** How long a job of the queue has been pending. Default: degraded over `5m`. */
  readonly oldestPending?: HealthThreshold<Duration>;
  /** How long a job has been pending, or due, or held by a process that is gone, in a queue that no living worker works; one that is paused is left alone. Default: down over `30s`. */
  readonly noWorker?: HealthThreshold<Duration>;
  /** Dead letters of a queue. Default: `false`. */
  readonly deadLetters?: HealthThreshold<number>;
}

/** What the system is held to. */
export interface HealthThresholds extends QueueHealthThresholds {
  /** What a store that does not answer within `timeout` makes of everything: `degraded` or `down`. Default: `down`. */
  readonly storeAway?: ProblemLevel;
  /** A call to the store and its answer. Default: degraded over `500ms`. */
  readonly roundTrip?: HealthThreshold<Duration>;
  /** How long nothing has been heard of a process; one that ended orderly is forgotten at once, any other after 10 m. Default: degraded over `20s`. */
  readonly silence?: HealthThreshold<Duration>;
  /** Slots of a process that are held by handlers which outlived their timeout, cancel or lease. Default: degraded over 0. */
  readonly overdue?: HealthThreshold<number>;
}

/** How the liveness file is kept. */
export interface LivenessFileOptions {
  /** Where it is; its folder has to be there. It is removed when the application boots, and when it has ended. */
  readonly path: string;
  /** How often it is renewed; 100 ms to 1 h. Default: `10s`. */
  readonly interval?: Duration;
  /** How long the store may be away before it is renewed no more. Default: `5m`. */
  readonly patience?: Duration;
}

/** What has to be known before the application boots, and so is not made by a factory. */
export interface JobsHealthRouteOptions {
  /** Where the routes lie, below the application's global prefix if it has one. Default: `health`. */
  readonly path?: string;
  /** `false` makes no routes: for a controller of your own, or a process without HTTP. Default: `true`. */
  readonly routes?: boolean;
  /** Applied to the controller, such as `UseGuards(…)`, or what your own guard takes for public. Default: none. */
  readonly decorators?: readonly ClassDecorator[];
  /** What those guards need; and `JobsModule` itself, where it has `isGlobal: false`. Default: none. */
  readonly imports?: ModuleMetadata['imports'];
}

/** Makes the options: for `forRootAsync({ useClass })` and `useExisting`. */
export interface JobsHealthOptionsFactory {
  /** Called once, at boot. */
  createJobsHealthOptions(): JobsHealthOptions | Promise<JobsHealthOptions>;
}

/** What `JobsHealthModule.forRootAsync` is told: exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface JobsHealthAsyncOptions extends JobsHealthRouteOptions {
  /** Called once, at boot, with what `inject` names. */
  readonly useFactory?: (...args: never[]) => JobsHealthOptions | Promise<JobsHealthOptions>;
  /** What `useFactory` gets. */
  readonly inject?: FactoryProvider['inject'];
  /** Instantiated here. */
  readonly useClass?: Type<JobsHealthOptionsFactory>;
  /** Provided by one of `imports`, or globally. */
  readonly useExisting?: Type<JobsHealthOptionsFactory>;
}
