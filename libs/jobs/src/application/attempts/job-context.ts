import { AsyncLocalStorage } from 'node:async_hooks';
import { type Duration, parseDuration } from '../../domain/duration.js';
import { UsageError } from '../../domain/errors/errors.js';
import type { ClaimedJob, Json, TraceHeaders } from '../../domain/job.js';
import { serialisePayload } from '../../domain/payload.js';

/** What a context needs of the attempt it belongs to. */
export interface AttemptHandle {
  readonly queue: string;
  readonly job: ClaimedJob;
  readonly worker: string;
  /** Epoch milliseconds at which the attempt times out. */
  readonly deadline: number;
  /** The attempt's signal; made when first asked for. */
  signal(): AbortSignal;
  progress(progress: Json): void;
  log(message: string): void;
  snooze(delay: number): void;
}

/**
 * What a handler sees of the job it runs: its identity and options, the signal that says stop, and the ways to say
 * something back.
 */
export class JobContext {
  constructor(private readonly attempt_: AttemptHandle) {}

  /** The job that the calling code runs for, from any depth of calls. @throws UsageError outside of a handler */
  static current(): JobContext {
    const context = JobContext.find();
    if (context === undefined) {
      throw new UsageError(
        'JobContext.current() was called outside of a job handler; use JobContext.find() where that may be',
      );
    }
    return context;
  }

  /** The job that the calling code runs for, if any. */
  static find(): JobContext | undefined {
    return storage.getStore();
  }

  /** The job's id: the same in every attempt, and so a key for what must happen once. */
  get id(): string {
    return this.attempt_.job.id;
  }

  /** The type that chose this handler. */
  get type(): string {
    return this.attempt_.job.type;
  }

  /** The queue it came from. */
  get queue(): string {
    return this.attempt_.queue;
  }

  /** Integer, higher runs first. */
  get priority(): number {
    return this.attempt_.job.priority;
  }

  /** Which attempt this is; the first is 1. */
  get attempt(): number {
    return this.attempt_.job.attempt;
  }

  /** Attempts in all, the first one included. */
  get maxAttempts(): number {
    return this.attempt_.job.maxAttempts;
  }

  /** When it was submitted, by the store's clock. */
  get createdAt(): Date {
    return new Date(this.attempt_.job.createdAt);
  }

  /** When this attempt times out. */
  get deadline(): Date {
    return new Date(this.attempt_.deadline);
  }

  /** What the submitter attached. */
  get metadata(): Readonly<Record<string, Json>> {
    return this.attempt_.job.settings.metadata ?? {};
  }

  /** The words it was submitted with. */
  get tags(): readonly string[] {
    return this.attempt_.job.settings.tags ?? [];
  }

  /** The trace that it was submitted in, as headers such as W3C's `traceparent`; none without `nestjs-jobs/tracing`. */
  get trace(): TraceHeaders {
    return this.attempt_.job.settings.trace ?? {};
  }

  /** The worker that runs it. */
  get worker(): string {
    return this.attempt_.worker;
  }

  /**
   * Aborts when the attempt must stop. Its `reason` says why: `JobTimeoutError`, `JobCancelledError`, `ShutdownError` or
   * `LostLeaseError`. Pass it on to whatever takes a signal.
   */
  get signal(): AbortSignal {
    return this.attempt_.signal();
  }

  /** Keeps a line with the job; the last 100 lines are kept, each cut at 2,000 characters. */
  log(message: string): void {
    this.attempt_.log(String(message));
  }

  /**
   * Keeps the job's progress: a number (a share or a count, as you like) or any JSON object; the latest wins.
   *
   * @throws InvalidPayloadError for what JSON cannot carry
   */
  progress(progress: number | { readonly [key: string]: Json }): void {
    this.attempt_.progress(JSON.parse(serialisePayload(this.type, progress)) as Json);
  }

  /**
   * Puts the job off: this attempt ends here, counts for nothing, and the job runs again after the delay. Throws in
   * order to leave the handler; `return job.snooze('5m')` reads well.
   *
   * @throws InvalidOptionError for an unreadable delay
   */
  snooze(delay: Duration): never {
    this.attempt_.snooze(parseDuration(delay, 'delay'));
    throw new SnoozeSignal();
  }
}

/** Leaves the handler after `snooze`; the attempt knows what to do, so it does not matter who catches it. */
export class SnoozeSignal extends Error {
  override readonly name = 'SnoozeSignal';

  constructor() {
    super('The job was snoozed');
  }
}

/** True also when something on the way (a filter, a middleware) has wrapped the signal. */
export function isSnooze(thrown: unknown): boolean {
  let link = thrown;
  for (let depth = 0; link instanceof Error && depth < 10; depth++) {
    if (link instanceof SnoozeSignal) {
      return true;
    }
    link = link.cause;
  }
  return false;
}

const storage = new AsyncLocalStorage<JobContext>();

/** Runs a handler so that `JobContext.current()` finds the context. */
export function runInContext<A extends readonly unknown[], T>(
  context: JobContext,
  run: (context: JobContext, ...args: A) => T,
  ...args: A
): T {
  return storage.run(context, run, context, ...args);
}
