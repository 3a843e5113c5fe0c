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

/** The queue holds as many scheduled jobs as its `maxScheduled` allows. */
export class TooManyScheduledError extends JobsError {
  readonly code = 'too-many-scheduled';

  constructor(
    readonly queue: string,
    readonly maxScheduled: number,
  ) {
    super(
      `Queue '${queue}' holds its maximum of ${maxScheduled} scheduled jobs; submit without a delay, wait, or raise maxScheduled`,
    );
  }
}
