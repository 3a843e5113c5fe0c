import type { JobState } from '../job-state.js';
import { listed, show } from './shown.js';

export { show } from './shown.js';

/** Base of every error this package throws: a stable `code` to branch on, and a message that says what to do. */
export abstract class JobsError extends Error {
  /** Stable, kebab-case; part of the public face. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option, argument or environment variable has a value that is not allowed. */
export class InvalidOptionError extends JobsError {
  readonly code = 'invalid-option';

  constructor(
    /** The option's path, such as `worker.size`. */
    readonly option: string,
    readonly value: unknown,
    /** What is allowed, in words. */
    readonly allowed: string,
    options?: ErrorOptions,
  ) {
    super(`${option}: ${show(value)} is not allowed; use ${allowed}`, options);
  }
}

/** A schedule's expression, zone, bounds or exceptions cannot be read, or can never come true. */
export class InvalidScheduleError extends JobsError {
  readonly code = 'invalid-schedule';

  constructor(
    /** `expression`, `timezone`, `startAt`, `endAt`, `except[0]` …, or the builder, such as `daily()`. */
    readonly option: string,
    readonly value: unknown,
    /** What is wrong with it, and where possible what to use. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${option}: ${show(value)} ${reason}`, options);
  }
}

/** Several options are wrong at once; each is named. */
export class InvalidConfigurationError extends JobsError {
  readonly code = 'invalid-configuration';

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    const lines = problems.map((problem) => `  - ${problem}`);
    super(`nestjs-jobs is configured wrongly:\n${listed(lines, '\n')}`, options);
  }
}

/** One field of a payload that did not pass its handler's validation. */
export interface PayloadIssue {
  /** Path of the field, such as `address.city`; empty for the payload itself. */
  readonly path: string;
  readonly message: string;
}

/** The payload does not fit the class or schema its handler declares, or JSON cannot carry it. */
export class InvalidPayloadError extends JobsError {
  readonly code = 'invalid-payload';

  constructor(
    readonly jobType: string,
    readonly issues: readonly PayloadIssue[],
    options?: ErrorOptions,
  ) {
    super(
      `The payload of job type '${jobType}' is invalid: ${listed(
        issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
        '; ',
      )}`,
      options,
    );
  }
}

/** The payload is longer than the limit. */
export class PayloadTooLargeError extends JobsError {
  readonly code = 'payload-too-large';

  constructor(
    readonly jobType: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `The payload of job type '${jobType}' has ${bytes} bytes, more than the ${limit} allowed; store the data elsewhere and submit a reference, or raise maxPayloadSize`,
    );
  }
}

/** No process has ever published a handler for this type, and no queue was named. */
export class UnknownJobTypeError extends JobsError {
  readonly code = 'unknown-job-type';

  constructor(readonly jobType: string) {
    super(
      `No process has published a handler for job type '${jobType}'; check its spelling, start the process that handles it once, or name a queue: submit('${jobType}', payload, { queue })`,
    );
  }
}

/** Two handlers claim one job type. */
export class DuplicateHandlerError extends JobsError {
  readonly code = 'duplicate-handler';

  constructor(
    readonly jobType: string,
    readonly handlers: readonly [string, string],
  ) {
    super(`Job type '${jobType}' has two handlers, ${handlers[0]} and ${handlers[1]}; keep one`);
  }
}

/** No job with this id. */
export class JobNotFoundError extends JobsError {
  readonly code = 'job-not-found';

  constructor(
    readonly jobId: string,
    readonly queue?: string,
    why = 'it may never have been submitted, or its retention has passed',
  ) {
    super(`No job ${show(jobId)}${queue === undefined ? ' in any known queue' : ` in queue '${queue}'`}; ${why}`);
  }
}

/** The job's state does not allow the operation. */
export class IllegalStateError extends JobsError {
  readonly code = 'illegal-state';

  constructor(
    readonly jobId: string,
    readonly operation: string,
    readonly state: JobState,
    readonly allowed: readonly JobState[],
  ) {
    super(`Job ${show(jobId)} is ${state}: ${operation} works on ${allowed.join(', ')} jobs only`);
  }
}

/** The queue holds as many jobs as its `maxDepth` allows. */
export class QueueFullError extends JobsError {
  readonly code = 'queue-full';

  constructor(
    readonly queue: string,
    readonly maxDepth: number,
    readonly waited: number,
  ) {
    super(
      `Queue '${queue}' holds its maximum of ${maxDepth} jobs${waited > 0 ? ` and had no room for ${waited} ms` : ''}; add workers, raise maxDepth, or choose onFull`,
    );
  }
}

/** As many jobs lie scheduled in the queue as its `maxScheduled` allows. */
export class TooManyScheduledError extends JobsError {
  readonly code = 'too-many-scheduled';

  constructor(
    readonly queue: string,
    readonly maxScheduled: number,
  ) {
    super(
      `Queue '${queue}' holds its maximum of ${maxScheduled} scheduled jobs; submit without a delay, or later, cancel or promote some, or raise maxScheduled`,
    );
  }
}

/** A `JobRef.result()` did not come in time; the job itself goes on. */
export class ResultTimeoutError extends JobsError {
  readonly code = 'result-timeout';

  constructor(
    readonly jobId: string,
    readonly timeout: number,
  ) {
    super(`Job ${show(jobId)} did not finish within ${timeout} ms; it goes on, ask again with get() or result()`);
  }
}

/** The job whose result is awaited was given up. */
export class JobFailedError extends JobsError {
  readonly code = 'job-failed';

  constructor(
    readonly jobId: string,
    /** The code of the error that ended the job, such as `timeout`, `expired`, `crashed`. */
    readonly reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`Job ${show(jobId)} failed (${reason}): ${message}`, options);
  }
}

/** The job was cancelled: the reason of its aborted signal, and what `result()` rejects with. */
export class JobCancelledError extends JobsError {
  readonly code = 'cancelled';

  constructor(readonly jobId: string) {
    super(`Job ${show(jobId)} was cancelled`);
  }
}

/** The attempt took longer than its timeout: the reason of its aborted signal. */
export class JobTimeoutError extends JobsError {
  readonly code = 'timeout';

  constructor(
    readonly jobId: string,
    readonly timeout: number,
  ) {
    super(`Job ${show(jobId)} ran longer than its timeout of ${timeout} ms`);
  }
}

/** The process is shutting down and the deadline has passed: the reason of the aborted signal. */
export class ShutdownError extends JobsError {
  readonly code = 'shutdown';

  constructor() {
    super('The process is shutting down; the job is released and runs again elsewhere');
  }
}

/** The store gave the job to someone else: the reason of the aborted signal of an attempt that lost its lease. */
export class LostLeaseError extends JobsError {
  readonly code = 'lost-lease';

  constructor(readonly jobId: string) {
    super(`The lease of job ${show(jobId)} was lost; its outcome here counts for nothing`);
  }
}

/** Thrown by a handler: give up at once, whatever attempts are left. */
export class UnrecoverableError extends JobsError {
  readonly code = 'unrecoverable';
}

/** Thrown by a handler: this attempt failed, and the next one is to come after `delay`. */
export class RetryLaterError extends JobsError {
  readonly code = 'retry-later';

  constructor(
    /** Milliseconds, or a string such as `'5m'`. */
    readonly delay: number | string,
    message = `Asked to be retried after ${delay}`,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The store cannot be reached, or does not answer. */
export class StoreUnavailableError extends JobsError {
  readonly code = 'store-unavailable';
}

/** The store has no room left for new jobs (Redis at `maxmemory`). */
export class StoreFullError extends JobsError {
  readonly code = 'store-full';
}

/** The server cannot hold jobs safely: too old, or set to evict keys. */
export class UnsuitableStoreError extends JobsError {
  readonly code = 'unsuitable-store';
}

/** The module or the service was used in a way that cannot work, such as before start or after close. */
export class UsageError extends JobsError {
  readonly code = 'usage';
}
