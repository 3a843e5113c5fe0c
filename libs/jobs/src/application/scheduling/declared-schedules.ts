import { Inject, Injectable } from '@nestjs/common';
import { UsageError } from '../../domain/errors/errors.js';
import { ProcessPublisher } from '../processes/process-publisher.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { ScheduleBook } from './schedule-book.js';
import type { ScheduleOptions } from './schedule-options.js';

/** The schedules that this process's code declares: by decorators, and in the module's options. */
@Injectable()
export class DeclaredSchedules {
  private readonly declared = new Map<string, ScheduleOptions>();

  constructor(
    private readonly book: ScheduleBook,
    private readonly publisher: ProcessPublisher,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {
    settings.schedules.declared.forEach((schedule) => this.add(schedule));
  }

  /** @throws UsageError when there is one of that id */
  add(schedule: ScheduleOptions): void {
    if (this.declared.has(schedule.id)) {
      throw new UsageError(
        `Two schedules are declared with the id '${schedule.id}'; give one of them another: @Schedule(expression, { id })`,
      );
    }
    this.declared.set(schedule.id, schedule);
  }

  get ids(): readonly string[] {
    return [...this.declared.keys()];
  }

  /**
   * Puts them in the store, and tells the other processes that this one declares them.
   *
   * @throws InvalidScheduleError, InvalidOptionError, InvalidPayloadError, UnknownJobTypeError, TooManySchedulesError
   */
  async declare(): Promise<void> {
    this.publisher.declareSchedules(this.ids);
    if (this.settings.schedules.enabled) {
      await Promise.all([...this.declared.values()].map((schedule) => this.book.upsert(schedule, 'code')));
    }
  }
}
