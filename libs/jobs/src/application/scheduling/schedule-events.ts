import { Injectable } from '@nestjs/common';
import { Log } from '../ports/log.js';

/** What became of one occurrence of a schedule, told in the process that fired it. */
export interface ScheduleEvent {
  /**
   * `fired`: its job was submitted. `skipped`: a job before it had not ended. `waits`: it waits for the job before it.
   * `passed`: it was missed, and nothing is done about it.
   */
  readonly kind: 'fired' | 'skipped' | 'waits' | 'passed';
  readonly schedule: string;
  readonly queue: string;
  readonly type: string;
  /** The id of its job, of one that fired. */
  readonly job?: string;
  /** When it was due, epoch milliseconds. */
  readonly due: number;
  /** Milliseconds from then until its job was in the store; of one that waited for the job before it, too. */
  readonly lateness: number;
  /** It fell due while nobody ran. */
  readonly missed: boolean;
}

/** Tells everyone in this process who asked what becomes of the occurrences that this process fires. */
@Injectable()
export class ScheduleEvents {
  private listeners: readonly ((event: ScheduleEvent) => void)[] = [];

  constructor(private readonly log: Log) {}

  /** Calls back for every occurrence; the answer ends it. A listener that throws is logged, no more. */
  on(listener: (event: ScheduleEvent) => void): () => void {
    const own = (event: ScheduleEvent): void => listener(event);
    this.listeners = [...this.listeners, own];
    return () => {
      this.listeners = this.listeners.filter((each) => each !== own);
    };
  }

  observe(event: ScheduleEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        this.log.error('A listener for schedules failed', error, { schedule: event.schedule });
      }
    }
  }
}
