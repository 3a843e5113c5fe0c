import { Attempt, type AbortCause, type AttemptListener } from '../application/attempts/attempt.js';
import { AttemptDeadlines } from '../application/attempts/attempt-deadlines.js';
import type { Middleware } from '../application/handlers/handler.js';
import type { HandlerDefinition } from '../application/handlers/handler-registry.js';
import type { Clock } from '../application/ports/clock.js';
import { type Duration, parseDuration } from '../domain/duration.js';
import {
  JobCancelledError,
  JobsError,
  JobTimeoutError,
  LostLeaseError,
  ShutdownError,
} from '../domain/errors/errors.js';
import type { Json } from '../domain/job.js';
import { type Ending } from '../domain/outcome.js';
import { serialisePayload } from '../domain/payload.js';
import { type Priority, parsePriority } from '../domain/priority.js';

/** What a handler that is run by itself sees as its job; all of it has a default. */
export interface RunOptions {
  /** Default: `test`. */
  readonly id?: string;
  /** Default: the handler's. */
  readonly queue?: string;
  /** Default: 1. */
  readonly attempt?: number;
  /** Default: the handler's. */
  readonly maxAttempts?: number;
  /** Default: the handler's. */
  readonly priority?: Priority;
  /** Default: the handler's. It passes by the virtual clock. */
  readonly timeout?: Duration;
  readonly createdAt?: Date;
  readonly metadata?: Readonly<Record<string, Json>>;
  readonly tags?: readonly string[];
  /**
   * Aborts the job's own signal when it aborts: as a timeout, a shutdown or a lost lease if its reason is the error of
   * one (`JobTimeoutError`, `ShutdownError`, `LostLeaseError`), else as a cancel.
   */
  readonly signal?: AbortSignal;
  /** Gets what the handler reports with `job.progress()`. */
  readonly onProgress?: (progress: Json) => void;
  /** Gets what the handler says with `job.log()`. */
  readonly onLog?: (message: string) => void;
}

/** The handler put its job off: what `TestingJobs.run` rejects with. */
export class JobSnoozedError extends JobsError {
  readonly code = 'snoozed';

  constructor(
    readonly jobId: string,
    /** Milliseconds. */
    readonly delay: number,
  ) {
    super(`Job '${jobId}' was snoozed for ${delay} ms`);
  }
}

/** Milliseconds of virtual time that an aborted handler gets to end by itself. */
const GRACE = 1_000;

/**
 * Runs one handler as an attempt of the engine's own (validation, middleware, context, timeout), without a store:
 * answers what the handler returned, or throws what it threw.
 */
export async function runOnce(
  definition: HandlerDefinition,
  payload: unknown,
  options: RunOptions,
  environment: { readonly clock: Clock; readonly maxPayloadSize: number },
): Promise<unknown> {
  const { type } = definition;
  const { clock, maxPayloadSize } = environment;
  let result: unknown;
  const capture: Middleware = async (_job, next) => (result = await next());
  const ending = await new Promise<Ending | 'lost-lease'>((resolve) => {
    const listener: AttemptListener = {
      yielded: () => undefined,
      concluded: (_attempt, how) => resolve(how),
      returned: () => resolve('lost-lease'),
      progress: (_attempt, progress) => options.onProgress?.(progress),
      log: (_attempt, message) => options.onLog?.(message),
    };
    const attempt = new Attempt(
      {
        queue: options.queue ?? definition.queue,
        job: {
          id: options.id ?? 'test',
          type,
          payload: serialisePayload(type, payload, maxPayloadSize),
          priority: options.priority === undefined ? definition.priority : parsePriority(options.priority),
          attempt: options.attempt ?? 1,
          maxAttempts: options.maxAttempts ?? definition.retry.attempts,
          createdAt: options.createdAt?.getTime() ?? clock.now(),
          pendingSince: options.createdAt?.getTime() ?? clock.now(),
          strays: 0,
          suspect: false,
          settings: {
            ...(options.timeout === undefined ? {} : { timeout: parseDuration(options.timeout, 'timeout') }),
            ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
            ...(options.tags === undefined ? {} : { tags: options.tags }),
          },
        },
        token: 0,
        worker: 'test',
        handler: { ...definition, middleware: [capture, ...definition.middleware] },
      },
      { clock, deadlines: new AttemptDeadlines(clock), maxResultSize: Infinity, grace: GRACE },
      listener,
    );
    follow(options.signal, attempt);
    attempt.run();
  });
  return resultOf(ending, options.id ?? 'test', result);
}

function follow(signal: AbortSignal | undefined, attempt: Attempt): void {
  const abort = (): void => attempt.abort(causeOf(signal?.reason));
  if (signal?.aborted === true) {
    abort();
  } else {
    signal?.addEventListener('abort', abort, { once: true });
  }
}

function causeOf(reason: unknown): AbortCause {
  if (reason instanceof JobTimeoutError) {
    return 'timeout';
  }
  if (reason instanceof ShutdownError) {
    return 'shutdown';
  }
  return reason instanceof LostLeaseError ? 'lost-lease' : 'cancelled';
}

function resultOf(ending: Ending | 'lost-lease', id: string, result: unknown): unknown {
  if (ending === 'lost-lease') {
    throw new LostLeaseError(id);
  }
  switch (ending.kind) {
    case 'returned':
      return result;
    case 'threw':
      throw ending.error;
    case 'snoozed':
      throw new JobSnoozedError(id, ending.delay);
    case 'cancelled':
      throw new JobCancelledError(id);
    case 'shut-down':
      throw new ShutdownError();
  }
}
