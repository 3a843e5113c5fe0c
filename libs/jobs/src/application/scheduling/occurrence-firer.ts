import { Injectable } from '@nestjs/common';
import type { JobSpec } from '../../domain/job.js';
import type { ScheduleDefinition } from '../../domain/schedules/schedule.js';
import type { Firing } from '../../domain/schedules/schedule-plan.js';
import { JobEvents } from '../job-events.js';
import { Clock } from '../ports/clock.js';
import { Log } from '../ports/log.js';
import { type FireReceipt, ScheduleStore, type StoredSchedule } from '../ports/schedule-store.js';
import { definitionOf } from './schedule-definition.js';
import { occurrenceId, occurrenceJob } from './occurrence-job.js';
import { type ScheduleEvent, ScheduleEvents } from './schedule-events.js';
import { SchedulePlans } from './schedule-plans.js';

/** Whether there is more to do about a schedule now: it has moved on, or nothing can be done for the moment. */
export type Fired = 'moved' | 'stuck';

/** Decides what becomes of an occurrence that is due, asks the store for it, and tells what came of it. */
@Injectable()
export class OccurrenceFirer {
  /** Schedules of which it was said that their queue is full, or that they cannot be read: it is said once. */
  private readonly stuck = new Set<string>();

  constructor(
    private readonly store: ScheduleStore,
    private readonly plans: SchedulePlans,
    private readonly events: ScheduleEvents,
    private readonly jobEvents: JobEvents,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @param now the store's time at which it was found due */
  async fireDue(stored: StoredSchedule, now: number): Promise<Fired> {
    if (stored.next === undefined) {
      return 'moved';
    }
    const read = this.clock.monotonic();
    let definition: ScheduleDefinition;
    let firing: Firing;
    try {
      definition = definitionOf(stored);
      firing = this.plans.of(stored.id, definition).decide(stored.next, now);
    } catch (error) {
      // Another version of this package wrote it: it is left to a process that can read it.
      this.sayOnce(stored, () => this.log.error(`Schedule '${stored.id}' cannot be fired here`, error));
      return 'stuck';
    }
    const { time, next } = firing;
    const job = time === undefined ? undefined : occurrenceJob(occurrenceId(stored.id, time), definition);
    const receipt = await this.store.fire({
      queue: stored.queue,
      id: stored.id,
      cause: 'due',
      revision: stored.revision,
      overlap: definition.overlap,
      maxRuns: definition.maxRuns,
      ...(next === undefined ? {} : { next }),
      ...(job === undefined ? {} : { job }),
    });
    const due = firing.due ?? stored.next.due;
    if (receipt.status !== 'stale' && receipt.status !== 'full' && firing.passedOver) {
      this.log.warn(
        `Schedule '${stored.id}': what fell due from ${text(stored.next.time)} on was missed and does not run${time === undefined ? '' : `, up to ${text(time)}`}`,
        { schedule: stored.id },
      );
    }
    const lateness = now - due + (this.clock.monotonic() - read);
    return this.tell(stored, definition, receipt, job, { due, lateness, missed: firing.missed });
  }

  /** Fires what waited for a job before it, which has ended. */
  async fireReleased(stored: StoredSchedule, now: number): Promise<Fired> {
    if (stored.waiting === undefined) {
      return 'moved';
    }
    const read = this.clock.monotonic();
    let definition: ScheduleDefinition;
    try {
      definition = definitionOf(stored);
    } catch {
      return 'stuck';
    }
    const job = occurrenceJob(occurrenceId(stored.id, stored.waiting), definition);
    const receipt = await this.store.fire({
      queue: stored.queue,
      id: stored.id,
      cause: 'released',
      revision: stored.revision,
      overlap: definition.overlap,
      maxRuns: definition.maxRuns,
      job,
    });
    const lateness = now - stored.waiting + (this.clock.monotonic() - read);
    return this.tell(stored, definition, receipt, job, { due: stored.waiting, lateness, missed: false });
  }

  private tell(
    { id, queue }: StoredSchedule,
    { type }: ScheduleDefinition,
    receipt: FireReceipt,
    job: JobSpec | undefined,
    circumstances: Pick<ScheduleEvent, 'due' | 'lateness' | 'missed'>,
  ): Fired {
    const event = { schedule: id, queue, type, ...circumstances };
    switch (receipt.status) {
      case 'full':
        this.sayOnce({ id, queue }, () =>
          this.log.warn(
            `Schedule '${id}' cannot fire: queue '${queue}' holds its maximum of ${receipt.maxDepth} jobs; it is tried again`,
            { schedule: id, queue },
          ),
        );
        return 'stuck';
      case 'stale':
      case 'duplicate':
        break;
      case 'fired':
        if (job !== undefined) {
          this.events.observe({ kind: 'fired', job: job.id, ...event });
          this.tellSubmitted(queue, job, receipt.state);
        }
        break;
      case 'passed':
      case 'skipped':
      case 'waits':
        this.events.observe({ kind: receipt.status, ...event });
        break;
    }
    this.stuck.delete(id);
    return 'moved';
  }

  private tellSubmitted(queue: string, { id, type, priority }: JobSpec, state: string): void {
    if (state === 'pending' && this.jobEvents.wanted('submitted', queue)) {
      this.jobEvents.observe({ kind: 'submitted', queue, id, type, priority, state });
    }
  }

  private sayOnce({ id }: Pick<StoredSchedule, 'id' | 'queue'>, say: () => void): void {
    if (!this.stuck.has(id)) {
      this.stuck.add(id);
      say();
    }
  }
}

function text(time: number): string {
  return new Date(time).toISOString();
}
