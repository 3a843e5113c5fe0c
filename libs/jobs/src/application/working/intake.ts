import { decideStray } from '../../domain/outcome.js';
import type { AttemptRunner } from '../attempts/attempt-runner.js';
import { unknownHandler } from '../handlers/handler-definition.js';
import type { HandlerRegistry } from '../handlers/handler-registry.js';
import type { Lanes } from './lanes.js';
import type { Clock } from '../ports/clock.js';
import type { Claim } from '../ports/job-store.js';
import type { HandedOver } from '../ports/notifier.js';
import type { Held, QueueLane } from './queue-lane.js';

/**
 * Milliseconds that a claimed job waits here to begin, at most: some of what was claimed ahead turned out to be slow, or
 * the workers were paused. It goes back, for any process that has room, and stands last in its priority then.
 */
export const MAX_UNBEGUN = 1_000;

/** Milliseconds after which a notice of handed jobs is too old: the store takes back what no tick has named after five times as long. */
export const HANDED_AGE = 1_000;

/** Takes in what claims bring, and gives back what cannot begin here. */
export class Intake {
  constructor(
    private readonly registry: HandlerRegistry,
    private readonly lanes: Lanes,
    private readonly runner: AttemptRunner,
    private readonly clock: Clock,
  ) {}

  /** Takes claimed jobs into the lane's buffer; answers the suspect among them. */
  receive(lane: QueueLane, claim: Pick<Claim, 'token' | 'jobs'>): Held | undefined {
    const claimedAt = this.clock.monotonic();
    let suspect: Held | undefined;
    for (const job of claim.jobs) {
      const handler = this.registry.get(job.type);
      const held: Held = {
        job,
        token: claim.token,
        handler: handler ?? unknownHandler(job.type, lane.queue),
        claimedAt,
        attempt: undefined,
        settling: false,
        cleared: false,
      };
      const before = lane.hold(held);
      if (before !== undefined && before.settling !== true) {
        this.runner.lose(lane, before);
      }
      if (handler === undefined) {
        lane.withdraw((each) => each === held);
        this.runner.settleUnbegun(lane, held, decideStray(job));
      } else if (job.suspect) {
        suspect = held;
      }
    }
    this.putBackCrowded(lane);
    return suspect;
  }

  /**
   * Takes in jobs that the store has handed over unasked, unless it has taken them back meanwhile: it waits for
   * {@link HANDED_AGE} and more for a tick to name them.
   *
   * @returns whether they are this process's
   */
  receiveHanded(lane: QueueLane, handed: HandedOver): boolean {
    const age = lane.storeTimeAt(this.clock.monotonic()) - handed.now;
    if (age > HANDED_AGE) {
      return false;
    }
    this.receive(lane, handed);
    lane.handed(handed);
    return true;
  }

  /** Gives back those of a hand-over that found no free slot and would not have one soon. */
  putBackHanded(lane: QueueLane, { token }: HandedOver, slots: number): void {
    if (lane.prefetch.ahead(slots) === 0) {
      for (const held of lane.withdraw((each) => each.token === token)) {
        this.runner.putBack(lane, held);
      }
    }
  }

  /** How many wait here beside free slots and will soon begin, by the first of them. */
  crowd(lane: QueueLane): number {
    const first = lane.buffered[0];
    return first !== undefined && this.runner.moves(first) ? lane.buffered.length : 0;
  }

  /** Gives back all that has not begun. */
  putBackAll(lane: QueueLane): void {
    for (const held of lane.withdraw(() => true)) {
      this.runner.settleUnbegun(lane, held, { kind: 'released', reason: 'not-started' });
    }
  }

  /**
   * Gives back what has waited here for {@link MAX_UNBEGUN}.
   *
   * @returns milliseconds until there may be more of that
   */
  putBackUnbegun(): number | undefined {
    const now = this.clock.monotonic();
    let soonest: number | undefined;
    for (const lane of this.lanes.all()) {
      const oldest = lane.buffered[0];
      if (oldest === undefined) {
        continue;
      }
      const left = oldest.claimedAt + MAX_UNBEGUN - now;
      if (left > 0) {
        soonest = Math.min(left, soonest ?? left);
        continue;
      }
      lane.prefetch.forget();
      for (const held of lane.withdraw(({ claimedAt }) => claimedAt + MAX_UNBEGUN <= now)) {
        this.runner.putBack(lane, held);
      }
    }
    return soonest;
  }

  /** Of a type at its own limit, only as many jobs wait here as will soon begin: the rest go back for a while. */
  private putBackCrowded(lane: QueueLane): void {
    const waiting = new Map<string, number>();
    const crowded = lane.withdraw((held) => {
      const { type, concurrency } = held.handler;
      if (concurrency === undefined || this.runner.mayBegin(held)) {
        return false;
      }
      waiting.set(type, (waiting.get(type) ?? 0) + 1);
      return (waiting.get(type) ?? 0) > this.runner.mayWait(held);
    });
    for (const held of crowded) {
      this.runner.putBack(lane, held);
    }
  }
}
