import type { ScheduleOptions } from '../../application/scheduling/schedule-options.js';
import type { ScheduleFilter } from '../../application/scheduling/schedule-service.js';
import type { Duration } from '../../domain/duration.js';
import {
  MISSED_POLICIES,
  type MissedPolicy,
  OVERLAP_POLICIES,
  type OverlapPolicy,
} from '../../domain/schedules/schedule.js';
import { MAX_COUNT } from '../../domain/options/whole-number.js';
import {
  AnythingField,
  ChoiceField,
  DurationField,
  FlagField,
  FromQuery,
  NameField,
  ScheduleIdField,
  SectionField,
  TextField,
  TimeField,
  WholeNumberField,
  WordsField,
} from '../input/fields.js';
import { JobOptionsInput } from '../jobs/job-input.js';

/** Names a schedule, in a path. */
export class SchedulePath {
  @ScheduleIdField({ description: 'Its id', required: true })
  readonly id!: string;
}

/** Which schedules to list. */
export class SchedulesQuery {
  @NameField({ description: 'All queues unless told' })
  readonly queue?: string;

  @NameField({ description: 'All types unless told' })
  readonly type?: string;

  @ChoiceField(['true', 'false'], { description: 'Those that are switched on, or off; both unless told' })
  readonly enabled?: 'true' | 'false';
}

/** How many runs to tell of. */
export class NextRunsQuery {
  @FromQuery()
  @WholeNumberField(1, 1_000, { description: 'Runs at most', otherwise: 10 })
  readonly count?: number;
}

/** What the jobs of a schedule are submitted with. */
export class ScheduledJobInput extends JobOptionsInput {
  @WordsField({ description: 'Words to find them by, beside schedule:<id>', most: 19 })
  readonly tags?: readonly string[];
}

/** All that a schedule says, but its id: what is left out is the default. */
export class ScheduleInput {
  @TextField({
    description:
      "Cron with five or six fields, a macro such as @daily, '@every 5m', '@at 2026-12-01T09:00:00Z', or what another builder answers",
    required: true,
    most: 1_024,
  })
  readonly expression!: string;

  @NameField({ description: 'The type of its jobs', required: true })
  readonly type!: string;

  @AnythingField({ description: 'What each of its jobs gets; checked by the handler' })
  readonly payload?: unknown;

  @NameField({ description: 'The queue of its jobs. Default: that of the type' })
  readonly queue?: string;

  @SectionField(() => ScheduledJobInput, {
    description: 'What its jobs are submitted with. Default: as the type has it',
  })
  readonly job?: ScheduledJobInput;

  @TextField({ description: 'IANA name of the zone that the expression is meant in. Default: UTC' })
  readonly timezone?: string;

  @TimeField({ description: 'Nothing fires earlier' })
  readonly startAt?: string;

  @TimeField({ description: 'Nothing fires from here on' })
  readonly endAt?: string;

  @WordsField({
    description: 'Dates (2026-12-25, 12-25), ranges of dates and cron expressions to leave out',
    most: 200,
  })
  readonly except?: readonly string[];

  @DurationField({ description: 'Each occurrence comes later by up to this. Default: 0' })
  readonly jitter?: Duration;

  @WholeNumberField(0, MAX_COUNT, { description: 'Runs after which it ends; 0 is without end', otherwise: 0 })
  readonly maxRuns?: number;

  @ChoiceField(MISSED_POLICIES, {
    description: 'What is done about occurrences that fell due while nobody ran. Default: once',
  })
  readonly missed?: MissedPolicy;

  @ChoiceField(OVERLAP_POLICIES, {
    description: 'What an occurrence does while a job before it has not ended. Default: allow',
  })
  readonly overlap?: OverlapPolicy;

  @FlagField({ description: 'Default: as it was, and on where there was none' })
  readonly enabled?: boolean;
}

/** The filter that a query stands for. */
export function scheduleFilterOf({ enabled, ...rest }: SchedulesQuery): ScheduleFilter {
  return { ...rest, ...(enabled === undefined ? {} : { enabled: enabled === 'true' }) };
}

/** The options that a body stands for. */
export function scheduleOptionsOf(id: string, body: Readonly<ScheduleInput>): ScheduleOptions {
  return { ...body, id };
}

/** What of it the audit trail tells: all but data. */
export function scheduleDetailOf(body: ScheduleInput): string {
  const { payload: _payload, job, ...rest } = body;
  const { metadata: _metadata, ...told } = job ?? {};
  return JSON.stringify({ ...rest, ...(job === undefined ? {} : { job: told }) });
}
