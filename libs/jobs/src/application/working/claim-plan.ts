import type { Clock } from '../ports/clock.js';
import type { Intake } from './intake.js';
import type { Lanes } from './lanes.js';
import type { QueueLane } from './queue-lane.js';
import { CROWD_HORIZON } from './type-limits.js';
import type { WorkerTeam } from './worker-team.js';

/** What to claim now. */
export interface PlannedClaims {
  readonly wanted: ReadonlyMap<QueueLane, number>;
  /** Milliseconds after which there may be more to claim, though nothing has happened. */
  readonly lookAgainIn?: number;
}

/** Says how many jobs to claim of each queue: for the slots that are free, and ahead of them as far as prefetch says. */
export class ClaimPlan {
  constructor(
    private readonly lanes: Lanes,
    private readonly intake: Intake,
    private readonly clock: Clock,
    /** True while a wake-up for the queue would be heard. */
    private readonly hears: (queue: string) => boolean,
  ) {}

  make(teams: readonly WorkerTeam[]): PlannedClaims {
    const now = this.clock.monotonic();
    const wanted = new Map<QueueLane, number>();
    // A queue with a claim under way may fill the slots that are free: nothing below or beside it is asked for them.
    const may = (queue: string): boolean => {
      const lane = this.lanes.lane(queue);
      return lane.notBefore <= now && (lane.claiming > 0 || !lane.idle(this.hears(queue)));
    };
    let crowded = false;
    for (const team of teams) {
      crowded = this.fillSlots(team, may, wanted) || crowded;
      this.fillAhead(team, may, wanted);
    }
    return crowded ? { wanted, lookAgainIn: CROWD_HORIZON } : { wanted };
  }

  /** Answers whether a queue is left out because what waits here of it will soon begin. */
  private fillSlots(team: WorkerTeam, may: (queue: string) => boolean, wanted: Map<QueueLane, number>): boolean {
    let crowded = false;
    for (const [queue, count] of team.order.plan(team.freeSlots, may)) {
      const lane = this.lanes.lane(queue);
      // What waits here beside free slots waits for its type's own limit; more is claimed when half of it has begun.
      const crowd = this.intake.crowd(lane);
      if (crowd * 2 <= count) {
        wanted.set(lane, (wanted.get(lane) ?? 0) + count - crowd);
      } else {
        crowded = true;
      }
    }
    return crowded;
  }

  private fillAhead(team: WorkerTeam, may: (queue: string) => boolean, wanted: Map<QueueLane, number>): void {
    const { slots } = team;
    const turns = team.order.turns();
    const behind = team.freeSlots === 0 && turns.some(([queue]) => this.lanes.lane(queue).buffered.length > 0);
    for (const [queue, turn] of turns) {
      const lane = this.lanes.lane(queue);
      const empty = lane.buffered.length === 0;
      // While one queue's jobs wait here for slots, every other has its next turn here too, or it would never have one.
      const target = Math.max(lane.prefetch.ahead(slots), behind && empty ? Math.min(turn, 2 * slots) : 0);
      const missing = target - lane.buffered.length;
      // Refilled when half of it is gone, so that a claim brings many.
      lane.refillAt = Math.floor(target / 2);
      if (missing > 0 && lane.buffered.length <= lane.refillAt && may(queue)) {
        wanted.set(lane, (wanted.get(lane) ?? 0) + missing);
      }
      if (team.order.strict && (!empty || may(queue))) {
        break;
      }
    }
  }
}
