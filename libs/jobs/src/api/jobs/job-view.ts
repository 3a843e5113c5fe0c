import { Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FailedAttempt } from '../../domain/failure.js';
import type { JobKey, JobRecord, Json } from '../../domain/job.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { priorityLabel } from '../../domain/priority.js';
import type { ApiRole } from '../access/role.js';
import { PaginationView } from '../answers/pagination.js';
import { ANYTHING } from '../input/fields.js';
import { DataView } from './data-view.js';

/** Names one job. */
export class JobKeyView implements JobKey {
  @ApiProperty({ example: 'emails' })
  readonly queue!: string;

  @ApiProperty({ description: 'Unique in its queue' })
  readonly id!: string;
}

/** A failed attempt. */
export class FailedAttemptView {
  @ApiProperty({ type: 'integer' })
  readonly attempt!: number;

  @ApiProperty({ example: 'timeout' })
  readonly code!: string;

  @ApiProperty({ example: 'JobTimeoutError' })
  readonly name!: string;

  @ApiProperty()
  readonly message!: string;

  @ApiPropertyOptional({ description: 'In the history of one job' })
  readonly stack?: string;

  @ApiPropertyOptional({ type: [String] })
  readonly causes?: readonly string[];

  @ApiProperty({ description: 'The process that ran it' })
  readonly process!: string;

  @ApiPropertyOptional()
  readonly worker?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly startedAt?: string;

  @ApiProperty({ format: 'date-time' })
  readonly failedAt!: string;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Milliseconds until the next attempt; absent when there is none',
  })
  readonly delay?: number;
}

/** A job in a list. */
export class JobSummaryView extends JobKeyView {
  @ApiProperty({ example: 'email' })
  readonly type!: string;

  @ApiProperty({ enum: JOB_STATES })
  readonly state!: JobState;

  @ApiProperty({ type: 'integer', description: 'Higher runs first' })
  readonly priority!: number;

  @ApiProperty({ example: 'high', description: 'Its name, where it has one' })
  readonly priorityName!: string;

  @ApiProperty({ type: 'integer' })
  readonly attempts!: number;

  @ApiProperty({ type: 'integer' })
  readonly maxAttempts!: number;

  @ApiProperty({ type: 'integer' })
  readonly crashes!: number;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly scheduledAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly startedAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly finishedAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly expiresAt?: string;

  @ApiPropertyOptional({ description: 'The process that holds it, while it runs' })
  readonly process?: string;

  @ApiProperty({ description: 'It was asked to stop, and its handler has not ended yet' })
  readonly cancelRequested!: boolean;

  @ApiProperty({ type: [String] })
  readonly tags!: readonly string[];

  @ApiPropertyOptional({ type: FailedAttemptView, description: 'What ended it, or its latest failure' })
  readonly error?: FailedAttemptView;
}

/** A line that its handler logged. */
export class LogLineView {
  @ApiProperty({ format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: 'integer' })
  readonly attempt!: number;

  @ApiProperty()
  readonly message!: string;
}

/** One job, with all that is known of it. */
export class JobView extends JobSummaryView {
  @ApiProperty({ description: 'Payload, result, progress and metadata are in this answer: the caller may see them' })
  readonly dataVisible!: boolean;

  @ApiPropertyOptional({ ...ANYTHING, description: 'As it was submitted, with secrets masked' })
  readonly payload?: Json;

  @ApiPropertyOptional({ ...ANYTHING, description: 'What its handler returned' })
  readonly result?: Json;

  @ApiPropertyOptional({ ...ANYTHING, description: 'What its handler last told' })
  readonly progress?: Json;

  @ApiPropertyOptional({ ...ANYTHING, description: 'What the submitter attached' })
  readonly metadata?: Json;

  @ApiProperty({ type: [FailedAttemptView], description: 'Failed attempts, oldest first; the last 50' })
  readonly history!: readonly FailedAttemptView[];

  @ApiProperty({ type: [LogLineView], description: 'Lines of its handler, oldest first; the last 100' })
  readonly log!: readonly LogLineView[];

  @ApiPropertyOptional({ type: 'integer', description: 'Milliseconds an attempt may take, where its submit said so' })
  readonly timeout?: number;

  @ApiProperty({ type: 'integer' })
  readonly maxCrashes!: number;
}

/** A page of jobs. */
export class JobListView {
  @ApiProperty({ type: [JobSummaryView] })
  readonly jobs!: readonly JobSummaryView[];

  @ApiProperty({ type: PaginationView })
  readonly pagination!: PaginationView;
}

/** Shows records of jobs to a caller. */
@Injectable()
export class JobViews {
  constructor(private readonly data: DataView) {}

  summary(job: JobRecord): Readonly<JobSummaryView> {
    return {
      queue: job.queue,
      id: job.id,
      type: job.type,
      state: job.state,
      priority: job.priority,
      priorityName: priorityLabel(job.priority),
      attempts: job.attempts,
      maxAttempts: job.maxAttempts,
      crashes: job.crashes,
      createdAt: iso(job.createdAt),
      ...times(job, ['scheduledAt', 'startedAt', 'finishedAt', 'expiresAt']),
      ...(job.process === undefined ? {} : { process: job.process }),
      cancelRequested: job.cancelRequested,
      tags: job.tags,
      ...(job.error === undefined ? {} : { error: attemptView(job.error, false) }),
    };
  }

  whole(job: JobRecord, role: ApiRole): JobView {
    const dataVisible = this.data.isVisibleTo(role);
    return {
      ...this.summary(job),
      dataVisible,
      ...(dataVisible ? this.dataOf(job) : {}),
      history: job.history.map((attempt) => attemptView(attempt, true)),
      log: job.log.map(({ at, attempt, message }) => ({ at: iso(at), attempt, message })),
      ...(job.timeout === undefined ? {} : { timeout: job.timeout }),
      maxCrashes: job.maxCrashes,
    };
  }

  private dataOf({ payload, result, progress, metadata }: JobRecord): Partial<JobView> {
    return {
      payload: this.data.redact(payload),
      ...(result === undefined ? {} : { result: this.data.redact(result) }),
      ...(progress === undefined ? {} : { progress: this.data.redact(progress) }),
      metadata: this.data.redact(metadata),
    };
  }
}

function attemptView({ startedAt, failedAt, stack, ...rest }: FailedAttempt, isWhole: boolean): FailedAttemptView {
  return {
    ...rest,
    ...(startedAt === undefined ? {} : { startedAt: iso(startedAt) }),
    failedAt: iso(failedAt),
    ...(isWhole && stack !== undefined ? { stack } : {}),
  };
}

/** Times of ours are shown as ISO 8601. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

function times<K extends 'scheduledAt' | 'startedAt' | 'finishedAt' | 'expiresAt'>(
  job: Pick<JobRecord, K>,
  names: readonly K[],
): Partial<Record<K, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (job[name] === undefined ? [] : [[name, iso(job[name])]])),
  ) as Partial<Record<K, string>>;
}
