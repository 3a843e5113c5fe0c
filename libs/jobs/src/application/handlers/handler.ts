import type { Duration } from '../../domain/duration.js';
import type { Priority } from '../../domain/priority.js';
import type { RetryOptions } from '../../domain/retry-policy.js';
import type { JobContext } from '../attempts/job-context.js';

/** What runs jobs of one type: a Nest provider marked with `@JobHandler('type')`. */
export interface Handler<P = unknown, R = unknown> {
  /** Runs one attempt. What it returns is the result, once JSON has carried it; what it throws fails the attempt. */
  handle(payload: P, job: JobContext): Promise<R> | R;
}

/** The class of a {@link Handler}: `submit(HandlerClass, payload)` infers payload and result from it. */
export type HandlerClass<P = never, R = unknown> = abstract new (...args: never[]) => Handler<P, R>;

/** A handler without a class, for `JobService.register`. */
export type HandlerFunction<P = unknown, R = unknown> = (payload: P, job: JobContext) => Promise<R> | R;

/**
 * Job types an application may name, so that `submit('email', …)` is typed too:
 *
 * ```ts
 * declare module 'nestjs-jobs' { interface JobTypes { email: { payload: EmailPayload; result: Receipt } } }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface JobTypes {}

/** The payload of a type named in {@link JobTypes}; `unknown` for any other. */
export type PayloadOf<T extends string> = T extends keyof JobTypes
  ? JobTypes[T] extends { payload: infer P }
    ? P
    : unknown
  : unknown;

/** The result of a type named in {@link JobTypes}; `unknown` for any other. */
export type ResultOf<T extends string> = T extends keyof JobTypes
  ? JobTypes[T] extends { result: infer R }
    ? R
    : unknown
  : unknown;

/**
 * Wraps an attempt: runs before and after the handler, and may replace its result or error.
 * Call `next()` exactly once; what it answers is the handler's result. A function, or an object with it as its `use`.
 */
export type Middleware = MiddlewareFunction | MiddlewareObject;

/** Middleware as a function. */
export type MiddlewareFunction = (job: JobContext, next: () => Promise<unknown>) => Promise<unknown>;

/** Middleware as an object, such as an instance of a class with dependencies of its own. */
export interface MiddlewareObject {
  /** Runs around each attempt, as a {@link MiddlewareFunction} does. */
  use(job: JobContext, next: () => Promise<unknown>): Promise<unknown>;
}

/** A provider's class: the module and `@JobHandler` take it for the application's instance of it. */
export type MiddlewareClass = abstract new (...args: never[]) => MiddlewareObject;

/** What middleware may be, in words. */
export const MIDDLEWARE_ALLOWED = 'a list of functions (job, next) => Promise, or of objects with such a method use()';

/** True for a function, or an object with a method `use`; a class is neither until there is an instance of it. */
export function isMiddleware(value: unknown): value is Middleware {
  return typeof value === 'function'
    ? typeof (value as { readonly prototype?: { readonly use?: unknown } }).prototype?.use !== 'function'
    : typeof (value as { readonly use?: unknown } | null | undefined)?.use === 'function';
}

/** The part of Standard Schema (https://standardschema.dev) that validation needs; zod, valibot and arktype have it. */
export interface StandardSchema<Output = unknown> {
  /** What every library that follows the standard provides. */
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a payload is checked against: a class with class-validator's decorators, or a Standard Schema. */
export type PayloadType<P = unknown> = (new () => P & object) | StandardSchema<P>;

/** What a handler says of its jobs. A submit's own options win over these, and these over the queue's and the module's. */
export interface HandlerOptions {
  /** Checked at submit and again before the handler runs. Default: anything JSON can carry. */
  readonly payload?: PayloadType;
  /** The queue its jobs go to. Default: `default`. */
  readonly queue?: string;
  /** How long one attempt may take before its signal aborts; at least 1 ms. Default 300 s. */
  readonly timeout?: Duration;
  /** How failed attempts are retried. Default: the queue's, else the module's `defaults.retry`. */
  readonly retry?: RetryOptions;
  /** Default: normal (0). */
  readonly priority?: Priority;
  /** Attempts of this type at once in this process. Default: as many as there are slots. */
  readonly concurrency?: number;
  /** Deaths of its process that a job survives; 0 is for work that must not run twice. Default 3. */
  readonly maxCrashes?: number;
  /** How long a finished job and its result are kept; 0 keeps nothing of a completed one. Default: the queue's retention. */
  readonly retain?: Duration;
  /** Jobs not begun this long after they were submitted fail as `expired`. Default: never. */
  readonly expiresIn?: Duration;
  /** Run inside the module's middleware, in order, around the handler; a class is a provider's. Default: none. */
  readonly middleware?: readonly (Middleware | MiddlewareClass)[];
}

/** True for a class whose instances are middleware. */
export function isMiddlewareClass(value: unknown): value is MiddlewareClass {
  return typeof value === 'function' && !isMiddleware(value);
}

/** What `@JobHandler` leaves on a class or a method. */
export interface HandlerDeclaration {
  readonly type: string;
  readonly options: HandlerOptions;
}

const DECLARATION = Symbol.for('nestjs-jobs:handler');

/** Leaves a declaration on a class or a method; the class may be submitted by, whether or not it is a provider here. */
export function declareHandler(target: object, declaration: HandlerDeclaration): void {
  Object.defineProperty(target, DECLARATION, { value: declaration, configurable: true });
}

/** The declaration on exactly this class or method: a subclass does not inherit its parent's type. */
export function handlerDeclaration(target: object): HandlerDeclaration | undefined {
  return Object.hasOwn(target, DECLARATION)
    ? (target as { [DECLARATION]?: HandlerDeclaration })[DECLARATION]
    : undefined;
}
