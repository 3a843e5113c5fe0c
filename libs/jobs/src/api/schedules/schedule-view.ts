import { Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Duration } from '../../domain/duration.js';
import type { Json } from '../../domain/job.js';
import { BACKOFFS, type BackoffName } from '../../domain/retry-policy.js';
import {
  type DisabledBy,
  MISSED_POLICIES,
  type MissedPolicy,
  OVERLAP_POLICIES,
  type OverlapPolicy,
  type ScheduledJobView,
  type ScheduleOrigin,
  type ScheduleRecord,
} from '../../domain/schedules/schedule.js';
import type { ApiRole } from '../access/role.js';
import { ANYTHING } from '../input/fields.js';
import { DataView } from '../jobs/data-view.js';
import { iso } from '../jobs/job-view.js';

const ORIGINS: readonly ScheduleOrigin[] = ['code', 'api'];
const DISABLERS: readonly DisabledBy[] = ['person', 'undeclared'];
const A_DURATION = { oneOf: [{ type: 'string' }, { type: 'integer' }] };
const MATCHERS = { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };

/** How jobs of a schedule are retried, as far as the schedule says. */
export class ScheduledRetryView {
  @ApiPropertyOptional({ type: 'integer' })
  readonly attempts?: number;

  @ApiPropertyOptional({ enum: BACKOFFS })
  readonly backoff?: BackoffName;

  @ApiPropertyOptional(A_DURATION)
  readonly initialDelay?: Duration;

  @ApiPropertyOptional()
  readonly factor?: number;

  @ApiPropertyOptional(A_DURATION)
  readonly maxDelay?: Duration;

  @ApiPropertyOptional()
  readonly jitter?: number;

  @ApiPropertyOptional(MATCHERS)
  readonly retryOn?: string | readonly string[];

  @ApiPropertyOptional(MATCHERS)
  readonly giveUpOn?: string | readonly string[];
}

/** What the jobs of a schedule are submitted with; what is absent is the handler's default. */
export class JobOfScheduleView {
  @ApiProperty({ type: 'integer', description: 'Higher runs first' })
  readonly priority!: number;

  @ApiProperty({ type: 'integer' })
  readonly maxAttempts!: number;

  @ApiProperty({ type: 'integer' })
  readonly maxCrashes!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Milliseconds an attempt may take' })
  readonly timeout?: number;

  @ApiPropertyOptional({ type: ScheduledRetryView })
  readonly retry?: ScheduledRetryView;

  @ApiPropertyOptional({ type: 'integer', description: 'Milliseconds after which one is not begun any more' })
  readonly expiresIn?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Milliseconds a finished one is kept' })
  readonly retain?: number;

  @ApiPropertyOptional({ type: [String] })
  readonly tags?: readonly string[];

  @ApiPropertyOptional({
    type: Object,
    additionalProperties: true,
    description: 'In the answer about one schedule, to those who see data',
  })
  readonly metadata?: Readonly<Record<string, Json>>;
}

/** A schedule in a list. */
export class ScheduleSummaryView {
  @ApiProperty({ example: 'reports.nightly' })
  readonly id!: string;

  @ApiProperty({ example: 'reports' })
  readonly queue!: string;

  @ApiProperty({ example: 'reports.nightly' })
  readonly type!: string;

  @ApiProperty({ type: JobOfScheduleView })
  readonly job!: JobOfScheduleView;

  @ApiProperty({ example: '0 2 * * *' })
  readonly expression!: string;

  @ApiProperty({ example: 'Europe/Berlin' })
  readonly timezone!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Nothing fires earlier' })
  readonly startAt?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Nothing fires from here on' })
  readonly endAt?: string;

  @ApiProperty({ type: [String], description: 'Dates, ranges and expressions that are left out' })
  readonly except!: readonly string[];

  @ApiProperty({ type: 'integer', description: 'Milliseconds by which an occurrence may come later' })
  readonly jitter!: number;

  @ApiProperty({ type: 'integer', description: 'Runs after which it ends; 0 is without end' })
  readonly maxRuns!: number;

  @ApiProperty({ enum: MISSED_POLICIES, description: 'What is done about what fell due while nobody ran' })
  readonly missed!: MissedPolicy;

  @ApiProperty({ enum: OVERLAP_POLICIES, description: 'What an occurrence does while a job before it has not ended' })
  readonly overlap!: OverlapPolicy;

  @ApiProperty({ enum: ORIGINS, description: 'Who made it: code that declares it, or a call at run time' })
  readonly origin!: ScheduleOrigin;

  @ApiProperty()
  readonly enabled!: boolean;

  @ApiPropertyOptional({ enum: DISABLERS, description: 'Who switched it off; absent while it is on' })
  readonly disabledBy?: DisabledBy;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it last submitted a job by its timetable' })
  readonly lastRun?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Absent when it is switched off or has ended' })
  readonly nextRun?: string;

  @ApiProperty({ type: 'integer', description: 'Jobs that it has submitted by its timetable' })
  readonly runCount!: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'The occurrence that waits for the job before it to end' })
  readonly waiting?: string;

  @ApiProperty({ type: [String], description: 'Ids of its last 20 jobs, newest first' })
  readonly recentJobs!: readonly string[];
}

/** A schedule. */
export class ScheduleView extends ScheduleSummaryView {
  @ApiProperty({ description: 'Whether payload and metadata are shown to the caller' })
  readonly dataVisible!: boolean;

  @ApiPropertyOptional({ ...ANYTHING, description: 'What each of its jobs gets' })
  readonly payload?: Json;
}

/** Schedules. */
export class ScheduleListView {
  @ApiProperty({ type: [ScheduleSummaryView] })
  readonly schedules!: readonly ScheduleSummaryView[];
}

/** When a schedule runs next. */
export class NextRunsView {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'date-time' },
    description: 'Jitter included; none when it is switched off or has ended',
  })
  readonly next!: readonly string[];
}

/** A schedule that is there no more. */
export class ScheduleRemovedView {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ enum: [true] })
  readonly removed!: true;
}

/** Shows schedules to a caller. */
@Injectable()
export class ScheduleViews {
  constructor(private readonly data: DataView) {}

  summary(schedule: ScheduleRecord): Readonly<ScheduleSummaryView> {
    const { id, queue, type, job, expression, timezone, except, jitter, maxRuns, missed, overlap, origin } = schedule;
    const { enabled, disabledBy, runCount, recentJobs } = schedule;
    return {
      id,
      queue,
      type,
      job: jobView(job),
      expression,
      timezone,
      ...times(schedule, ['startAt', 'endAt']),
      except,
      jitter,
      maxRuns,
      missed,
      overlap,
      origin,
      enabled,
      ...(disabledBy === undefined ? {} : { disabledBy }),
      ...times(schedule, ['lastRun', 'nextRun', 'waiting']),
      runCount,
      recentJobs,
    };
  }

  whole(schedule: ScheduleRecord, role: ApiRole): ScheduleView {
    const summary = this.summary(schedule);
    if (!this.data.isVisibleTo(role)) {
      return { ...summary, dataVisible: false };
    }
    const { metadata } = schedule.job;
    return {
      ...summary,
      job: {
        ...jobView(schedule.job),
        ...(metadata === undefined ? {} : { metadata: this.data.redact(metadata) as Readonly<Record<string, Json>> }),
      },
      dataVisible: true,
      payload: this.data.redact(schedule.payload),
    };
  }
}

/** What its jobs are submitted with, but for the data. */
function jobView(job: ScheduledJobView): Readonly<JobOfScheduleView> {
  const { metadata: _metadata, trace: _trace, ...rest } = job;
  return rest;
}

function times<K extends 'startAt' | 'endAt' | 'lastRun' | 'nextRun' | 'waiting'>(
  schedule: Pick<ScheduleRecord, K>,
  names: readonly K[],
): Partial<Record<K, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (schedule[name] === undefined ? [] : [[name, iso(schedule[name])]])),
  ) as Partial<Record<K, string>>;
}
