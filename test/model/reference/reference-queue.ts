import type { StoredSchedule } from '../../../libs/jobs/src/application/ports/schedule-store.js';
import type { FailedAttempt } from '../../../libs/jobs/src/domain/failure.js';
import type { FinishedState, JobState } from '../../../libs/jobs/src/domain/job-state.js';
import { DEFAULT_QUEUE_SETTINGS, type QueueSettings } from '../../../libs/jobs/src/domain/queue-settings.js';
import type { ReferenceJob } from './reference-job.js';

type Order = (job: ReferenceJob) => readonly number[];

/** What is compared, first to last, to find who comes first. */
const ORDERS: Readonly<Record<JobState, Order>> = {
  pending: (job) => [job.suspect ? 0 : 1, job.suspect ? 0 : -job.priority, job.turn],
  scheduled: (job) => [job.dueAt ?? 0, job.turn],
  retrying: (job) => [job.dueAt ?? 0, job.turn],
  blocked: (job) => [job.turn],
  running: (job) => [job.turn],
  completed: (job) => [-job.turn],
  failed: (job) => [-job.turn],
  cancelled: (job) => [-job.turn],
};

/** One queue of the reference model: all its jobs by id, and everything else found by looking through them. */
export class ReferenceQueue {
  readonly jobs = new Map<string, ReferenceJob>();
  /** When the lease of each holder passes. */
  readonly holders = new Map<string, number>();
  readonly schedules = new Map<string, StoredSchedule>();
  readonly processed: Record<FinishedState, number> = { completed: 0, failed: 0, cancelled: 0 };
  lastProcessedAt?: number;
  settings: QueueSettings = DEFAULT_QUEUE_SETTINGS;
  paused = false;
  tokens = 0;
  private turns = 0;

  constructor(
    readonly name: string,
    private readonly clock: { readonly now: number },
  ) {}

  get now(): number {
    return this.clock.now;
  }

  /** The jobs in a state, in the order in which they are listed. */
  inState(state: JobState): readonly ReferenceJob[] {
    return [...this.jobs.values()].filter((job) => job.state === state).toSorted(by(ORDERS[state]));
  }

  /** Scheduled and retrying jobs, in the order in which they become due. */
  get timed(): readonly ReferenceJob[] {
    return [...this.inState('scheduled'), ...this.inState('retrying')].toSorted(by(ORDERS.scheduled));
  }

  get depth(): number {
    return this.timed.length + this.inState('pending').length;
  }

  get room(): number {
    return this.paused ? 0 : Math.max(0, (this.settings.concurrency ?? Infinity) - this.inState('running').length);
  }

  get dueIn(): { readonly dueIn?: number } {
    const first = this.timed[0]?.dueAt;
    return first === undefined ? {} : { dueIn: Math.max(0, first - this.now) };
  }

  /** What this holder runs, in the order in which it came to it. */
  heldBy(holder: string): readonly ReferenceJob[] {
    return this.inState('running').filter(({ lease }) => lease?.holder === holder);
  }

  leased(id: string, holder: string, token: number): ReferenceJob | undefined {
    const job = this.jobs.get(id);
    return job?.lease?.holder === holder && job.lease.token === token ? job : undefined;
  }

  /** Brings a job to a state; what it had for being in the one before is gone. */
  move(job: ReferenceJob, state: JobState, more: Partial<ReferenceJob> = {}): void {
    const none = { dueAt: undefined, lease: undefined, result: undefined, cancelRequested: false };
    Object.assign(job, none, { state, since: this.now }, more);
    this.putLast(job);
  }

  /** Behind all that are as early and as urgent. */
  putLast(job: ReferenceJob): void {
    job.turn = ++this.turns;
  }

  finish(job: ReferenceJob, state: FinishedState, result?: string): void {
    this.move(job, state, { suspect: false, result });
    this.processed[state]++;
    const { retainAge, retainCount } = this.settings;
    const keepsNothing = job.spec.retain === undefined ? retainAge === 0 || retainCount === 0 : job.spec.retain === 0;
    if (state === 'completed' && keepsNothing) {
      this.jobs.delete(job.spec.id);
    }
  }

  noteFailure(job: ReferenceJob, code: string, more: Partial<FailedAttempt> = {}): void {
    const failure = { code, name: '', message: '', process: '', failedAt: this.now };
    job.history.push({ ...failure, ...more, attempt: job.attempts + 1 });
  }

  /** Gives a job up that no handler has failed. */
  giveUp(job: ReferenceJob, code: string, more: Partial<FailedAttempt> = {}): void {
    this.noteFailure(job, code, more);
    this.finish(job, 'failed');
  }

  isExpired({ expiresAt }: ReferenceJob): boolean {
    return expiresAt !== undefined && expiresAt <= this.now;
  }

  /** What the holder does not know of goes back unharmed, unless it was to be cancelled. */
  goBack(job: ReferenceJob): void {
    if (job.cancelRequested) {
      this.finish(job, 'cancelled');
    } else {
      this.move(job, 'pending');
    }
  }

  makeDueReady(): void {
    for (const job of this.timed.filter(({ dueAt = 0 }) => dueAt <= this.now)) {
      if (this.isExpired(job)) {
        this.giveUp(job, 'expired');
      } else {
        this.move(job, 'pending');
      }
    }
  }

  /** Takes back what the dead held: the first death makes a job suspect, a suspect is blamed. */
  reclaimDead(): void {
    const dead = [...this.holders].filter(([, leaseEnds]) => leaseEnds <= this.now);
    for (const [holder] of dead.toSorted(([, a], [, b]) => a - b)) {
      for (const job of this.heldBy(holder)) {
        const isBlamed = !job.cancelRequested && (job.suspect || job.spec.maxCrashes === 0);
        job.crashes += isBlamed ? 1 : 0;
        if (isBlamed && job.crashes >= job.spec.maxCrashes) {
          this.giveUp(job, 'crashed', { process: holder, startedAt: job.startedAt ?? 0 });
        } else {
          job.suspect = true;
          this.goBack(job);
        }
      }
      this.holders.delete(holder);
    }
  }

  /** Drops what is past its own retention, and what is beyond the queue's by age and by count. */
  trim(): void {
    const { retainAge, retainCount } = this.settings;
    const past = (['completed', 'failed', 'cancelled'] as const).flatMap((state) => {
      const finished = this.inState(state);
      const own = finished.filter(({ spec: { retain }, since }) => {
        const isKept = retain === undefined || (state === 'failed' && retain === 0);
        return !isKept && since + retain <= this.now;
      });
      const ofQueue = state === 'failed' ? [] : finished.filter(({ spec }) => spec.retain === undefined);
      return [...own, ...ofQueue.filter(({ since }, index) => index >= retainCount || since + retainAge <= this.now)];
    });
    for (const { spec } of past) {
      this.jobs.delete(spec.id);
    }
  }
}

/** The queues of one reference model, each made when it is first asked for. */
export class ReferenceQueues {
  readonly clock = { now: 0 };
  private readonly byName = new Map<string, ReferenceQueue>();

  get all(): readonly ReferenceQueue[] {
    return [...this.byName.values()];
  }

  of(name: string): ReferenceQueue {
    const queue = this.byName.get(name) ?? new ReferenceQueue(name, this.clock);
    this.byName.set(name, queue);
    return queue;
  }
}

function by(order: Order): (a: ReferenceJob, b: ReferenceJob) => number {
  return (a, b) => {
    const theirs = order(b);
    return (
      order(a)
        .map((value, index) => value - (theirs[index] ?? 0))
        .find((difference) => difference !== 0) ?? 0
    );
  };
}
