import { Inject, Injectable } from '@nestjs/common';
import { InvalidOptionError, JobNotFoundError } from '../domain/errors/errors.js';
import type { JobKey, JobRecord } from '../domain/job.js';
import type { JobState } from '../domain/job-state.js';
import { checkName } from '../domain/names.js';
import { type Priority, parsePriority } from '../domain/priority.js';
import { type Duration } from '../domain/duration.js';
import { reading } from '../domain/options/read-options.js';
import { DeadLetters } from './inspecting/dead-letters.js';
import type { HandlerClass, HandlerFunction, HandlerOptions, PayloadOf, ResultOf } from './handlers/handler.js';
import { defineHandler } from './handlers/handler-definition.js';
import { HandlerRegistry } from './handlers/handler-registry.js';
import { type JobFilter, type JobList, JobSearch } from './inspecting/job-search.js';
import { JobMoves, keyOf } from './inspecting/job-moves.js';
import { JobQueue } from './inspecting/job-queue.js';
import { BulkSubmitter, type JobSubmission } from './submitting/bulk-submitter.js';
import { type JobLookup, JobRef, readTimeout } from './submitting/job-ref.js';
import { type JobStats, statsOf } from './inspecting/job-stats.js';
import { isRefused, JobSubmitter } from './submitting/job-submitter.js';
import type { PreparedJob } from './submitting/prepared-job.js';
import { JobControl } from './ports/job-control.js';
import { JobDirectory } from './ports/job-directory.js';
import { JobInspector } from './ports/job-inspector.js';
import type { KeptReceipt } from './ports/job-store.js';
import { PayloadValidator } from './ports/payload-validator.js';
import { QueueControl } from './ports/queue-control.js';
import { ResultWaiter } from './submitting/result-waiter.js';
import type { EngineSettings } from './settings.js';
import { parseDue, type SubmitOptions } from './submitting/submit-options.js';
import { ENGINE_SETTINGS } from './tokens.js';

/** The payload may be left out where its type allows `undefined`. */
export type SubmitArguments<P> = undefined extends P
  ? [payload?: P, options?: SubmitOptions]
  : [payload: P, options?: SubmitOptions];

/** What became of one job of a `submitMany`. */
export type SubmissionReceipt =
  | { readonly status: 'added' | 'duplicate' | 'dropped'; readonly job: JobRef }
  /** Its queue had no room in time, or its submission was refused: nothing of it was kept. */
  | { readonly status: 'rejected'; readonly error: Error };

/** What an application does with jobs: submit, look up, list, cancel, retry; and its queues and dead letters. */
@Injectable()
export class JobService {
  /** One for all references: making it anew for each job would cost bulk submits dearly. */
  private readonly lookup: JobLookup = {
    get: (key) => this.get(key),
    wait: (key, timeout) => this.results.wait(key, timeout),
  };

  constructor(
    private readonly submitter: JobSubmitter,
    private readonly bulk: BulkSubmitter,
    private readonly registry: HandlerRegistry,
    private readonly results: ResultWaiter,
    private readonly search: JobSearch,
    private readonly moves: JobMoves,
    private readonly inspector: JobInspector,
    private readonly control: JobControl,
    private readonly queues: QueueControl,
    private readonly directory: JobDirectory,
    private readonly validator: PayloadValidator,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /**
   * Hands a job to its queue. Once this resolves, the job is in the store.
   *
   * @throws InvalidPayloadError, PayloadTooLargeError, InvalidOptionError · UnknownJobTypeError · QueueFullError,
   *   TooManyScheduledError · StoreUnavailableError, StoreFullError · UnconfirmedWriteError where `redis.durability` asks
   *   for more than the write has come to
   */
  submit<P, R>(handler: HandlerClass<P, R>, ...rest: SubmitArguments<NoInfer<P>>): Promise<JobRef<Awaited<R>>>;
  submit<T extends string>(type: T, ...rest: SubmitArguments<PayloadOf<T>>): Promise<JobRef<ResultOf<T>>>;
  async submit(handler: HandlerClass | string, payload?: unknown, options?: SubmitOptions): Promise<JobRef<never>> {
    const prepared = this.submitter.prepare(handler, payload, options);
    const job = prepared instanceof Promise ? await prepared : prepared;
    const receipt = await this.submitter.submit(job);
    return this.ref(job, receipt) as JobRef<never>;
  }

  /**
   * Hands many jobs over, in bounded chunks. It is not atomic: each job has a receipt of its own, in order, and one
   * that is refused does not keep the others from being added.
   *
   * @throws StoreUnavailableError when the store is away, UnconfirmedWriteError when jobs are not as safe as
   *   `redis.durability` asks for; jobs with ids of your own may then all be submitted again safely
   */
  async submitMany(submissions: readonly JobSubmission[]): Promise<readonly SubmissionReceipt[]> {
    return (await this.bulk.submit(readSubmissions(submissions))).map((submitted): SubmissionReceipt => {
      if (submitted instanceof Error) {
        return { status: 'rejected', error: submitted };
      }
      const { job, receipt } = submitted;
      return isRefused(receipt)
        ? { status: 'rejected', error: this.submitter.refusal(job, receipt) }
        : { status: receipt.status, job: this.ref(job, receipt) };
    });
  }

  /**
   * Handles a type with a plain function.
   *
   * @throws DuplicateHandlerError when the type has a handler here · InvalidOptionError
   */
  register<P = unknown, R = unknown>(type: string, handle: HandlerFunction<P, R>, options: HandlerOptions = {}): void {
    if (typeof handle !== 'function') {
      throw new InvalidOptionError('handle', handle, 'a function (payload, job) => result');
    }
    const invoke = (payload: unknown, job: Parameters<typeof handle>[1]): unknown => handle(payload as P, job);
    const definition = reading('handle', handle, () => {
      const name = handle.name === '' ? `function for '${checkName(type, 'type')}'` : handle.name;
      return defineHandler(name, { type, options }, invoke, this.settings, this.validator);
    });
    this.registry.add(definition);
  }

  /** The whole record of a job, or `undefined`. An id without its queue is looked for in every known queue. */
  get(job: string | JobKey): Promise<JobRecord | undefined> {
    return this.moves.find(job);
  }

  /**
   * The result of a job that somebody else submitted, once it is completed; like `JobRef.result()`.
   *
   * @param options.timeout how long to wait; as long as it takes unless told
   * @throws JobNotFoundError · JobFailedError, JobCancelledError · ResultTimeoutError, after which the job goes on
   */
  async result(job: string | JobKey, options: { readonly timeout?: Duration } = {}): Promise<unknown> {
    const timeout = readTimeout(options);
    const { id, queue = (await this.get(id))?.queue } = keyOf(job);
    if (queue === undefined) {
      throw new JobNotFoundError(id);
    }
    return this.results.wait({ queue, id }, timeout);
  }

  /** Jobs by queue and state, page by page; see {@link JobFilter}. */
  list(filter: JobFilter = {}): Promise<JobList> {
    return this.search.list(filter);
  }

  /**
   * Cancels a job that waits at once, and asks one that runs to stop: its signal aborts within a second, in whatever
   * process it runs. Answers the state it is in: `running` until its handler has ended.
   *
   * @throws JobNotFoundError, IllegalStateError when it is finished
   */
  cancel(job: string | JobKey): Promise<JobState> {
    return this.moves.move(job, 'cancel', 'cancelled', (queue, ids) => this.control.cancel(queue, ids));
  }

  /** Runs a failed or cancelled job again, with a fresh budget of attempts. @throws JobNotFoundError, IllegalStateError */
  retry(job: string | JobKey): Promise<JobState> {
    return this.moves.move(job, 'retry', 'retried-by-hand', (queue, ids) => this.control.retry(queue, ids));
  }

  /** Runs a scheduled or retrying job now. @throws JobNotFoundError, IllegalStateError */
  promote(job: string | JobKey): Promise<JobState> {
    return this.moves.move(job, 'promote', 'promoted', (queue, ids) => this.control.promote(queue, ids));
  }

  /** Puts a waiting job off, or forward: to a time, or by a duration from now. @throws JobNotFoundError, IllegalStateError */
  async reschedule(job: string | JobKey, when: Date | Duration): Promise<JobState> {
    const due = reading('when', when, () =>
      when instanceof Date ? parseDue(undefined, when) : parseDue(when, undefined),
    ) ?? { delay: 0 };
    return this.moves.move(job, 'reschedule', 'rescheduled', (queue, ids) => this.control.reschedule(queue, ids, due));
  }

  /** Gives a waiting job another priority. @throws JobNotFoundError, IllegalStateError, InvalidOptionError */
  async reprioritise(job: string | JobKey, priority: Priority): Promise<JobState> {
    const level = parsePriority(priority);
    const states: readonly JobState[] = ['scheduled', 'blocked', 'pending', 'retrying'];
    return this.moves.move(job, 'reprioritise', states, (queue, ids) => {
      this.submitter.checkPriority(queue, level);
      return this.control.reprioritise(queue, ids, level);
    });
  }

  /** Forgets a job in any state but running. @throws JobNotFoundError, IllegalStateError */
  remove(job: string | JobKey): Promise<JobState> {
    const states: readonly JobState[] = [
      'scheduled',
      'blocked',
      'pending',
      'retrying',
      'completed',
      'failed',
      'cancelled',
    ];
    return this.moves.move(job, 'remove', states, (queue, ids) => this.control.remove(queue, ids));
  }

  /** Counts over all known queues: in all, by state, by priority, by queue. */
  async stats(): Promise<JobStats> {
    const queues = await this.directory.queues();
    return statsOf(
      await Promise.all(queues.map(async (queue) => [queue, await this.inspector.counts(queue)] as const)),
    );
  }

  /** A queue, to pause, resume, clear and measure. @throws InvalidOptionError for a name that cannot be one */
  queue(name: string): JobQueue {
    return new JobQueue(checkName(name, 'queue'), this.queues, this.inspector);
  }

  /** A queue's dead-letter list: its failed jobs. @throws InvalidOptionError for a name that cannot be one */
  deadLetters(queue: string): DeadLetters {
    return new DeadLetters(checkName(queue, 'queue'), this.search, this.control);
  }

  private ref({ queue, spec }: PreparedJob, receipt: KeptReceipt): JobRef {
    const state = 'state' in receipt ? receipt.state : 'failed';
    return new JobRef(spec.id, queue, spec.type, receipt.status, state, this.lookup);
  }
}

/** Copied, so that it stays as long as it is while it is worked off. @throws InvalidOptionError */
function readSubmissions(submissions: unknown): readonly JobSubmission[] {
  return reading('submissions', submissions, () => {
    if (!Array.isArray(submissions)) {
      throw new InvalidOptionError('submissions', submissions, 'a list of { type, payload, options }');
    }
    return [...(submissions as readonly JobSubmission[])];
  });
}
