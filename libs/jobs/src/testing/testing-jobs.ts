import type { INestApplicationContext } from '@nestjs/common';
import { AttemptRunner } from '../application/attempts/attempt-runner.js';
import {
  type HandlerClass,
  handlerDeclaration,
  type PayloadOf,
  type ResultOf,
} from '../application/handlers/handler.js';
import { HandlerRegistry } from '../application/handlers/handler-registry.js';
import { JobEvents } from '../application/job-events.js';
import { JobMoves } from '../application/inspecting/job-moves.js';
import { JobSearch } from '../application/inspecting/job-search.js';
import { JobsEngine } from '../application/jobs-engine.js';
import { Lanes } from '../application/working/lanes.js';
import { Clock } from '../application/ports/clock.js';
import { JobControl } from '../application/ports/job-control.js';
import { JobStore } from '../application/ports/job-store.js';
import { Notifier } from '../application/ports/notifier.js';
import type { EngineSettings } from '../application/settings.js';
import { Settler } from '../application/attempts/settler.js';
import { Ticker } from '../application/working/ticker.js';
import { ENGINE_SETTINGS, HOLDER } from '../application/tokens.js';
import { type Duration, parseDuration } from '../domain/duration.js';
import { UsageError } from '../domain/errors/errors.js';
import type { JobKey, JobRecord } from '../domain/job.js';
import type { ResolvedOptions } from '../nest/options/resolve-options.js';
import { RESOLVED_OPTIONS, STORE_PORTS } from '../nest/tokens.js';
import { type DrainSummary, since } from './drain-summary.js';
import { HandDrivenEngine } from './hand-driven-engine.js';
import { HandDrivenWork } from './hand-driven-work.js';
import type { LedgerPorts } from './ledger-job-store.js';
import { type RunOptions, runOnce } from './single-run.js';
import type { SubmittedJob } from './submission-ledger.js';
import { VirtualClock } from './virtual-clock.js';

/** How `drain` and `advance` run jobs. */
export interface DrainOptions {
  /** Jobs that run at once; 2 and more let a handler wait for the result of another job. Default: 1, so that the order is always the same. */
  readonly concurrency?: number;
  /** How long a handler may run in real time before the call gives up on it, since virtual time stands still. Default: `4s`. */
  readonly patience?: Duration;
}

const DEFAULT_PATIENCE = '4s';

type Container = Pick<INestApplicationContext, 'get'>;

/**
 * Runs an application's jobs by hand, on virtual time: nothing runs until a test says so, and then with the engine's
 * own attempts, retries and timeouts. Retries have no jitter, so that their times are exact.
 */
export class TestingJobs {
  private static readonly all = new WeakMap<Clock, TestingJobs>();
  private work_: HandDrivenWork | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  /** Nest makes it; elsewhere see {@link TestingJobs.of}. */
  constructor(private readonly container: Container) {}

  /**
   * The jobs of a module that was compiled with `JobsTestingModule`, or after `useTestingJobs`.
   *
   * @throws UsageError for any other
   */
  static of(module: Container): TestingJobs {
    const clock = find(module, Clock);
    if (!(clock instanceof VirtualClock)) {
      throw new UsageError(
        'The jobs of this module do not run by hand: import JobsTestingModule.forRoot(), or call useTestingJobs(builder) before compile()',
      );
    }
    const jobs = find(module, TestingJobs) ?? TestingJobs.all.get(clock) ?? new TestingJobs(module);
    TestingJobs.all.set(clock, jobs);
    return jobs;
  }

  /** Virtual time. */
  get now(): Date {
    return new Date(this.clock.now());
  }

  /**
   * Runs everything that is ready now, one job after another, with whatever the handlers submit and retries without a
   * delay, until nothing is ready. Time stands still.
   *
   * @returns how the attempts ended
   * @throws UsageError when a handler does not return within `patience`, or there is no end to the work
   */
  drain(options: DrainOptions = {}): Promise<DrainSummary> {
    return this.alone(async () => {
      this.work.awaitAll();
      await this.drainNow(options);
    });
  }

  /**
   * Moves time on. What falls due runs in order, each at its own time: delayed jobs, retries, expiries, timeouts of
   * what {@link begin} began. Also drains before the first step.
   *
   * @throws InvalidOptionError for an unreadable duration · UsageError as {@link drain}
   */
  advance(duration: Duration, options: DrainOptions = {}): Promise<DrainSummary> {
    const milliseconds = parseDuration(duration, 'advance');
    return this.alone(async () => {
      const end = this.clock.now() + milliseconds;
      await this.drainNow(options);
      for (let left = milliseconds; left > 0; left = end - this.clock.now()) {
        const next = Math.min(this.clock.nextTimerIn ?? Infinity, (await this.work.nextDueIn()) ?? Infinity);
        // What is due now has just been dealt with.
        await this.clock.advance(Math.min(Math.max(next, 1), left));
        await this.drainNow(options);
      }
    });
  }

  /**
   * Begins everything that is ready and does not wait for it: for jobs that are to be timed out by {@link advance}, or
   * cancelled, while they run. A later {@link drain} waits for them.
   */
  begin(): Promise<DrainSummary> {
    return this.alone(async () => {
      await this.work.begin();
      await this.clock.settle();
    });
  }

  /**
   * Runs one handler by itself: its payload is checked, middleware and enhancers apply, the context is as told, nothing
   * is stored or retried.
   *
   * @returns what the handler returned
   * @throws what it threw · InvalidPayloadError · JobTimeoutError, JobCancelledError, ShutdownError, LostLeaseError for
   *   one that was aborted · JobSnoozedError · UsageError when there is no such handler
   */
  run<P, R>(handler: HandlerClass<P, R>, payload: NoInfer<P>, options?: RunOptions): Promise<Awaited<R>>;
  run<T extends string>(type: T, payload: PayloadOf<T>, options?: RunOptions): Promise<ResultOf<T>>;
  async run(handler: HandlerClass | string, payload: unknown, options: RunOptions = {}): Promise<unknown> {
    this.refuseUnopened();
    const type = typeOf(handler);
    const definition = this.get(HandlerRegistry).get(type);
    if (definition === undefined) {
      throw new UsageError(`No handler for '${type}' is among the providers of this module; list its class among them`);
    }
    const { maxPayloadSize } = this.get<EngineSettings>(ENGINE_SETTINGS);
    return runOnce(definition, payload, options, { clock: this.clock, maxPayloadSize });
  }

  /**
   * What was submitted so far, by code and by schedules, in order: all of it, or of one type. A submit that found its job to be there already, or
   * was refused, is left out; completed jobs stay in, whatever their retention.
   */
  submitted(): readonly SubmittedJob[];
  submitted<P, R>(handler: HandlerClass<P, R>): readonly SubmittedJob<P>[];
  submitted<T extends string>(type: T): readonly SubmittedJob<PayloadOf<T>>[];
  submitted(handler?: HandlerClass | string): readonly SubmittedJob<never>[] {
    const all = this.ledger.all() as readonly SubmittedJob<never>[];
    if (handler === undefined) {
      return all;
    }
    const type = typeOf(handler);
    return all.filter((job) => job.type === type);
  }

  /** The whole record of a job; `undefined` when there is none, or its retention has passed. */
  job(job: string | JobKey): Promise<JobRecord | undefined> {
    return this.get(JobMoves).find(job);
  }

  /** The records of all failed jobs: the dead letters of all queues. */
  async failed(): Promise<readonly JobRecord[]> {
    const failed: JobRecord[] = [];
    for await (const record of this.get(JobSearch).all({ state: 'failed' })) {
      failed.push(record);
    }
    return failed;
  }

  /**
   * Forgets every job, and what was submitted, so that tests can share a module. Time stays where it is.
   *
   * @throws UsageError while a job runs
   */
  async clear(): Promise<void> {
    await this.alone(async () => {
      const { busy } = this.work;
      if (busy.length > 0) {
        throw new UsageError(
          `clear() would tear jobs from under their handlers: ${busy.map(({ type }) => type).join(', ')}; drain() first`,
        );
      }
      const ids = new Map<string, string[]>();
      for await (const { queue, id } of this.get(JobSearch).all({})) {
        ids.set(queue, [...(ids.get(queue) ?? []), id]);
      }
      for (const [queue, all] of ids) {
        await this.get(JobControl).remove(queue, all);
      }
    });
    this.ledger.clear();
  }

  private async drainNow({ concurrency = 1, patience = DEFAULT_PATIENCE }: DrainOptions): Promise<void> {
    const milliseconds = parseDuration(patience, 'patience');
    // Listeners and those who wait for a result may submit once a job has ended: until nothing comes of it any more.
    for (let before = -1; before !== this.work.changes;) {
      before = this.work.changes;
      await this.work.drain(concurrency, milliseconds);
      await this.clock.settle();
    }
  }

  /** One call at a time, each with its own summary. */
  private alone(run: () => Promise<void>): Promise<DrainSummary> {
    const result = this.turn.then(async () => {
      this.refuseUnopened();
      const before = this.work.summary();
      try {
        await run();
      } finally {
        await this.ledger.refresh();
      }
      return since(before, this.work.summary());
    });
    this.turn = result.catch(() => undefined);
    return result;
  }

  private get work(): HandDrivenWork {
    this.work_ ??= new HandDrivenWork({
      store: this.get(JobStore),
      notifier: this.get(Notifier),
      lanes: this.get(Lanes),
      runner: this.get(AttemptRunner),
      settler: this.get(Settler),
      ticker: this.get(Ticker),
      registry: this.get(HandlerRegistry),
      events: this.get(JobEvents),
      holder: this.get<string>(HOLDER),
      groups: this.get<ResolvedOptions>(RESOLVED_OPTIONS).settings.workers,
    });
    return this.work_;
  }

  private get clock(): VirtualClock {
    return this.get(Clock) as VirtualClock; // as `of` and JobsTestingModule have seen to
  }

  private get ledger(): LedgerPorts['ledger'] {
    return this.get<LedgerPorts>(STORE_PORTS).ledger;
  }

  private refuseUnopened(): void {
    if (!(this.get(JobsEngine) as HandDrivenEngine).isOpen) {
      throw new UsageError(
        'The module has not booted, so its handlers are not known: await module.init() (or app.init()) first, and see that enabled is not false',
      );
    }
  }

  private get<T>(token: symbol | (abstract new (...args: never[]) => T)): T {
    return this.container.get<T>(token, { strict: false });
  }
}

/** The job type that a decorated class, or a name, stands for. */
export function typeOf(handler: HandlerClass | string): string {
  const type = typeof handler === 'string' ? handler : handlerDeclaration(handler)?.type;
  if (type === undefined) {
    throw new UsageError(
      `${(handler as HandlerClass).name} is no job handler: use a class decorated with @JobHandler('type'), or the type's name`,
    );
  }
  return type;
}

function find<T>(module: Container, token: abstract new (...args: never[]) => T): T | undefined {
  try {
    return module.get<T>(token, { strict: false });
  } catch {
    return undefined; // Nest throws for what it does not know.
  }
}
