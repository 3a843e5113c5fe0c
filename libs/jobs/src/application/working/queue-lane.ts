import type { ClaimedJob } from '../../domain/job.js';
import type { Attempt } from '../attempts/attempt.js';
import type { HandlerDefinition } from '../handlers/handler-registry.js';
import type { Clock } from '../ports/clock.js';
import type { Claim, HeldJob } from '../ports/job-store.js';
import { Prefetch } from './prefetch.js';

/** A job this process holds a lease on: claimed, and begun or not. */
export interface Held {
  readonly job: ClaimedJob;
  readonly token: number;
  readonly handler: HandlerDefinition;
  /** Monotonic milliseconds. */
  readonly claimedAt: number;
  /** Set when it begins. */
  attempt?: Attempt | undefined;
  /** Its outcome is on its way to the store: what a tick says of it does not matter any more. */
  settling?: boolean;
  /** It was a suspect and has outlived a heartbeat. */
  cleared?: boolean;
}

/** How long what was learnt by an empty claim is believed while nobody listens for wake-ups, in milliseconds. */
export const IDLE_RECHECK = 50;

/**
 * One queue as this process works it: what it holds of it, what it knows of it, and the rule that a claim and a tick
 * never overlap.
 */
export class QueueLane {
  readonly prefetch = new Prefetch();
  readonly held = new Map<string, Held>();
  /** Slots and prefetch asked for by the claim under way; 0 when there is none. */
  claiming = 0;
  /** With no more than this waiting here it is time to claim ahead again. */
  refillAt = 0;
  /** Not claimed from before this monotonic time: the store was away. */
  notBefore = 0;
  /** The last claim left ready jobs behind for a reason other than its limit (a concurrency limit, a pause). */
  cutShort = false;
  /** The last claim has left suspects behind that it was not allowed, or no more than one of. */
  leftSuspects = false;
  /** For how many jobs this process stood by after the last claim, and for how many it still does. */
  private standing = { asked: 0, left: 0 };
  private waiting: Held[] = [];
  private wokenSinceAsked = false;
  private idleSince: number | undefined;
  private dueAt = Infinity;
  private storeTime = { now: 0, at: 0 };
  private exclusive_: Promise<unknown> = Promise.resolve();

  constructor(
    readonly queue: string,
    private readonly clock: Clock,
  ) {}

  /** Claimed and not begun, in order. */
  get buffered(): readonly Held[] {
    return this.waiting;
  }

  /** Runs claims and ticks of this queue one after another. */
  exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = this.exclusive_.then(run);
    this.exclusive_ = result.catch(() => undefined);
    return result;
  }

  /** A claim begins: what wakes the lane from now on may be news that the claim does not bring. */
  ask(limit: number): void {
    this.claiming = limit;
    this.wokenSinceAsked = false;
  }

  /** The store may hand over so many jobs unasked from now on. */
  standBy(room: number): void {
    this.standing = { asked: room, left: room };
  }

  /** Jobs were handed over; when half of the room that the store knows of is used up, a claim is to tell it anew. */
  handed({ jobs }: { readonly jobs: readonly unknown[] }): void {
    this.standing.left -= jobs.length;
    if (this.standing.left * 2 <= this.standing.asked) {
      this.wake();
    }
  }

  /** Takes over what a claim brought, and learns from what it did not bring. */
  learn(claim: Claim, asked: number): void {
    this.sync(claim.now);
    const empty = claim.jobs.length === 0;
    const nothingMore = empty || (claim.jobs.length < asked && !claim.more);
    this.idleSince = nothingMore && !this.wokenSinceAsked ? this.clock.monotonic() : undefined;
    this.cutShort = claim.more && claim.jobs.length < asked;
    this.leftSuspects = claim.moreSuspects;
    // A store that says "now" and gives nothing is not asked again at once.
    this.setDue(empty && claim.dueIn !== undefined ? Math.max(claim.dueIn, 1) : claim.dueIn);
  }

  hold(held: Held): Held | undefined {
    const before = this.held.get(held.job.id);
    this.held.set(held.job.id, held);
    this.waiting.push(held);
    return before;
  }

  /** Forgets a lease; a later one on the same job stays. */
  drop(held: Held): void {
    if (this.held.get(held.job.id) === held) {
      this.held.delete(held.job.id);
    }
  }

  /** Takes the first job that may begin out of the buffer. */
  take(mayBegin: (held: Held) => boolean): Held | undefined {
    const index = this.waiting.findIndex(mayBegin);
    return index === -1 ? undefined : index === 0 ? this.waiting.shift() : this.waiting.splice(index, 1)[0];
  }

  /** Takes out of the buffer what must not begin here. */
  withdraw(which: (held: Held) => boolean): readonly Held[] {
    const withdrawn: Held[] = [];
    // Each is asked about once: what the question counts, it counts once.
    this.waiting = this.waiting.filter((held) => !which(held) || withdrawn.push(held) === 0);
    return withdrawn;
  }

  /** What this process holds here, as a tick tells it to the store. */
  leases(): readonly HeldJob[] {
    return [...this.held.values()].map(({ job, token, cleared }) => ({
      id: job.id,
      token,
      ...(cleared ? { cleared } : {}),
    }));
  }

  /**
   * True while there is no use in claiming: the last claim found nothing more and nothing has happened since. Without
   * a sleeper that listens, that is believed for {@link IDLE_RECHECK} only.
   */
  idle(listening: boolean): boolean {
    if (this.idleSince === undefined) {
      return false;
    }
    const now = this.clock.monotonic();
    return now < this.dueAt && (listening || now - this.idleSince < IDLE_RECHECK);
  }

  /** Something may have become ready. */
  wake(): void {
    this.idleSince = undefined;
    this.wokenSinceAsked = true;
  }

  /** Milliseconds until the next job falls due. */
  get dueIn(): number {
    return Math.max(this.dueAt - this.clock.monotonic(), 0);
  }

  setDue(dueIn: number | undefined): void {
    this.dueAt = dueIn === undefined ? Infinity : this.clock.monotonic() + dueIn;
  }

  sync(now: number): void {
    this.storeTime = { now, at: this.clock.monotonic() };
  }

  /** The store's time at a monotonic time of this process, as far as it is known here. */
  storeTimeAt(monotonic: number): number {
    return Math.round(this.storeTime.now + monotonic - this.storeTime.at);
  }
}
