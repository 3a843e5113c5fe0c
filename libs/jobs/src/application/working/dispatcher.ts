import { Inject, Injectable } from '@nestjs/common';
import { AttemptRunner } from '../attempts/attempt-runner.js';
import { HandlerRegistry } from '../handlers/handler-registry.js';
import { ClaimPlan } from './claim-plan.js';
import { IdleSleep } from './idle-sleep.js';
import { Intake } from './intake.js';
import { Lanes } from './lanes.js';
import { Clock } from '../ports/clock.js';
import { JobStore } from '../ports/job-store.js';
import { Log } from '../ports/log.js';
import { type HandedOver, Notifier } from '../ports/notifier.js';
import { MAX_CLAIM } from './prefetch.js';
import type { Held, QueueLane } from './queue-lane.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import type { Worker } from './worker.js';
import { WorkerPool } from './worker-pool.js';
import type { WorkerTeam } from './worker-team.js';

/** The longest sleep, in milliseconds: what a lost wake-up costs at most. */
export const MAX_SLEEP = 5_000;

/** Waits between claims while the store is away: at most a second, so that work resumes soon after its return. */
const FIRST_BACKOFF = 50;
const MAX_BACKOFF = 1_000;

/**
 * Brings jobs to free slots: one a process. It claims for all free slots at once, and ahead of them as far as
 * {@link Prefetch} says; begins what was claimed in the order of each team; and sleeps when there is nothing.
 */
@Injectable()
export class Dispatcher {
  private open = false;
  private pumping = false;
  private again = false;
  private readonly idleSleep: IdleSleep;
  private readonly intake: Intake;
  private readonly plan: ClaimPlan;
  private readonly mayBegin = (held: Held): boolean => this.runner.mayBegin(held);
  private readonly hasReady = (queue: string): boolean => this.lanes.lane(queue).buffered.some(this.mayBegin);
  private storeAway = false;
  private backoff = FIRST_BACKOFF;
  private recheck: { readonly at: number; readonly callOff: () => void } | undefined;

  constructor(
    private readonly store: JobStore,
    notifier: Notifier,
    private readonly pool: WorkerPool,
    private readonly lanes: Lanes,
    private readonly runner: AttemptRunner,
    private readonly registry: HandlerRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {
    this.idleSleep = new IdleSleep(notifier, clock, log);
    this.intake = new Intake(registry, lanes, runner, clock);
    this.plan = new ClaimPlan(lanes, this.intake, clock, (queue) => this.idleSleep.hears(queue));
  }

  start(): void {
    this.open = true;
    this.runner.connect(
      (worker) => this.refill(worker),
      (lane) => {
        lane.wake();
        this.pump();
      },
    );
    this.lanes.onSuspectGone(() => this.pump());
    this.pool.onChanged(() => this.pump());
    this.registry.onAdded(() => this.pump());
    this.pump();
  }

  /** No claim begins from now on, and what was not begun goes back. */
  stop(): void {
    this.open = false;
    this.idleSleep.stop();
    this.recheck?.callOff();
    this.recheck = undefined;
    this.lanes.all().forEach((lane) => this.intake.putBackAll(lane));
  }

  /** Resolves once the claim of the queue that was under way at {@link stop} has ended, and what it brought goes back. */
  async ended(lane: QueueLane): Promise<void> {
    await lane.exclusive(() => Promise.resolve());
    this.intake.putBackAll(lane);
  }

  /** A queue may have work. */
  wake(lane: QueueLane): void {
    lane.wake();
    this.pump();
  }

  /** The store has handed jobs over, unasked: they begin at once, or go back. */
  handed(queue: string, handed: HandedOver): void {
    const lane = this.lanes.lane(queue);
    if (!this.intake.receiveHanded(lane, handed)) {
      return;
    }
    if (!this.open) {
      this.intake.putBackAll(lane);
      return;
    }
    this.pump();
    this.intake.putBackHanded(lane, handed, this.pool.slotsFor(queue));
  }

  /** Begins, claims, sleeps: whatever is to be done now. Called whenever something has changed. */
  pump(): void {
    if (!this.open) {
      return;
    }
    this.again = true;
    if (this.pumping) {
      return;
    }
    this.pumping = true;
    while (this.again) {
      this.again = false;
      for (const team of this.pool.teams) {
        this.beginClaimed(team);
      }
      const waits = this.intake.putBackUnbegun();
      if (waits !== undefined) {
        this.lookAgainIn(waits);
      }
      this.claimMore();
    }
    this.pumping = false;
    this.sleep();
  }

  /**
   * A slot has become free. Mostly a job waits here for it, and enough are left: whatever else there is to look after
   * is looked after when they are fewer, or when something happens.
   */
  private refill(worker: Worker | undefined): void {
    const team = worker === undefined || worker.free === 0 ? undefined : this.pool.teamOf(worker);
    if (!this.open || this.pumping || worker === undefined || team === undefined) {
      this.pump();
      return;
    }
    const lane = this.beginNext(team, worker);
    if (lane === undefined ? !this.allClaiming(team) : lane.claiming === 0 && lane.buffered.length <= lane.refillAt) {
      this.pump();
    }
  }

  /** All that the team could ask for has been asked for, and the answers see to its free slots. */
  private allClaiming(team: WorkerTeam): boolean {
    const queues = team.order.queues();
    return queues.length > 0 && queues.every((queue) => this.lanes.lane(queue).claiming > 0);
  }

  private beginClaimed(team: WorkerTeam): void {
    for (let worker = team.nextFree(); worker !== undefined; worker = team.nextFree()) {
      if (this.beginNext(team, worker) === undefined) {
        return;
      }
    }
  }

  /** Begins the next of the jobs that wait here, if there is one that may begin; answers whose it was. */
  private beginNext(team: WorkerTeam, worker: Worker): QueueLane | undefined {
    const queue = team.order.next(this.hasReady);
    const lane = queue === undefined ? undefined : this.lanes.lane(queue);
    const held = lane?.take(this.mayBegin);
    if (lane === undefined || held === undefined) {
      return undefined;
    }
    this.runner.begin(lane, held, worker);
    return lane;
  }

  private claimMore(): void {
    const { wanted, lookAgainIn } = this.plan.make(this.pool.teams);
    if (lookAgainIn !== undefined) {
      this.lookAgainIn(lookAgainIn);
    }
    for (const [lane, limit] of wanted) {
      if (lane.claiming === 0) {
        void this.claim(lane, Math.min(limit, MAX_CLAIM));
      }
    }
  }

  private async claim(lane: QueueLane, limit: number): Promise<void> {
    lane.ask(limit);
    const suspects = this.lanes.askForSuspect();
    const standBy = this.pool.roomFor(lane.queue);
    const { lease } = this.settings;
    let suspect: Held | undefined;
    let askedAt = 0;
    try {
      const claim = await lane.exclusive(() => {
        askedAt = this.clock.monotonic();
        return this.store.claim({ queue: lane.queue, holder: this.holder, limit, lease, suspects, standBy });
      });
      this.storeIsBack();
      lane.standBy(standBy - claim.jobs.length);
      lane.learn(claim, limit);
      this.pool.beat(this.clock.now());
      // An answer that is as old as a lease begins nothing: others may run these jobs by now. What they have left goes back with a tick.
      suspect = this.clock.monotonic() - askedAt < lease ? this.intake.receive(lane, claim) : undefined;
    } catch (error) {
      this.storeIsAway(lane, error);
    } finally {
      lane.claiming = 0;
      if (suspects) {
        this.lanes.suspectCame(suspect);
      }
    }
    this.lanes.wakeForSuspects();
    this.pump();
  }

  /** Sleeps while there are free slots and no queue is known to have jobs; otherwise sees to it that it looks again. */
  private sleep(): void {
    if (!this.open) {
      return;
    }
    const queues = new Set(
      this.pool.teams.filter(({ freeSlots }) => freeSlots > 0).flatMap(({ order }) => order.queues()),
    );
    const lanes = [...queues].map((queue) => this.lanes.lane(queue));
    if (lanes.length === 0) {
      // Who has no room must not catch the wake-up that is meant for one who has.
      this.idleSleep.stop();
      return;
    }
    if (lanes.some(({ claiming }) => claiming > 0)) {
      return;
    }
    const now = this.clock.monotonic();
    const heldOff = Math.min(...lanes.map(({ notBefore }) => (notBefore > now ? notBefore - now : Infinity)));
    if (heldOff < Infinity) {
      this.lookAgainIn(heldOff);
      return;
    }
    if (this.idleSleep.asleep) {
      // A sleeper that does not hear all queues is replaced by one that does.
      if ([...queues].some((queue) => !this.idleSleep.hears(queue))) {
        this.idleSleep.stop();
      }
      return;
    }
    void this.sleepOver(queues, Math.min(MAX_SLEEP, ...lanes.map(({ dueIn }) => dueIn)));
  }

  private async sleepOver(queues: ReadonlySet<string>, milliseconds: number): Promise<void> {
    if (await this.idleSleep.over(queues, milliseconds)) {
      for (const queue of queues) {
        this.lanes.lane(queue).wake();
      }
    }
    this.pump();
  }

  /** The earliest of the times asked for counts; each look asks for the next. */
  private lookAgainIn(milliseconds: number): void {
    const at = this.clock.monotonic() + Math.max(Math.ceil(milliseconds), 1);
    if (this.recheck !== undefined && this.recheck.at <= at) {
      return;
    }
    this.recheck?.callOff();
    const callOff = this.clock.after(
      at - this.clock.monotonic(),
      () => {
        this.recheck = undefined;
        this.pump();
      },
      { background: true },
    );
    this.recheck = { at, callOff };
  }

  private storeIsAway(lane: QueueLane, error: unknown): void {
    lane.notBefore = this.clock.monotonic() + this.backoff * (0.75 + Math.random() / 2);
    this.backoff = Math.min(this.backoff * 2, MAX_BACKOFF);
    if (!this.storeAway) {
      this.storeAway = true;
      this.log.error('Jobs cannot be claimed; trying until the store answers', error, { queue: lane.queue });
    }
  }

  private storeIsBack(): void {
    this.backoff = FIRST_BACKOFF;
    if (this.storeAway) {
      this.storeAway = false;
      this.log.info('The store answers again; jobs are claimed');
    }
  }
}
