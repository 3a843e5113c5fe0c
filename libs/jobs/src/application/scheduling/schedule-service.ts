import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { QueueFullError } from '../../domain/errors/errors.js';
import type { JobKey } from '../../domain/job.js';
import type { ScheduleRecord } from '../../domain/schedules/schedule.js';
import { ScheduleNotFoundError } from '../../domain/errors/schedule-errors.js';
import { readOptions } from '../../domain/options/read-options.js';
import { MAX_COUNT, parseWholeNumber } from '../../domain/options/whole-number.js';
import { ScheduleStore } from '../ports/schedule-store.js';
import { recordOf, ScheduleBook, switchedOn } from './schedule-book.js';
import { definitionOf } from './schedule-definition.js';
import { checkScheduleId, type ScheduleOptions } from './schedule-options.js';
import { SchedulePlans } from './schedule-plans.js';
import { occurrenceJob } from './occurrence-job.js';

/** Which schedules a list is of. */
export interface ScheduleFilter {
  readonly queue?: string;
  readonly type?: string;
  readonly enabled?: boolean;
}

/** Schedules at run time: make, look at, switch, remove and run them. */
@Injectable()
export class ScheduleService {
  constructor(
    private readonly book: ScheduleBook,
    private readonly store: ScheduleStore,
    private readonly plans: SchedulePlans,
  ) {}

  /**
   * Adds or replaces a schedule. Where its timetable stays as it was its next run does too; else it counts from now, and
   * fires nothing of the past. One that was switched off stays so unless `enabled` is told.
   *
   * @throws InvalidScheduleError, InvalidOptionError naming the option · InvalidPayloadError, PayloadTooLargeError ·
   *   UnknownJobTypeError · TooManySchedulesError · StoreUnavailableError
   */
  upsert(schedule: ScheduleOptions): Promise<ScheduleRecord> {
    return this.book.upsert(schedule, 'api');
  }

  /** A schedule, or `undefined`. */
  async get(id: string): Promise<ScheduleRecord | undefined> {
    const found = await this.book.find(checkScheduleId(id));
    return found === undefined ? undefined : recordOf(found);
  }

  /** All schedules, or those of a queue, a type, or switched on or off; by id. */
  async list(filter: ScheduleFilter = {}): Promise<readonly ScheduleRecord[]> {
    const { queue, type, enabled } = readOptions<ScheduleFilter>(filter, 'filter', ['queue', 'type', 'enabled']);
    return (await this.book.all())
      .map(recordOf)
      .filter(
        (record) =>
          (queue === undefined || record.queue === queue) &&
          (type === undefined || record.type === type) &&
          (enabled === undefined || record.enabled === enabled),
      );
  }

  /** Switches it on: it counts from now, and fires nothing of the past. @throws ScheduleNotFoundError */
  async enable(id: string): Promise<ScheduleRecord> {
    return this.book.change(checkScheduleId(id), switchedOn);
  }

  /** Switches it off, over deploys too, until it is enabled. Its jobs go on. @throws ScheduleNotFoundError */
  async disable(id: string): Promise<ScheduleRecord> {
    return this.book.change(checkScheduleId(id), (definition) => ({ ...definition, disabledBy: 'person' }));
  }

  /**
   * Forgets it; its jobs go on. One that code declares comes back with the next boot of that code: disable it instead.
   *
   * @throws ScheduleNotFoundError
   */
  async remove(id: string): Promise<void> {
    if (!(await this.book.remove(checkScheduleId(id)))) {
      throw new ScheduleNotFoundError(id);
    }
  }

  /**
   * Submits a job of it now, whether it is switched on or off, and whatever `overlap` says. Its next run and its count stay.
   *
   * @returns the job's queue and id
   * @throws ScheduleNotFoundError · QueueFullError
   */
  async runNow(id: string): Promise<JobKey> {
    const present = await this.book.find(checkScheduleId(id));
    if (present === undefined) {
      throw new ScheduleNotFoundError(id);
    }
    const { queue, revision } = present;
    const definition = definitionOf(present);
    const { now } = await this.store.read(queue, []);
    const job = occurrenceJob(`${id}@${new Date(now).toISOString()}+${randomBytes(4).toString('hex')}`, definition);
    const receipt = await this.store.fire({ queue, id, cause: 'by-hand', revision, overlap: 'allow', maxRuns: 0, job });
    if (receipt.status === 'full') {
      throw new QueueFullError(queue, receipt.maxDepth, 0);
    }
    if (receipt.status === 'stale') {
      throw new ScheduleNotFoundError(id);
    }
    return { queue, id: job.id };
  }

  /**
   * When it runs next, jitter included: at most so many times. None when it is switched off or has ended.
   *
   * @param count 1 to 1000
   * @throws ScheduleNotFoundError
   */
  async nextRuns(id: string, count = 10): Promise<readonly Date[]> {
    parseWholeNumber(count, 'count', 1, 1_000);
    const present = await this.book.find(checkScheduleId(id));
    if (present === undefined) {
      throw new ScheduleNotFoundError(id);
    }
    const { next, runCount } = present;
    const definition = definitionOf(present);
    const left = definition.maxRuns === 0 ? MAX_COUNT : definition.maxRuns - runCount;
    if (next === undefined) {
      return [];
    }
    const following = this.plans.of(id, definition).following(next.time, Math.min(count, left) - 1);
    return [next, ...following].map(({ due }) => new Date(due));
  }
}
