import { AttemptRunner } from '../application/attempts/attempt-runner.js';
import { unknownHandler } from '../application/handlers/handler-definition.js';
import { type HandlerDefinition, HandlerRegistry } from '../application/handlers/handler-registry.js';
import { JobEvents } from '../application/job-events.js';
import { Lanes } from '../application/working/lanes.js';
import type { JobEvent, JobEventKind } from '../application/ports/job-observer.js';
import { JobStore } from '../application/ports/job-store.js';
import { Notifier } from '../application/ports/notifier.js';
import type { Held, QueueLane } from '../application/working/queue-lane.js';
import { type QueueOrder, queueOrder } from '../application/working/queue-order.js';
import type { WorkerGroup } from '../application/settings.js';
import { Settler } from '../application/attempts/settler.js';
import { Ticker } from '../application/working/ticker.js';
import { Worker } from '../application/working/worker.js';
import { UsageError } from '../domain/errors/errors.js';
import type { ClaimedJob } from '../domain/job.js';
import { decideStray } from '../domain/outcome.js';
import type { DrainSummary } from './drain-summary.js';

/** Milliseconds of lease: no heartbeat comes between two calls, and no other process is there to take anything over. */
const LEASE = 15_000;

/** Attempts of one call, at most: a handler that submits itself for ever is told from a long list of jobs. */
const MAX_ATTEMPTS = 10_000;

/** The ways an attempt ends; each attempt that begins ends in exactly one of them. */
const ENDINGS = [
  'completed',
  'retrying',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'lost-lease',
] as const satisfies readonly JobEventKind[];

// Taken now, so that a test's fake timers do not hold it up.
const [setRealTimer, clearRealTimer] = [setTimeout, clearTimeout];

/** What the work is done with: the engine's own parts. */
export interface WorkParts {
  readonly store: JobStore;
  readonly notifier: Notifier;
  readonly lanes: Lanes;
  readonly runner: AttemptRunner;
  readonly settler: Settler;
  readonly ticker: Ticker;
  readonly registry: HandlerRegistry;
  readonly events: JobEvents;
  readonly holder: string;
  /** The groups the application would have. */
  readonly groups: readonly WorkerGroup[];
}

/** One attempt that has begun and has not ended. */
interface Running {
  readonly held: Held;
  /** Whoever drains waits for it. */
  awaited: boolean;
}

/**
 * Does by hand what dispatcher and ticker do in a process that works: claims what is ready, begins it, and waits for it
 * to end. One job after another unless told, so that a test's order is always the same.
 */
export class HandDrivenWork {
  private readonly worker: Worker;
  private readonly orders: readonly QueueOrder[];
  private readonly running = new Map<string, Running>();
  private readonly counts: Record<(typeof ENDINGS)[number], number>;
  private readonly hearing = new Set<string>();
  private changes_ = 0;
  private wake: () => void = () => undefined;

  constructor(private readonly parts: WorkParts) {
    const { registry, events, groups, holder } = parts;
    this.worker = new Worker(
      `${holder}#by-hand`,
      'by-hand',
      'by-hand',
      MAX_ATTEMPTS,
      () => undefined,
      () => undefined,
    );
    this.worker.start();
    const all = (): readonly string[] => registry.queues();
    this.orders =
      groups.length === 0
        ? [queueOrder({ order: 'all' }, all)]
        : groups.map(({ queues: selection }) => queueOrder(selection, all));
    this.counts = Object.fromEntries(ENDINGS.map((kind) => [kind, 0])) as typeof this.counts;
    for (const kind of ENDINGS) {
      events.on(kind, (event) => this.ended(event));
    }
    events.on('submitted', () => this.changed());
  }

  /** The attempts that have begun and have not ended. */
  get busy(): readonly ClaimedJob[] {
    return [...this.running.values()].map(({ held }) => held.job);
  }

  /** Grows with every submit and every end of an attempt: with all that may bring new work. */
  get changes(): number {
    return this.changes_;
  }

  /** How attempts have ended so far. */
  summary(): DrainSummary {
    const { completed, retrying: retried, failed, cancelled, snoozed, released } = this.counts;
    return { attempts: completed + retried + failed, completed, retried, failed, cancelled, snoozed, released };
  }

  /** From now on, those who drain wait for everything that runs. */
  awaitAll(): void {
    for (const running of this.running.values()) {
      running.awaited = true;
    }
  }

  /**
   * Begins what is ready, `concurrency` at a time, until nothing is ready and nothing that is awaited runs.
   *
   * @param patience milliseconds of real time within which an awaited attempt has to end
   * @throws UsageError naming the jobs whose handlers do not return
   */
  async drain(concurrency: number, patience: number): Promise<void> {
    for (let begun = 0; ;) {
      const before = this.changes;
      while (this.awaitedCount < concurrency && (await this.beginNext(true))) {
        if (++begun > MAX_ATTEMPTS) {
          throw new UsageError(
            `${MAX_ATTEMPTS} attempts have begun and there is still work, while time stands still; does a handler submit itself, or retry at once without end?`,
          );
        }
      }
      if (this.awaitedCount === 0) {
        break;
      }
      await this.change(before, patience);
    }
    await this.giveBack();
  }

  /** Begins everything that is ready, and waits for none of it. */
  async begin(): Promise<void> {
    for (let begun = 0; begun < MAX_ATTEMPTS && (await this.beginNext(false)); begun++);
    await this.giveBack();
  }

  /** Milliseconds until the next job of any queue falls due; `undefined` when none will. */
  async nextDueIn(): Promise<number | undefined> {
    const due = [...(await this.look()).values()].map(({ dueIn }) => dueIn ?? Infinity);
    const next = Math.min(...due, Infinity);
    return next === Infinity ? undefined : next;
  }

  private get awaitedCount(): number {
    return [...this.running.values()].filter(({ awaited }) => awaited).length;
  }

  /** Begins the next job in the order of the groups; false when there is none. */
  private async beginNext(awaited: boolean): Promise<boolean> {
    const ready = new Set([...(await this.look())].filter(([, { ready }]) => ready).map(([queue]) => queue));
    for (const order of this.orders) {
      for (let queue = order.next((name) => ready.has(name)); queue !== undefined;) {
        if (await this.beginFrom(this.parts.lanes.lane(queue), awaited)) {
          return true;
        }
        ready.delete(queue);
        queue = order.next((name) => ready.has(name));
      }
    }
    return false;
  }

  /** One tick a queue: makes due jobs ready, trims, and says what is there. */
  private async look(): Promise<ReadonlyMap<string, { readonly ready: boolean; readonly dueIn?: number }>> {
    const { store, lanes, holder, notifier, ticker } = this.parts;
    const found = new Map<string, { readonly ready: boolean; readonly dueIn?: number }>();
    for (const queue of new Set(this.orders.flatMap((order) => order.queues()))) {
      if (!this.hearing.has(queue)) {
        this.hearing.add(queue);
        await notifier.onCancel([queue], (name, id) => ticker.cancel(name, id));
      }
      const lane = lanes.lane(queue);
      let reply = await store.tick({ queue, holder, lease: LEASE, held: lane.leases() });
      while (reply.more) {
        reply = await store.tick({ queue, holder, lease: LEASE, held: lane.leases() });
      }
      const waits = lane.buffered.some((held) => this.parts.runner.mayBegin(held));
      found.set(queue, { ready: reply.ready || waits, ...(reply.dueIn === undefined ? {} : { dueIn: reply.dueIn }) });
    }
    return found;
  }

  /** Begins one job of the queue; false when it had none to begin. */
  private async beginFrom(lane: QueueLane, awaited: boolean): Promise<boolean> {
    const { runner, store, holder, registry } = this.parts;
    const mayBegin = (held: Held): boolean => runner.mayBegin(held);
    let next = lane.take(mayBegin);
    while (next === undefined) {
      const claim = await store.claim({ queue: lane.queue, holder, limit: 1, lease: LEASE, suspects: true });
      lane.sync(claim.now);
      const [job] = claim.jobs;
      if (job === undefined) {
        return false;
      }
      const handler = registry.get(job.type);
      const held = heldFor(job, claim.token, handler ?? unknownHandler(job.type, lane.queue));
      lane.hold(held);
      if (handler === undefined) {
        lane.withdraw((each) => each === held);
        this.running.set(keyOf(lane.queue, job.id), { held, awaited: true });
        runner.settleUnbegun(lane, held, decideStray(job));
        return true;
      }
      next = lane.take(mayBegin);
    }
    this.running.set(keyOf(lane.queue, next.job.id), { held: next, awaited });
    runner.begin(lane, next, this.worker);
    return true;
  }

  /** What waits for its type's own limit, behind a handler that nobody waits for, goes back unharmed. */
  private async giveBack(): Promise<void> {
    const { lanes, runner, settler } = this.parts;
    for (const lane of lanes.all()) {
      for (const held of lane.withdraw(() => true)) {
        runner.settleUnbegun(lane, held, { kind: 'released', reason: 'not-started' });
      }
      await settler.flush(lane.queue);
    }
  }

  private ended({ kind, queue, id, job }: JobEvent): void {
    const key = keyOf(queue, id);
    const running = this.running.get(key);
    if (running !== undefined && running.held.job === job) {
      this.running.delete(key);
      this.counts[kind as (typeof ENDINGS)[number]]++;
    }
    this.changed();
  }

  private changed(): void {
    this.changes_++;
    this.wake();
  }

  /** Resolves once something has changed since the count was taken. */
  private change(since: number, patience: number): Promise<void> {
    if (this.changes !== since) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setRealTimer(() => {
        this.wake = () => undefined;
        reject(new UsageError(stuck(this.busy, patience)));
      }, patience);
      this.wake = () => {
        this.wake = () => undefined;
        clearRealTimer(timer);
        resolve();
      };
    });
  }
}

/** Times in tests are exact: a retry comes after the delay its policy says, without jitter. */
function heldFor(job: ClaimedJob, token: number, handler: HandlerDefinition): Held {
  const { retry } = job.settings;
  return {
    job: retry === undefined ? job : { ...job, settings: { ...job.settings, retry: { ...retry, jitter: 0 } } },
    token,
    handler: { ...handler, retry: { ...handler.retry, jitter: 0 } },
    claimedAt: 0,
  };
}

function keyOf(queue: string, id: string): string {
  return `${queue}\n${id}`;
}

function stuck(jobs: readonly ClaimedJob[], patience: number): string {
  const names = jobs.map(({ type, id }) => `'${type}' (${id})`).join(', ');
  return (
    `The handler of ${names} has not returned after ${patience} ms of real time. Virtual time stands still while handlers run: ` +
    "to see one time out, begin() it and then advance() past its timeout; for one that waits for another job's result, drain({ concurrency: 2 }); " +
    'for one that is only slow, raise { patience }'
  );
}
