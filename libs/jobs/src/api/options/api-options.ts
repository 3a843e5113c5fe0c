import type { CanActivate, FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Duration } from '../../domain/duration.js';
import type { ApiRequest } from '../access/api-request.js';
import type { ApiRole } from '../access/role.js';

/** A bearer token that opens the API: exactly one of `token` and `tokenEnv`. */
export interface ApiTokenOptions {
  /** Who it stands for: the name that the audit trail shows. */
  readonly name: string;
  /** What it may do. */
  readonly role: ApiRole;
  /** At least 16 characters. */
  readonly token?: string;
  /** The environment variable that holds it. */
  readonly tokenEnv?: string;
}

/** What of a job's data answers show. */
export interface ApiDataOptions {
  /** The least role that sees payloads, results, progress and metadata. Default: `operate`. */
  readonly visibleTo?: ApiRole | 'nobody';
  /**
   * Names of properties whose values are shown as `***`, at any depth, in upper or lower case. Default: `password`,
   * `passwd`, `secret`, `token`, `accessToken`, `refreshToken`, `apiKey`, `authorization`, `cookie`, `creditCard`.
   */
  readonly redact?: readonly string[];
}

/** How much one caller may ask in a window of time; more is answered with 429. */
export interface ApiRateLimitOptions {
  /** Requests that look. Default: 300. */
  readonly reads?: number;
  /** Requests that submit or change. Default: 60. */
  readonly changes?: number;
  /** Requests of one address that are turned away for their token or by a guard. Default: 30. */
  readonly denials?: number;
  /** At least 1 s. Default: 1 min. */
  readonly window?: Duration;
  /** A storage of @nestjs/throttler that processes share. Default: each process counts for itself. */
  readonly storage?: ThrottlerStorage;
}

/** What the management API is told. It does not start without `tokens` or `guards`. */
export interface JobsApiOptions {
  /** Tokens that open the API. Default: none. */
  readonly tokens?: readonly ApiTokenOptions[];
  /** Guards of the application, all of which must let a request through that brings no token of ours. Default: none. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** The role of a request that the guards let through; undefined turns it away. Default: `read` for all. */
  readonly roleOf?: (request: ApiRequest) => ApiRole | undefined | Promise<ApiRole | undefined>;
  /** Who that is, for the audit trail. Default: `username`, `email`, `name`, `id` or `sub` of `request.user`. */
  readonly whoami?: (request: ApiRequest) => string | Promise<string>;
  readonly data?: ApiDataOptions;
  /** `false` counts nothing. */
  readonly rateLimit?: ApiRateLimitOptions | false;
  /** Streams of live events that may be open in this process at once; more are answered with 503. Default: 100. */
  readonly maxStreams?: number;
  /** Keeps the address of the caller in the audit trail. Default: `true`. */
  readonly auditIp?: boolean;
}

/** What has to be known before the options are. */
export interface JobsApiPlacement extends Pick<ModuleMetadata, 'imports'> {
  /** Where the API lies, below the application's global prefix. Default: `jobs-api`. */
  readonly path?: string;
  /** The queue that bulk operations run in, as jobs. Default: `jobs.bulk`. */
  readonly bulkQueue?: string;
}

export interface JobsApiModuleOptions extends JobsApiOptions, JobsApiPlacement {}

export interface JobsApiAsyncOptions extends JobsApiPlacement {
  /** Called once, at boot, with what `inject` names. */
  readonly useFactory: (...args: never[]) => JobsApiOptions | Promise<JobsApiOptions>;
  /** What `useFactory` gets. */
  readonly inject?: FactoryProvider['inject'];
}
