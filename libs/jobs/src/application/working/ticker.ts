import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { AttemptRunner } from '../attempts/attempt-runner.js';
import { Lanes } from './lanes.js';
import { Clock } from '../ports/clock.js';
import { JobStore, type TickReply } from '../ports/job-store.js';
import { Log } from '../ports/log.js';
import type { QueueLane } from './queue-lane.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import { WorkerPool } from './worker-pool.js';

/** Beats are spread by this share, so that processes started together do not tick together. */
const JITTER = 0.1;

/** Milliseconds until the next tick when the store says that there is upkeep left. */
const SOON = 100;

/** One heartbeat a queue: tells the store what this process holds, and acts on what the store says. */
@Injectable()
export class Ticker {
  private readonly timers = new Map<QueueLane, () => void>();
  /** When each queue's part of the store was last reached, by the store's clock. */
  private readonly reachedAt = new Map<QueueLane, number>();
  /** Until when, by this process's clock, nobody is held for dead. */
  private readonly sparing = new Map<QueueLane, number>();
  private readonly certainty: number;
  private ready: (lane: QueueLane) => void = () => undefined;
  private open = false;

  constructor(
    private readonly store: JobStore,
    private readonly lanes: Lanes,
    private readonly runner: AttemptRunner,
    private readonly pool: WorkerPool,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {
    const { lease, heartbeat } = settings;
    // By then a process that beat just before the store was last seen here has not lost its lease yet; a tick comes sooner.
    this.certainty = Math.max(lease - heartbeat * (1 + 2 * JITTER), heartbeat * 1.5);
  }

  /** @param ready is told of queues in which jobs are ready */
  start(ready: (lane: QueueLane) => void): void {
    this.open = true;
    this.ready = ready;
    for (const queue of this.pool.queues()) {
      this.watch(queue);
    }
  }

  /** Ticks a queue from now on. */
  watch(queue: string): void {
    const lane = this.lanes.lane(queue);
    if (this.open && !this.timers.has(lane)) {
      this.schedule(lane, Math.random() * SOON);
    }
  }

  stop(): void {
    this.open = false;
    for (const callOff of this.timers.values()) {
      callOff();
    }
    this.timers.clear();
  }

  /** A running job is to be cancelled: what a notice says at once, and the next tick would say later. */
  cancel(queue: string, id: string): void {
    const lane = this.lanes.lane(queue);
    const held = lane.held.get(id);
    if (held === undefined || held.settling === true) {
      return;
    }
    if (held.attempt !== undefined) {
      held.attempt.abort('cancelled');
    } else {
      lane.withdraw((each) => each === held);
      this.runner.settleUnbegun(lane, held, { kind: 'cancelled' });
    }
  }

  private schedule(lane: QueueLane, milliseconds: number): void {
    const callOff = this.clock.after(Math.round(milliseconds), () => void this.beat(lane));
    this.timers.set(lane, callOff);
  }

  private async beat(lane: QueueLane): Promise<void> {
    let next = Infinity;
    let sentAt = this.clock.monotonic();
    try {
      next = await this.tick(lane, () => {
        sentAt = this.clock.monotonic();
      });
    } catch (error) {
      this.log.warn(`A heartbeat did not reach the store: ${toError(error).message}`, { queue: lane.queue });
    }
    if (this.open) {
      const { heartbeat } = this.settings;
      // Since this one was sent: a lease does not wait for the reply, which may be looked at late.
      const due = sentAt + heartbeat * (1 + JITTER * (2 * Math.random() - 1)) - this.clock.monotonic();
      this.schedule(lane, Math.min(next, Math.max(due, Math.min(SOON, heartbeat))));
    }
  }

  /** Answers in how many milliseconds there is something to do for the next, if that is before its time. */
  private async tick(lane: QueueLane, sent: () => void): Promise<number> {
    const reply = await lane.exclusive(() => {
      sent();
      const now = this.clock.monotonic();
      for (const held of lane.held.values()) {
        // Whatever is this old did not kill its process.
        if (held.job.suspect && held.attempt !== undefined && now - held.attempt.begunAt >= this.settings.heartbeat) {
          held.cleared = true;
        }
      }
      return this.store.tick({
        queue: lane.queue,
        holder: this.holder,
        lease: this.settings.lease,
        held: lane.leases(),
        ...this.reclaiming(lane),
      });
    });
    this.reached(lane, reply.now);
    lane.sync(reply.now);
    lane.setDue(reply.dueIn);
    this.pool.beat(this.clock.now());
    this.obey(lane, reply);
    if (reply.ready) {
      this.ready(lane);
    }
    // Whoever has died is found at the moment at which it counts as dead, and not a heartbeat later.
    return reply.more ? SOON : reply.lapsesIn + Math.random() * SOON;
  }

  /**
   * After a time without the store nobody counts as dead until everybody has had the time to find it again and to say that
   * they live: whoever comes back first would take the jobs of all who come back after.
   */
  private reclaiming(lane: QueueLane): { readonly reclaimsUntil?: number } {
    const reachedAt = this.reachedAt.get(lane);
    if (this.clock.monotonic() < (this.sparing.get(lane) ?? 0)) {
      return { reclaimsUntil: 0 };
    }
    return reachedAt === undefined ? {} : { reclaimsUntil: reachedAt + this.certainty };
  }

  private reached(lane: QueueLane, now: number): void {
    if (now > (this.reachedAt.get(lane) ?? now) + this.certainty) {
      this.sparing.set(lane, this.clock.monotonic() + 2 * this.settings.heartbeat);
    }
    this.reachedAt.set(lane, now);
  }

  private obey(lane: QueueLane, reply: TickReply): void {
    for (const { id, token } of reply.lost) {
      const held = lane.held.get(id);
      if (held !== undefined && held.token === token && held.settling !== true) {
        this.log.warn('A lease was lost; the attempt is told to stop', { queue: lane.queue, job: id });
        this.runner.lose(lane, held);
      }
    }
    for (const id of reply.cancelled) {
      this.cancel(lane.queue, id);
    }
    for (const held of lane.held.values()) {
      if (held.cleared === true) {
        this.lanes.clearSuspect(held);
      }
    }
  }
}
