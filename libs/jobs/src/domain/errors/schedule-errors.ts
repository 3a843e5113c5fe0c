import { JobsError, show } from './errors.js';

/** No schedule with this id. */
export class ScheduleNotFoundError extends JobsError {
  readonly code = 'schedule-not-found';

  constructor(readonly schedule: string) {
    super(`No schedule ${show(schedule)}; list() answers those that there are`);
  }
}

/** There are as many schedules as the system may have. */
export class TooManySchedulesError extends JobsError {
  readonly code = 'too-many-schedules';

  constructor(
    readonly schedule: string,
    readonly max: number,
  ) {
    super(
      `Schedule ${show(schedule)} would be one more than the ${max} that there may be; remove some, or raise schedules.max`,
    );
  }
}
