import { Inject, Injectable } from '@nestjs/common';
import { AttemptRunner } from './attempts/attempt-runner.js';
import { BlockedLoop } from './working/blocked-loop.js';
import { Dispatcher } from './working/dispatcher.js';
import { DeadLetterWatch } from './inspecting/dead-letter-watch.js';
import { type HandlerDefinition, HandlerRegistry } from './handlers/handler-registry.js';
import { Lanes } from './working/lanes.js';
import { Clock } from './ports/clock.js';
import { JobDirectory, type JobTypeEntry } from './ports/job-directory.js';
import { JobStore } from './ports/job-store.js';
import { Log } from './ports/log.js';
import { LogSummary } from './inspecting/log-summary.js';
import { Notifier, type Unsubscribe } from './ports/notifier.js';
import { ProcessPublisher } from './processes/process-publisher.js';
import { SystemFollower } from './processes/system-follower.js';
import { ResultWaiter } from './submitting/result-waiter.js';
import { Scheduling } from './scheduling/scheduling.js';
import { StoreConnection } from './ports/store-connection.js';
import type { QueueLane } from './working/queue-lane.js';
import type { EngineSettings } from './settings.js';
import { Settler } from './attempts/settler.js';
import { SubmitBuffer } from './submitting/submit-buffer.js';
import { Ticker } from './working/ticker.js';
import { ENGINE_SETTINGS, HOLDER } from './tokens.js';
import { within } from './within.js';
import { WorkerPool } from './working/worker-pool.js';

/** Kept back at the end of a shutdown for telling the store, in milliseconds, unless the deadline is too short for it. */
const LAST_WORDS = 2_000;

/** How long closing the connection is waited for, in milliseconds: a store should need half of it. */
const CLOSING = 2_000;

/** Opens, starts, drains and closes everything, in the right order. */
@Injectable()
export class JobsEngine {
  private draining: Promise<void> | undefined;
  private started = false;
  /** Monotonic time by which a shutdown has ended. */
  private endsAt = 0;
  private readonly unsubscribe: Unsubscribe[] = [];
  /** Queues whose cancels and hand-overs this process hears. */
  private readonly heard = new Set<string>();

  constructor(
    private readonly connection: StoreConnection,
    private readonly store: JobStore,
    private readonly directory: JobDirectory,
    private readonly notifier: Notifier,
    private readonly registry: HandlerRegistry,
    private readonly pool: WorkerPool,
    private readonly lanes: Lanes,
    private readonly dispatcher: Dispatcher,
    private readonly runner: AttemptRunner,
    private readonly settler: Settler,
    private readonly submits: SubmitBuffer,
    private readonly ticker: Ticker,
    private readonly blockedLoop: BlockedLoop,
    private readonly deadLetters: DeadLetterWatch,
    private readonly summary: LogSummary,
    private readonly results: ResultWaiter,
    private readonly publisher: ProcessPublisher,
    private readonly follower: SystemFollower,
    private readonly scheduling: Scheduling,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  /** True once a shutdown has begun. */
  get isStopping(): boolean {
    return this.draining !== undefined;
  }

  /**
   * Connects, puts in force what was changed at run time, and publishes the queues and types of this process.
   *
   * @throws StoreUnavailableError, UnsuitableStoreError
   */
  async open(): Promise<void> {
    await this.connection.open();
    await this.follower.open();
    // What is registered from now on, while other modules boot too, is published as it comes.
    this.registry.onAdded((definition) => void this.adopt(definition));
    await this.directory.announce({
      types: this.registry.all().map(entryOf),
      queues: [...this.settings.queues.keys()],
    });
  }

  /** Begins to work, unless this process has no workers. */
  async start(): Promise<void> {
    if (this.settings.workers.length === 0) {
      this.started = true;
      // Hearing costs a connection. Whoever is alone has one store in its own process, and looks again too seldom to do without.
      await this.join(this.settings.alone === true);
      return;
    }
    this.warnOfQueuesWithoutHandlers();
    if (this.draining === undefined) {
      await this.listen(this.pool.queues());
    }
    if (this.draining !== undefined) {
      // A shutdown that came first has found nothing to drain, and nothing is to begin behind it.
      await Promise.allSettled(this.unsubscribe.map((each) => each()));
      return;
    }
    this.started = true;
    this.pool.start();
    this.ticker.start((lane) => this.dispatcher.wake(lane));
    this.blockedLoop.start();
    this.deadLetters.start();
    this.summary.start();
    await this.join(true);
    // Last, and only if no shutdown has begun meanwhile: whoever listens for signals once this has resolved should not have missed any.
    if (this.draining === undefined) {
      this.dispatcher.start();
    }
  }

  /**
   * Stops taking jobs, then stops working: waits for what runs, aborts it when time runs short, and gives back what is
   * left without using an attempt. Never rejects, and returns within the shutdown deadline also when the store is away.
   */
  drain(): Promise<void> {
    if (this.draining === undefined) {
      this.endsAt = this.clock.monotonic() + this.settings.shutdownDeadline;
      this.draining = this.started ? this.drainOnce(this.endsAt) : Promise.resolve();
    }
    return this.draining;
  }

  /**
   * Waits for what another part of the application tells the store when it ends, no longer than the shutdown may still take.
   *
   * @param told must not reject
   */
  async lastWord(told: Promise<unknown>): Promise<void> {
    await within(this.clock, Math.min(this.endsAt - this.clock.monotonic(), LAST_WORDS), told);
  }

  /** Drains, lets submits that were made arrive, ends what waits for results here, and closes the connection. Never rejects. */
  async close(): Promise<void> {
    await this.drain();
    const left = (): number => this.endsAt - this.clock.monotonic();
    await within(this.clock, left(), this.submits.flush());
    // Where it cannot be told, the process falls silent instead.
    await this.lastWord(Promise.all([this.publisher.stop().catch(() => undefined), this.follower.stop()]));
    this.runner.close();
    this.results.close();
    const closed = this.connection.close().catch((error: unknown) => this.log.error('Closing the store failed', error));
    if ((await within(this.clock, CLOSING, closed)) === 'late') {
      this.log.warn('The connection to the store did not close in time and is left to the end of the process');
    }
  }

  /** Becomes one of the processes of the system: follows what changes, publishes itself, keeps its schedules. */
  private async join(hearsNotices: boolean): Promise<void> {
    await this.follower.start(hearsNotices);
    await this.publisher.start();
    await this.scheduling.start();
  }

  private async drainOnce(endsAt: number): Promise<void> {
    const { shutdownDeadline } = this.settings;
    const left = (reserve = 0): number => Math.max(endsAt - reserve - this.clock.monotonic(), 0);
    const lastWords = Math.min(LAST_WORDS, shutdownDeadline / 4);
    const unscheduled = this.scheduling.stop();
    try {
      this.pool.stop();
      this.deadLetters.stop();
      this.summary.stop();
      this.dispatcher.stop();
      if ((await within(this.clock, left(lastWords + this.runner.grace), this.runner.idle())) === 'late') {
        this.runner.abortAll();
        await within(this.clock, left(lastWords), this.runner.idle());
      }
      this.ticker.stop();
      this.blockedLoop.stop();
      const told = [
        unscheduled,
        ...this.unsubscribe.map((each) => each()),
        ...this.lanes.all().map((lane) => this.retire(lane)),
      ];
      if ((await within(this.clock, left(), this.lastWords(told))) === 'late') {
        this.settler.giveUp();
        this.log.warn('The store did not answer before the shutdown deadline; what was not told is left to the leases');
      }
    } catch (error) {
      this.log.error('The drain failed; what was not told is left to the leases', error);
    }
  }

  /** Each queue for itself: one whose part of the store is away does not keep the others' jobs from going back. */
  private async retire(lane: QueueLane): Promise<void> {
    await this.dispatcher.ended(lane);
    await this.settler.flush(lane.queue);
    await this.store.retire({ queue: lane.queue, holder: this.holder });
  }

  private async lastWords(told: readonly Promise<void>[]): Promise<void> {
    for (const result of await Promise.allSettled(told)) {
      if (result.status === 'rejected') {
        this.log.warn(`A last word did not reach the store: ${String(result.reason)}`);
      }
    }
  }

  /** A handler that was registered while the engine runs. */
  private async adopt(definition: HandlerDefinition): Promise<void> {
    try {
      await this.directory.announce({ types: [entryOf(definition)], queues: [] });
      if (this.started && this.draining === undefined && this.pool.queues().includes(definition.queue)) {
        this.ticker.watch(definition.queue);
        await this.listen([definition.queue]);
      }
    } catch (error) {
      this.log.error(`Handler '${definition.name}' could not be published`, error, { type: definition.type });
    }
  }

  /** Hears what concerns this process's own jobs: cancels, and jobs that are handed over to it. */
  private async listen(queues: readonly string[]): Promise<void> {
    const unheard = queues.filter((queue) => !this.heard.has(queue));
    if (unheard.length === 0) {
      return;
    }
    unheard.forEach((queue) => this.heard.add(queue));
    try {
      this.unsubscribe.push(await this.notifier.onCancel(unheard, (queue, id) => this.ticker.cancel(queue, id)));
      this.unsubscribe.push(
        await this.notifier.onHandedOver(unheard, this.holder, (queue, handed) =>
          this.dispatcher.handed(queue, handed),
        ),
      );
    } catch (error) {
      unheard.forEach((queue) => this.heard.delete(queue));
      throw error;
    }
  }

  private warnOfQueuesWithoutHandlers(): void {
    for (const { name, queues } of this.settings.workers) {
      const named =
        queues.order === 'all' ? [] : queues.order === 'strict' ? queues.queues : [...queues.weights.keys()];
      const idle = named.filter((queue) => !this.registry.queues().includes(queue));
      if (idle.length > 0) {
        this.log.warn(`Workers of '${name}' leave ${idle.join(', ')} alone: no handler in this process has that queue`);
      }
    }
  }
}

function entryOf({ type, queue, priority, retry, maxCrashes, retain, expiresIn }: HandlerDefinition): JobTypeEntry {
  return {
    type,
    queue,
    priority,
    maxAttempts: retry.attempts,
    maxCrashes,
    ...(retain === undefined ? {} : { retain }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
  };
}
