import type { QueueSettings } from '../../domain/queue-settings.js';
import { JobInspector, type QueueCounts } from '../ports/job-inspector.js';
import { QueueControl } from '../ports/queue-control.js';

/** One queue, as a whole and for all processes. */
export class JobQueue {
  constructor(
    readonly name: string,
    private readonly control: QueueControl,
    private readonly inspector: JobInspector,
  ) {}

  /** Gives no jobs to anyone until resumed. What runs goes on, and submits are taken. */
  pause(): Promise<void> {
    return this.control.pause(this.name);
  }

  /** Gives its jobs out again. */
  resume(): Promise<void> {
    return this.control.resume(this.name);
  }

  /** Forgets every job that waits; those that run and those that are finished stay. Answers how many it were. */
  clear(): Promise<number> {
    return this.control.clear(this.name);
  }

  /** Jobs that wait: scheduled, blocked, pending and retrying. */
  async size(): Promise<number> {
    const { scheduled, blocked, pending, retrying } = (await this.counts()).byState;
    return scheduled + blocked + pending + retrying;
  }

  /** True while it is paused, by whatever process. */
  async isPaused(): Promise<boolean> {
    return (await this.counts()).paused;
  }

  /** Counts by state and priority, totals, the age of what waits. */
  counts(): Promise<QueueCounts> {
    return this.inspector.counts(this.name);
  }

  /** What the store enforces for the queue. */
  settings(): Promise<QueueSettings> {
    return this.control.settings(this.name);
  }
}
