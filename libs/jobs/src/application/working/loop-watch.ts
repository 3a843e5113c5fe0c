import { Inject, Injectable } from '@nestjs/common';
import type { Attempt } from '../attempts/attempt.js';
import { Clock } from '../ports/clock.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';

/** How often the watch looks, and from when on it tells of a blocked loop: shares of the lease. */
const LOOKS = 1 / 10;
const TOLD = 1 / 3;

/** From when on a stretch is noted, as a share of what is told of. */
const NOTED = 1 / 10;

/** A time in which nothing else happened in this process, and the attempt whose code ended it. */
export interface Stretch {
  readonly attempt: Attempt;
  /** Milliseconds, at most. */
  readonly duration: number;
}

/** What was seen of a time in which the event loop did not turn. */
export interface LoopBlock {
  /** Milliseconds, at least. */
  readonly duration: number;
  /** For most of it the process had nothing to do, and was not let do it: it was stopped, or its machine was. */
  readonly idle: boolean;
  /** The longest first. */
  readonly stretches: readonly Stretch[];
  /** When the longest time without a sign of any attempt ended: what began later did not cause it. Monotonic milliseconds. */
  readonly until: number;
}

/**
 * Notices that the event loop stood still, by how late its own timer is, and which attempt's code ran meanwhile, by which
 * is heard of first afterwards. Attempts tell it the times that they have read anyway, so that a job pays for a comparison;
 * while none runs it sets no timer, and there is nothing that a block could cost.
 *
 * A block that could cost a lease is told of for certain: a lease lasts while a heartbeat comes in time, and heartbeats are
 * at most half of it apart. Shorter ones than a third of the lease are not told of.
 */
@Injectable()
export class LoopWatch {
  private readonly interval: number;
  private readonly told: number;
  private readonly noted: number;
  private blocked: ((block: LoopBlock) => void) | undefined;
  private callOff: (() => void) | undefined;
  private running = 0;
  private dueAt = 0;
  private idleBefore = 0;
  private seenAt = 0;
  private longest = 0;
  private until = 0;
  private stretches: Stretch[] = [];

  constructor(
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) { lease }: EngineSettings,
  ) {
    this.interval = Math.round(lease * LOOKS);
    this.told = lease * TOLD;
    this.noted = this.told * NOTED;
  }

  /** @param blocked is told once the loop turns again */
  start(blocked: (block: LoopBlock) => void): void {
    this.blocked = blocked;
    if (this.running > 0) {
      this.begin();
    }
  }

  stop(): void {
    this.blocked = undefined;
    this.callOff?.();
    this.callOff = undefined;
  }

  /** An attempt begins. @param now monotonic milliseconds */
  began(now: number): void {
    this.running++;
    if (this.callOff === undefined) {
      this.begin(now);
    } else {
      this.seen(now);
    }
  }

  /** An attempt has let go of the event loop for the first time. @param now monotonic milliseconds */
  yielded(now: number, attempt: Attempt): void {
    this.seen(now, attempt);
  }

  /** An attempt's handler has returned. @param now monotonic milliseconds */
  returned(now: number, attempt: Attempt): void {
    this.running--;
    this.seen(now, attempt);
  }

  /** Something happens in this process. @param attempt whose code has just run */
  private seen(now: number, attempt?: Attempt): void {
    const duration = now - this.seenAt;
    this.seenAt = now;
    if (duration > this.noted && this.callOff !== undefined) {
      this.note(now, duration, attempt);
    }
  }

  private note(now: number, duration: number, attempt: Attempt | undefined): void {
    if (attempt !== undefined) {
      this.stretches.push({ attempt, duration });
    }
    if (duration > this.longest) {
      this.longest = duration;
      this.until = now;
    }
  }

  private begin(now = this.clock.monotonic()): void {
    if (this.blocked === undefined) {
      return;
    }
    this.dueAt = now + this.interval;
    this.idleBefore = this.clock.idle();
    this.seenAt = now;
    this.longest = 0;
    this.until = now;
    this.stretches = [];
    this.callOff = this.clock.after(this.interval, () => this.look(), { background: true });
  }

  private look(): void {
    const now = this.clock.monotonic();
    const late = now - this.dueAt;
    this.seen(now);
    const { stretches, until } = this;
    const waited = this.clock.idle() - this.idleBefore;
    this.callOff = undefined;
    if (this.running > 0) {
      this.begin(now);
    }
    if (late > this.told) {
      stretches.sort((one, other) => other.duration - one.duration);
      this.blocked?.({ duration: late, idle: waited > late / 2, stretches, until });
    }
  }
}
