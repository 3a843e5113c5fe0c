import type { Attempt } from '../attempts/attempt.js';
import type { OutcomeKind } from '../../domain/outcome.js';
import type { WorkerState, WorkerView } from '../../domain/processes/worker-view.js';

/** N slots of one group, with a name, a state and counts: what a person pauses, resumes and stops. */
export class Worker {
  private state_: WorkerState = 'starting';
  private leaving_ = false;
  private readonly attempts = new Set<Attempt>();
  private succeeded = 0;
  private failed = 0;

  constructor(
    readonly id: string,
    readonly name: string,
    readonly group: string,
    private slots: number,
    private readonly changed: () => void,
    private readonly lastHeartbeat: () => number | undefined,
  ) {}

  get state(): WorkerState {
    return this.state_;
  }

  /** Jobs it runs at once. */
  get concurrency(): number {
    return this.slots;
  }

  /** Slots that may take a job now. */
  get free(): number {
    return this.state_ === 'running' ? Math.max(this.slots - this.attempts.size, 0) : 0;
  }

  /** Attempts whose handler has not returned. */
  get running(): ReadonlySet<Attempt> {
    return this.attempts;
  }

  /** Begins to take jobs. */
  start(): void {
    if (this.state_ === 'starting') {
      this.become('running');
    }
  }

  /** Takes no new jobs until resumed; those it runs go on. */
  pause(): void {
    if (this.state_ === 'running' || this.state_ === 'starting') {
      this.become('paused');
    }
  }

  /** Takes jobs again after a pause. */
  resume(): void {
    if (this.state_ === 'paused') {
      this.become('running');
    }
  }

  /** Takes no new jobs ever again; stopped once those it runs have ended. */
  stop(): void {
    if (this.state_ !== 'stopped') {
      this.become(this.attempts.size === 0 ? 'stopped' : 'stopping');
    }
  }

  /** It is one too many: ends what it runs, and is then forgotten. */
  leave(): void {
    this.leaving_ = true;
    this.stop();
  }

  get leaving(): boolean {
    return this.leaving_;
  }

  /** Runs so many jobs at once from now on; those it runs beyond that go on. */
  resize(concurrency: number): void {
    if (concurrency !== this.slots) {
      this.slots = concurrency;
      this.changed();
    }
  }

  occupy(attempt: Attempt): void {
    this.attempts.add(attempt);
  }

  release(attempt: Attempt): void {
    this.attempts.delete(attempt);
    if (this.state_ === 'stopping' && this.attempts.size === 0) {
      this.become('stopped');
    }
  }

  count(outcome: OutcomeKind): void {
    if (outcome === 'completed') {
      this.succeeded++;
    } else if (outcome === 'retry' || outcome === 'failed') {
      this.failed++;
    }
  }

  /** The worker as it is now. */
  view(): WorkerView {
    const processed = this.succeeded + this.failed;
    const lastHeartbeat = this.lastHeartbeat();
    return {
      id: this.id,
      name: this.name,
      group: this.group,
      state: this.state_,
      concurrency: this.concurrency,
      busy: this.attempts.size,
      currentJobs: [...this.attempts].map(({ queue, job }) => ({
        queue,
        id: job.id,
        type: job.type,
        attempt: job.attempt,
      })),
      processed,
      succeeded: this.succeeded,
      failed: this.failed,
      successRate: processed === 0 ? 1 : this.succeeded / processed,
      failureRate: processed === 0 ? 0 : this.failed / processed,
      overdue: [...this.attempts].filter(({ concluded }) => concluded).length,
      ...(lastHeartbeat === undefined ? {} : { lastHeartbeat }),
    };
  }

  private become(state: WorkerState): void {
    this.state_ = state;
    this.changed();
  }
}
