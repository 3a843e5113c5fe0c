import { Inject, Injectable } from '@nestjs/common';
import type { Json } from '../../domain/job.js';
import { decideOutcome, type Ending, type Outcome } from '../../domain/outcome.js';
import { type RetryPolicy, resolveRetry } from '../../domain/retry-policy.js';
import { Attempt, type AttemptEnvironment, type AttemptListener } from './attempt.js';
import { AttemptTally } from './attempt-tally.js';
import { AttemptDeadlines } from './attempt-deadlines.js';
import { JobEvents } from '../job-events.js';
import { Lanes } from '../working/lanes.js';
import { LoopWatch } from '../working/loop-watch.js';
import { attemptEvent, eventKindOf } from './attempt-event.js';
import { Clock } from '../ports/clock.js';
import type { SettleReceipt } from '../ports/job-store.js';
import { Log } from '../ports/log.js';
import type { Held, QueueLane } from '../working/queue-lane.js';
import { ReportBuffer } from './report-buffer.js';
import type { EngineSettings } from '../settings.js';
import { Settler } from './settler.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { TypeLimits } from '../working/type-limits.js';
import type { Worker } from '../working/worker.js';

/** Milliseconds that an aborted handler gets to end by itself. */
const ABORT_GRACE = 1_000;

/** Runs claimed jobs on workers, decides their outcomes and takes them to the store. */
@Injectable()
export class AttemptRunner implements AttemptListener {
  private readonly environment: AttemptEnvironment & { readonly deadlines: AttemptDeadlines };
  private readonly workers = new Map<Attempt, Worker>();
  private readonly limits: TypeLimits;
  /** Decided, and not given to the settler yet: their last reports travel first. */
  private reporting = 0;
  private readonly idleWaiters: (() => void)[] = [];
  private slotFreed: (worker: Worker | undefined) => void = () => undefined;
  private laneStirred: (lane: QueueLane) => void = () => undefined;

  constructor(
    private readonly lanes: Lanes,
    private readonly settler: Settler,
    private readonly reports: ReportBuffer,
    private readonly events: JobEvents,
    private readonly tally: AttemptTally,
    private readonly watch: LoopWatch,
    private readonly clock: Clock,
    private readonly log_: Log,
    @Inject(ENGINE_SETTINGS) settings: EngineSettings,
  ) {
    this.limits = new TypeLimits(clock);
    this.environment = {
      clock,
      deadlines: new AttemptDeadlines(clock),
      maxResultSize: settings.maxPayloadSize,
      grace: Math.min(ABORT_GRACE, Math.round(settings.shutdownDeadline / 5)),
    };
  }

  /** Milliseconds between the abort of a handler's signal and the decision without it. */
  get grace(): number {
    return this.environment.grace;
  }

  /** Who is told that a slot has become free, and that a queue at its limit may have room again. */
  connect(slotFreed: (worker: Worker | undefined) => void, laneStirred: (lane: QueueLane) => void): void {
    this.slotFreed = slotFreed;
    this.laneStirred = laneStirred;
  }

  /** Handlers that have not returned. */
  get running(): readonly Attempt[] {
    return [...this.workers.keys()];
  }

  /** True while the type has not reached its own limit in this process. */
  mayBegin({ handler }: Held): boolean {
    return this.limits.mayBegin(handler);
  }

  /** False where those that wait for a place of the type have to wait long. */
  moves({ handler }: Held): boolean {
    return this.limits.moves(handler);
  }

  /** How many claimed jobs of a type at its own limit may wait here to begin. */
  mayWait({ handler }: Held): number {
    return this.limits.mayWait(handler);
  }

  begin(lane: QueueLane, held: Held, worker: Worker): void {
    const { job, token, handler } = held;
    const attempt = new Attempt({ queue: lane.queue, job, token, worker: worker.id, handler }, this.environment, this);
    this.watch.began(attempt.begunAt);
    held.attempt = attempt;
    worker.occupy(attempt);
    this.workers.set(attempt, worker);
    this.limits.begun(handler);
    if (this.events.wanted('started', lane.queue)) {
      this.events.observe(attemptEvent('started', lane.queue, job, worker.id, {}));
    }
    attempt.run();
  }

  /** Settles a job that was claimed and is not to begin here. */
  settleUnbegun(lane: QueueLane, held: Held, outcome: Outcome): void {
    this.settle(lane, held, outcome);
  }

  /** Gives a job back that was claimed and cannot begin soon: at once, or after a while where its type is crowded. */
  putBack(lane: QueueLane, held: Held): void {
    this.settleUnbegun(
      lane,
      held,
      this.mayBegin(held)
        ? { kind: 'released', reason: 'not-started' }
        : { kind: 'released', reason: 'deferred', delay: this.limits.deferral(held.handler) },
    );
  }

  yielded(attempt: Attempt): void {
    this.watch.yielded(this.clock.monotonic(), attempt);
  }

  concluded(attempt: Attempt, ending: Ending, at: number): void {
    const lane = this.lanes.lane(attempt.queue);
    const held = this.lanes.heldBy(attempt);
    if (held !== undefined) {
      const duration = at - attempt.begunAt;
      lane.prefetch.record(duration);
      const outcome = decideOutcome(attempt.job, ending, this.policyOf(attempt), Math.random());
      this.workers.get(attempt)?.count(outcome.kind);
      this.tally.count(outcome.kind, duration);
      const ended = { attempt, ending, duration };
      if (this.reports.has(attempt)) {
        // Progress and log lines are fenced by the lease that the outcome ends.
        held.settling = true;
        this.reporting++;
        void this.reports.flush(attempt.queue).then(() => {
          this.reporting--;
          this.settle(lane, held, outcome, ended);
          this.decided();
        });
      } else {
        this.settle(lane, held, outcome, ended);
      }
    }
    this.decided();
  }

  returned(attempt: Attempt, at: number): void {
    this.watch.returned(at, attempt);
    this.limits.ended(attempt.handler, at - attempt.begunAt);
    const worker = this.workers.get(attempt);
    worker?.release(attempt);
    this.workers.delete(attempt);
    this.decided();
    this.slotFreed(worker);
  }

  progress(attempt: Attempt, progress: Json): void {
    this.reports.progress(attempt, progress);
    if (this.events.wanted('progress', attempt.queue)) {
      this.events.observe(attemptEvent('progress', attempt.queue, attempt.job, attempt.worker, { progress }));
    }
  }

  log(attempt: Attempt, message: string): void {
    this.reports.log(attempt, message);
  }

  /** The lease is gone: the attempt is told to stop, and what it comes to counts for nothing. */
  lose(lane: QueueLane, held: Held): void {
    lane.drop(held);
    lane.withdraw((each) => each === held);
    this.lanes.clearSuspect(held);
    if (held.attempt !== undefined && this.events.wanted('lost-lease', lane.queue)) {
      this.events.observe(attemptEvent('lost-lease', lane.queue, held.job, held.attempt.worker, {}));
    }
    held.attempt?.abort('lost-lease');
    this.decided();
  }

  /**
   * Resolves once the end of every attempt is decided and on its way to the store; a handler that ignores its signal is
   * not waited for.
   */
  idle(): Promise<void> {
    return this.undecided ? new Promise((resolve) => this.idleWaiters.push(resolve)) : Promise.resolve();
  }

  abortAll(): void {
    for (const attempt of this.running) {
      attempt.abort('shutdown');
    }
  }

  close(): void {
    this.environment.deadlines.close();
  }

  private get undecided(): boolean {
    return this.reporting > 0 || this.running.some(({ concluded }) => !concluded);
  }

  private decided(): void {
    if (this.idleWaiters.length > 0 && !this.undecided) {
      for (const waiter of this.idleWaiters.splice(0)) {
        waiter();
      }
    }
  }

  /** A policy that travelled with the job and cannot be read here must not keep the attempt from ending. */
  private policyOf({ job, handler, queue }: Attempt): RetryPolicy {
    const stored = job.settings.retry;
    try {
      return stored === undefined ? handler.retry : resolveRetry(stored, handler.retry);
    } catch (thrown) {
      this.log_.warn(`The retry options of a job cannot be read, its handler's count: ${String(thrown)}`, {
        queue,
        job: job.id,
        type: job.type,
      });
      return handler.retry;
    }
  }

  private settle(lane: QueueLane, held: Held, outcome: Outcome, ended?: Ended): void {
    held.settling = true;
    const attempt = ended?.attempt;
    const settled = (receipt: SettleReceipt): void => {
      lane.drop(held);
      this.lanes.clearSuspect(held);
      const kind = receipt === 'ok' ? eventKindOf(outcome) : receipt;
      if (this.events.wanted(kind, lane.queue)) {
        this.events.observe(attemptEvent(kind, lane.queue, held.job, attempt?.worker, { outcome, ...ended }));
      }
      if (lane.cutShort) {
        this.laneStirred(lane);
      }
    };
    const { job, token } = held;
    this.settler.settle(
      lane.queue,
      attempt === undefined
        ? { id: job.id, token, outcome, settled }
        : {
            id: job.id,
            token,
            outcome,
            settled,
            worker: attempt.worker,
            startedAt: lane.storeTimeAt(attempt.begunAt),
          },
    );
  }
}

/** How an attempt ended. */
interface Ended {
  readonly attempt: Attempt;
  readonly ending: Ending;
  /** Milliseconds. */
  readonly duration: number;
}
