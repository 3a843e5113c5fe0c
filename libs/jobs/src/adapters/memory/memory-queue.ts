import { UsageError } from '../../domain/errors/errors.js';
import type { FailedAttempt, Failure } from '../../domain/failure.js';
import { type FinishedState, JOB_STATES, type JobState, mayMove, type MoveCause } from '../../domain/job-state.js';
import { DEFAULT_QUEUE_SETTINGS, type QueueSettings } from '../../domain/queue-settings.js';
import type { FinishedJob } from '../../application/ports/notifier.js';
import type { StoredSchedule } from '../../application/ports/schedule-store.js';
import { addFailure, type Lease, type MemoryJob } from './memory-job.js';
import { type Position, SortedIndex } from './sorted-index.js';

/** Suspects stand in front of every level: no priority is this high. */
export const SUSPECTS = -Infinity;

/** A process as the queue knows it. */
interface Holder {
  /** Store time at which its lease passes. */
  leaseEnds: number;
  readonly jobs: Set<MemoryJob>;
}

/**
 * One queue's jobs and every index over them. Whatever changes a job's state goes through `move`, which holds it to
 * the table of transitions and keeps indexes and counters in step, so no verb can leave them apart.
 */
export class MemoryQueue {
  readonly jobs = new Map<string, MemoryJob>();
  readonly byState: Readonly<Record<JobState, SortedIndex<MemoryJob>>> = Object.fromEntries(
    JOB_STATES.map((state) => [state, new SortedIndex<MemoryJob>()]),
  ) as Record<JobState, SortedIndex<MemoryJob>>;
  readonly pendingByPriority = new Map<number, number>();
  readonly holders = new Map<string, Holder>();
  /** Finished jobs with a retention of their own, by the time at which they are dropped. */
  readonly droppedAt = new SortedIndex<MemoryJob>();
  /** Finished jobs under the queue's retention, by finish. Failed ones have none: they stay. */
  readonly kept = { completed: new SortedIndex<MemoryJob>(), cancelled: new SortedIndex<MemoryJob>() };
  readonly schedules = new Map<string, StoredSchedule>();
  readonly processed: Record<FinishedState, number> = { completed: 0, failed: 0, cancelled: 0 };
  lastProcessedAt?: number;
  settings: QueueSettings = DEFAULT_QUEUE_SETTINGS;
  paused = false;
  /** What is to be told once the verb at work has ended. */
  news = noNews();
  private time = 0;
  private tokens = 0;
  private sequence = 0;

  constructor(readonly name: string) {}

  /** The store's time for the verb at work. */
  get now(): number {
    return this.time;
  }

  /** Takes the clock's time; the queue's own never goes back. */
  readClock(now: number): void {
    this.time = Math.max(this.time, now);
  }

  nextToken(): number {
    return ++this.tokens;
  }

  /** Jobs that count towards `maxDepth`. */
  get depth(): number {
    const { scheduled, blocked, pending, retrying } = this.byState;
    return scheduled.size + blocked.size + pending.size + retrying.size;
  }

  /** How many more may run now. */
  get room(): number {
    return this.paused ? 0 : Math.max(0, (this.settings.concurrency ?? Infinity) - this.byState.running.size);
  }

  /** When the next scheduled or retrying job is due. */
  get nextDue(): number | undefined {
    const due = Math.min(
      ...[this.byState.scheduled, this.byState.retrying].map((index) => index.first()?.major ?? Infinity),
    );
    return due === Infinity ? undefined : due;
  }

  /** Takes in a new job: pending, or scheduled when `dueAt` is yet to come. */
  insert(job: MemoryJob, dueAt = this.now): void {
    if (dueAt > this.now) {
      job.state = 'scheduled';
      job.dueAt = dueAt;
    }
    this.jobs.set(job.id, job);
    this.enter(job);
  }

  makePending(job: MemoryJob, cause: MoveCause): void {
    this.move(job, 'pending', cause, () => {
      job.pendingSince = this.now;
    });
  }

  makeDueAt(job: MemoryJob, state: 'scheduled' | 'retrying', cause: MoveCause, dueAt: number): void {
    this.move(job, state, cause, () => {
      job.dueAt = dueAt;
    });
  }

  lease(job: MemoryJob, lease: Lease): void {
    this.move(job, 'running', 'claimed', () => {
      job.lease = lease;
      job.startedAt = this.now;
    });
  }

  finish(job: MemoryJob, state: FinishedState, cause: MoveCause, result?: string): void {
    this.move(job, state, cause, () => {
      job.finishedAt = this.now;
      job.suspect = false;
      if (result !== undefined) {
        job.result = result;
      }
    });
    this.processed[state]++;
    this.news.finished.push({ id: job.id, state, ...(result === undefined ? {} : { result }) });
    if (state === 'completed' && this.keepsNothing(job)) {
      this.forget(job);
    }
  }

  /** Gives a job up, with its failure in the history. */
  fail(
    job: MemoryJob,
    cause: MoveCause,
    failure: Failure,
    circumstances: Partial<Omit<FailedAttempt, keyof Failure | 'attempt'>> = {},
  ): void {
    addFailure(job, failure, { process: '', failedAt: this.now, ...circumstances });
    this.finish(job, 'failed', cause);
  }

  /** Puts a pending job last in the order that its priority and suspicion give it now; others keep their place. */
  reorder(job: MemoryJob, priority: number): void {
    const pending = job.state === 'pending';
    if (pending) {
      this.leave(job);
    }
    job.priority = priority;
    if (pending) {
      this.enter(job);
    }
  }

  forget(job: MemoryJob): void {
    this.leave(job);
    this.jobs.delete(job.id);
  }

  /** The holder, alive until `lease` milliseconds from now. */
  heartbeat(name: string, lease: number): Holder {
    const holder = this.holders.get(name) ?? { leaseEnds: 0, jobs: new Set() };
    holder.leaseEnds = this.now + lease;
    this.holders.set(name, holder);
    return holder;
  }

  /** The first pending job behind the suspects. */
  get firstOrdinary(): MemoryJob | undefined {
    return this.byState.pending.firstFrom(BEHIND_SUSPECTS)?.value;
  }

  /** The one way a job changes its state. */
  private move(job: MemoryJob, to: JobState, cause: MoveCause, prepare?: () => void): void {
    if (!mayMove(job.state, to, cause)) {
      throw new UsageError(
        `The memory store tried to move a job from ${job.state} to ${to} (${cause}): please report it`,
      );
    }
    this.leave(job);
    job.state = to;
    prepare?.();
    this.enter(job);
  }

  /** Takes the job out of the indexes, and off it what only its state gave it. */
  private leave(job: MemoryJob): void {
    // A job that is in the queue always has its place.
    this.byState[job.state].delete(job.place!);
    job.retention?.index.delete(job.retention.entry);
    if (job.state === 'pending') {
      const left = (this.pendingByPriority.get(job.priority) ?? 0) - 1;
      if (left > 0) {
        this.pendingByPriority.set(job.priority, left);
      } else {
        this.pendingByPriority.delete(job.priority);
      }
    }
    if (job.lease !== undefined) {
      this.holders.get(job.lease.holder)?.jobs.delete(job);
      this.news.ready ||= this.settings.concurrency !== undefined;
    }
    job.place = job.retention = job.lease = job.dueAt = job.finishedAt = job.result = undefined;
    job.cancelRequested = false;
  }

  private enter(job: MemoryJob): void {
    job.place = { ...this.positionOf(job), value: job };
    this.byState[job.state].add(job.place);
    switch (job.state) {
      case 'pending':
        this.pendingByPriority.set(job.priority, (this.pendingByPriority.get(job.priority) ?? 0) + 1);
        this.news.ready = true;
        break;
      case 'scheduled':
      case 'retrying':
        this.news.earlierDue ||= this.nextDue === job.place.major;
        break;
      case 'running':
        // A running job always has a lease, and its holder has had its heartbeat.
        this.holders.get(job.lease!.holder)!.jobs.add(job);
        break;
      case 'completed':
      case 'failed':
      case 'cancelled':
        this.keep(job, job.state);
        break;
      case 'blocked':
        break;
    }
  }

  private positionOf(job: MemoryJob): Position {
    return { major: this.majorOf(job), minor: this.sequence++ };
  }

  private majorOf(job: MemoryJob): number {
    switch (job.state) {
      case 'pending':
        return job.suspect ? SUSPECTS : -job.priority;
      case 'scheduled':
      case 'retrying':
        return job.dueAt ?? this.now;
      case 'running':
      case 'blocked':
      case 'completed':
      case 'failed':
      case 'cancelled':
        return this.now;
    }
  }

  /** Notes when a finished job is to be dropped. `retain: 0` says nothing of failed jobs: a dead letter never vanishes at once. */
  private keep(job: MemoryJob, state: FinishedState): void {
    if (state === 'failed' && !job.retain) {
      return;
    }
    const index = job.retain === undefined ? this.kept[state as 'completed' | 'cancelled'] : this.droppedAt;
    const entry = { major: this.now + (job.retain ?? 0), minor: this.sequence++, value: job };
    index.add(entry);
    job.retention = { index, entry };
  }

  private keepsNothing(job: MemoryJob): boolean {
    return job.retain === undefined
      ? this.settings.retainAge === 0 || this.settings.retainCount === 0
      : job.retain === 0;
  }
}

const BEHIND_SUSPECTS: Position = { major: SUSPECTS, minor: Infinity };

/** What a verb did that others may be waiting for. */
export interface News {
  /** A job became pending, or a queue that gave none may give some again. */
  ready: boolean;
  /** A job is due before all others. */
  earlierDue: boolean;
  readonly cancels: string[];
  readonly finished: FinishedJob[];
}

export function noNews(): News {
  return { ready: false, earlierDue: false, cancels: [], finished: [] };
}
