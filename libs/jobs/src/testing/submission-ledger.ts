import type { Clock } from '../application/ports/clock.js';
import type { JobInspector } from '../application/ports/job-inspector.js';
import type { SubmitReceipt } from '../application/ports/job-store.js';
import type { FinishedJob, Notifier } from '../application/ports/notifier.js';
import type { FailedAttempt } from '../domain/failure.js';
import type { JobRecord, JobSpec, Json } from '../domain/job.js';
import type { JobState } from '../domain/job-state.js';

/** A job that was submitted in a test, and what has become of it. */
export interface SubmittedJob<P = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  /** As JSON carries it: a `Date` is a string here, as it is for the handler before validation. */
  readonly payload: P;
  readonly priority: number;
  /** Virtual time of the submit. */
  readonly submittedAt: Date;
  /** When it may first run; equal to `submittedAt` without a delay. */
  readonly runAt: Date;
  readonly metadata: Readonly<Record<string, Json>>;
  readonly tags: readonly string[];
  /** As it was when the latest `drain`, `advance` or `begin` ended. */
  readonly state: JobState;
  /** Attempts that have ended in a result or an error. */
  readonly attempts: number;
  /** Of a completed job. */
  readonly result?: unknown;
  /** What ended a failed job; the latest failure of a retrying one. */
  readonly error?: FailedAttempt;
}

/** Knows every job that was submitted since the test began, also those whose record is not kept. */
export class SubmissionLedger {
  private entries: SubmittedJob[] = [];
  /** Where the latest job of a queue and id is: an id may be used again once its record is gone. */
  private readonly places = new Map<string, number>();
  private readonly followed = new Set<string>();

  constructor(
    private readonly inspector: JobInspector,
    private readonly notifier: Notifier,
    private readonly clock: Clock,
  ) {}

  /** In the order of their submits. */
  all(): readonly SubmittedJob[] {
    return [...this.entries];
  }

  clear(): void {
    this.entries = [];
    this.places.clear();
  }

  /** Hears from now on of the queue's jobs that finish. */
  async follow(queue: string): Promise<void> {
    if (!this.followed.has(queue)) {
      this.followed.add(queue);
      await this.notifier.onFinished(queue, (finished) => void this.finished(queue, finished));
    }
  }

  /** Notes what a submit brought; a job that was refused, or was there already, is not noted. */
  async note(queue: string, specs: readonly JobSpec[], receipts: readonly SubmitReceipt[]): Promise<void> {
    for (const [index, spec] of specs.entries()) {
      const receipt = receipts[index];
      if (receipt?.status === 'added' || receipt?.status === 'dropped') {
        this.write(queue, spec, receipt.status === 'added' ? receipt.state : 'failed');
      }
    }
    if (receipts.some(({ status }) => status === 'dropped')) {
      await this.refresh();
    }
  }

  /** Notes a job that a schedule has submitted, in that state. */
  async noteFired(queue: string, spec: JobSpec, state: JobState): Promise<void> {
    this.write(queue, spec, state);
    if (state === 'failed') {
      await this.refresh();
    }
  }

  /** Reads what has become of the jobs; one whose record is gone stays as it was last known. */
  async refresh(): Promise<void> {
    for (const queue of new Set(this.entries.map((entry) => entry.queue))) {
      const ids = this.entries.filter((entry) => entry.queue === queue).map(({ id }) => id);
      for (const record of await this.inspector.get(queue, ids)) {
        if (record !== undefined) {
          this.update(queue, record.id, changesOf(record));
        }
      }
    }
  }

  private write(queue: string, spec: JobSpec, state: JobState): void {
    const now = this.clock.now();
    this.places.set(placeOf(queue, spec.id), this.entries.length);
    this.entries.push({
      id: spec.id,
      queue,
      type: spec.type,
      payload: JSON.parse(spec.payload) as unknown,
      priority: spec.priority,
      submittedAt: new Date(now),
      runAt: new Date(Math.max(now, dueAt(spec, now))),
      metadata: spec.settings.metadata ?? {},
      tags: spec.settings.tags ?? [],
      state,
      attempts: 0,
    });
  }

  private async finished(queue: string, { id, state, result }: FinishedJob): Promise<void> {
    const [record] = await this.inspector.get(queue, [id]);
    this.update(
      queue,
      id,
      record === undefined
        ? { state, ...(result === undefined ? {} : { result: JSON.parse(result) as unknown }) }
        : changesOf(record),
    );
  }

  private update(queue: string, id: string, changes: Partial<SubmittedJob>): void {
    const place = this.places.get(placeOf(queue, id)) ?? -1;
    const entry = this.entries[place];
    if (entry !== undefined) {
      this.entries[place] = { ...entry, ...changes };
    }
  }
}

function placeOf(queue: string, id: string): string {
  return `${queue}\n${id}`;
}

function dueAt({ due }: JobSpec, now: number): number {
  return due === undefined ? now : 'at' in due ? due.at : now + due.delay;
}

function changesOf({ state, attempts, result, error }: JobRecord): Partial<SubmittedJob> {
  return {
    state,
    attempts,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
  };
}
