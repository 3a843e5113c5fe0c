import {
  InvalidPayloadError,
  JobCancelledError,
  JobTimeoutError,
  LostLeaseError,
  ShutdownError,
} from '../../domain/errors/errors.js';
import { toError } from '../../domain/failure.js';
import type { ClaimedJob, Json } from '../../domain/job.js';
import type { Ending } from '../../domain/outcome.js';
import type { AttemptDeadlines, Timed } from './attempt-deadlines.js';
import type { HandlerDefinition } from '../handlers/handler-registry.js';
import { type AttemptHandle, isSnooze, JobContext, runInContext } from './job-context.js';
import type { Clock } from '../ports/clock.js';

/** Why an attempt is told to stop. */
export type AbortCause = 'timeout' | 'cancelled' | 'shutdown' | 'lost-lease';

/** What an attempt tells its owner. */
export interface AttemptListener {
  /** The handler has let go of the event loop for the first time: it has returned, or awaits something. Once at most. */
  yielded(attempt: Attempt): void;
  /** The attempt's end is decided; exactly once, and not at all for a lost lease. @param at monotonic milliseconds */
  concluded(attempt: Attempt, ending: Ending, at: number): void;
  /** The handler's promise has settled, however late: its slot is free. Exactly once. @param at monotonic milliseconds */
  returned(attempt: Attempt, at: number): void;
  progress(attempt: Attempt, progress: Json): void;
  log(attempt: Attempt, message: string): void;
}

/** What all attempts of a process share. */
export interface AttemptEnvironment {
  readonly clock: Clock;
  readonly deadlines: AttemptDeadlines;
  readonly maxResultSize: number;
  /** Milliseconds that an aborted handler gets to end by itself before its end is decided without it. */
  readonly grace: number;
}

export interface AttemptOf {
  readonly queue: string;
  readonly job: ClaimedJob;
  readonly token: number;
  readonly worker: string;
  readonly handler: HandlerDefinition;
}

/**
 * One run of one job: decode, validate, middleware, handler, ending.
 *
 * The end is decided when the handler returns or throws, or a grace after its signal was aborted. A handler that
 * ignores its signal thus loses its say, and keeps its slot until it returns.
 */
export class Attempt implements AttemptHandle, Timed {
  readonly queue: string;
  readonly job: ClaimedJob;
  readonly token: number;
  readonly worker: string;
  readonly handler: HandlerDefinition;
  /** Monotonic milliseconds. */
  readonly begunAt: number;
  readonly expiresAt: number;
  readonly deadline: number;
  private controller: AbortController | undefined;
  private abortedBy: AbortCause | undefined;
  private snoozed: number | undefined;
  private callOffGrace: (() => void) | undefined;
  private done = false;

  constructor(
    of: AttemptOf,
    private readonly environment: AttemptEnvironment,
    private readonly listener: AttemptListener,
  ) {
    this.queue = of.queue;
    this.job = of.job;
    this.token = of.token;
    this.worker = of.worker;
    this.handler = of.handler;
    const timeout = of.job.settings.timeout ?? of.handler.timeout;
    this.begunAt = environment.clock.monotonic();
    this.expiresAt = this.begunAt + timeout;
    this.deadline = environment.clock.now() + timeout;
  }

  /** Runs the job. Never rejects: what happens is told to the listener, and not before this has returned. */
  run(): void {
    this.environment.deadlines.add(this);
    let payload: unknown;
    try {
      payload = JSON.parse(this.job.payload);
      if (this.handler.validate !== undefined) {
        payload = this.handler.validate(payload);
      }
    } catch (thrown) {
      payload = Promise.reject(toError(thrown));
    }
    if (payload instanceof Promise) {
      payload.then(
        (valid: unknown) => this.begin(valid),
        (thrown: unknown) => this.end({ kind: 'threw', error: invalid(this.job.type, thrown), final: true }),
      );
    } else {
      this.begin(payload);
    }
  }

  get concluded(): boolean {
    return this.done;
  }

  /** Aborts the signal with a reason and gives the handler a grace to end; a lost lease ends it at once. */
  abort(cause: AbortCause): void {
    if (this.done || this.abortedBy !== undefined) {
      return;
    }
    this.abortedBy = cause;
    this.controller?.abort(this.reason(cause));
    if (cause === 'lost-lease') {
      this.done = true;
      this.environment.deadlines.remove(this);
      return;
    }
    this.callOffGrace = this.environment.clock.after(
      this.environment.grace,
      () => this.conclude(this.endingAfterAbort(cause, undefined), this.environment.clock.monotonic()),
      { background: true },
    );
  }

  expire(): void {
    this.abort('timeout');
  }

  signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.abortedBy !== undefined) {
        this.controller.abort(this.reason(this.abortedBy));
      }
    }
    return this.controller.signal;
  }

  progress(progress: Json): void {
    if (!this.done) {
      this.listener.progress(this, progress);
    }
  }

  log(message: string): void {
    if (!this.done) {
      this.listener.log(this, message);
    }
  }

  snooze(delay: number): void {
    this.snoozed = delay;
  }

  /** Not an async function: each promise costs, and more so while JobContext.current() follows them all. */
  private begin(payload: unknown): void {
    const context = new JobContext(this);
    let running: Promise<unknown>;
    try {
      running = Promise.resolve(runInContext(context, Attempt.invoke, this, payload));
    } catch (thrown) {
      running = Promise.reject(toError(thrown));
    }
    running.then(
      (result) =>
        this.end(this.snoozed === undefined ? this.returned(result) : { kind: 'snoozed', delay: this.snoozed }),
      (thrown: unknown) =>
        this.end(
          this.snoozed !== undefined && isSnooze(thrown)
            ? { kind: 'snoozed', delay: this.snoozed }
            : { kind: 'threw', error: toError(thrown) },
        ),
    );
  }

  private end(ending: Ending): void {
    const now = this.environment.clock.monotonic();
    this.conclude(this.abortedBy === undefined ? ending : this.endingAfterAbort(this.abortedBy, ending), now);
    this.listener.returned(this, now);
  }

  /** Not a closure of the attempt: one would be made for every job. */
  private static invoke(this: void, context: JobContext, attempt: Attempt, payload: unknown): unknown {
    const { middleware } = attempt.handler;
    if (middleware.length === 0) {
      return attempt.handle(payload, context);
    }
    const step = async (index: number): Promise<unknown> => {
      const use = middleware[index];
      const next = (): Promise<unknown> => step(index + 1);
      return use === undefined
        ? attempt.handle(payload, context)
        : typeof use === 'function'
          ? use(context, next)
          : use.use(context, next);
    };
    return step(0);
  }

  private handle(payload: unknown, context: JobContext): unknown {
    const { invoke } = this.handler;
    const answer = invoke(payload, context);
    this.listener.yielded(this);
    return answer;
  }

  /** A result that cannot be kept does not undo the work: the job is done, and its log says what happened to the result. */
  private returned(value: unknown): Ending {
    if (value === undefined) {
      return { kind: 'returned' };
    }
    let result: string | undefined;
    try {
      result = JSON.stringify(value);
    } catch (thrown) {
      this.log(`The result was not kept: JSON cannot carry it (${toError(thrown).message})`);
      return { kind: 'returned' };
    }
    if (result === undefined) {
      this.log(`The result was not kept: JSON cannot carry a ${typeof value}`);
      return { kind: 'returned' };
    }
    if (result.length > this.environment.maxResultSize) {
      this.log(`The result was not kept: ${result.length} characters, more than ${this.environment.maxResultSize}`);
      return { kind: 'returned' };
    }
    return { kind: 'returned', result };
  }

  /**
   * What an end that comes after the signal's abort counts for. A result in time is a result, but not after a timeout.
   */
  private endingAfterAbort(cause: AbortCause, ending: Ending | undefined): Ending {
    if (cause === 'timeout') {
      return { kind: 'threw', error: this.reason('timeout') };
    }
    if (ending?.kind === 'returned' || ending?.kind === 'snoozed') {
      return ending;
    }
    return cause === 'cancelled' ? { kind: 'cancelled' } : { kind: 'shut-down' };
  }

  private conclude(ending: Ending, at: number): void {
    if (!this.done) {
      this.done = true;
      this.environment.deadlines.remove(this);
      this.callOffGrace?.();
      this.listener.concluded(this, ending, at);
    }
  }

  private reason(cause: AbortCause): Error {
    switch (cause) {
      case 'timeout':
        return new JobTimeoutError(this.job.id, Math.round(this.expiresAt - this.begunAt));
      case 'cancelled':
        return new JobCancelledError(this.job.id);
      case 'shutdown':
        return new ShutdownError();
      case 'lost-lease':
        return new LostLeaseError(this.job.id);
    }
  }
}

function invalid(jobType: string, thrown: unknown): Error {
  return thrown instanceof InvalidPayloadError
    ? thrown
    : new InvalidPayloadError(jobType, [{ path: '', message: toError(thrown).message }], { cause: thrown });
}
