import { Injectable } from '@nestjs/common';
import type { Attempt } from '../attempts/attempt.js';
import { Clock } from '../ports/clock.js';
import { type Held, QueueLane } from './queue-lane.js';

/** The queues that this process works, what it holds of each, and the one young suspect it may hold in all. */
@Injectable()
export class Lanes {
  private readonly lanes = new Map<string, QueueLane>();
  /** The one asked for last: it is asked for several times a job. */
  private last: QueueLane | undefined;
  private suspect: Held | 'asked' | undefined;
  private suspectGone: () => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  lane(queue: string): QueueLane {
    if (this.last?.queue === queue) {
      return this.last;
    }
    let lane = this.lanes.get(queue);
    if (lane === undefined) {
      lane = new QueueLane(queue, this.clock);
      this.lanes.set(queue, lane);
    }
    this.last = lane;
    return lane;
  }

  all(): readonly QueueLane[] {
    return [...this.lanes.values()];
  }

  /** The lease that an attempt runs on, unless it was lost. */
  heldBy(attempt: Attempt): Held | undefined {
    const held = this.lane(attempt.queue).held.get(attempt.job.id);
    return held?.attempt === attempt ? held : undefined;
  }

  /** Whether a claim may bring a suspect; if so, no other claim may until {@link suspectCame} says what came of it. */
  askForSuspect(): boolean {
    if (this.suspect !== undefined) {
      return false;
    }
    this.suspect = 'asked';
    return true;
  }

  /** The claim that was allowed a suspect brought this one, or none. */
  suspectCame(held: Held | undefined): void {
    this.suspect = held;
  }

  /** While none is here, whoever was told of more is to ask for one: the claim that might have brought it was of another queue. */
  wakeForSuspects(): void {
    if (this.suspect !== undefined) {
      return;
    }
    for (const lane of this.lanes.values()) {
      if (lane.leftSuspects) {
        lane.wake();
      }
    }
  }

  /** The job has ended, or outlived a heartbeat: if it was the young suspect, it is that no more. */
  clearSuspect(held: Held): void {
    if (this.suspect === held) {
      this.suspect = undefined;
      this.wakeForSuspects();
      this.suspectGone();
    }
  }

  /** Calls back when the next suspect may be claimed. */
  onSuspectGone(listener: () => void): void {
    this.suspectGone = listener;
  }
}
