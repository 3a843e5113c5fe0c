import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { QueueCounts } from '../../application/ports/job-inspector.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { priorityLabel } from '../../domain/priority.js';
import { ON_FULL, type OnFull, type QueueSettings } from '../../domain/queue-settings.js';
import { iso } from '../jobs/job-view.js';

const COUNTS_BY_STATE = {
  type: 'object' as const,
  properties: Object.fromEntries(JOB_STATES.map((state) => [state, { type: 'integer' } as const])),
  additionalProperties: false,
};

const COUNTS_BY_NAME = { type: 'object', additionalProperties: { type: 'integer' } } as const;

/** Jobs that have ended since the queue began. */
export class ProcessedView {
  @ApiProperty({ type: 'integer' })
  readonly completed!: number;

  @ApiProperty({ type: 'integer' })
  readonly failed!: number;

  @ApiProperty({ type: 'integer' })
  readonly cancelled!: number;
}

/** What the store enforces for a queue. */
export class LimitsView {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Jobs that may run at once, over all processes; absent is no limit',
  })
  readonly concurrency?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Jobs that may wait; absent is no limit' })
  readonly maxDepth?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Jobs that may lie scheduled; absent is no limit' })
  readonly maxScheduled?: number;

  @ApiProperty({ enum: ON_FULL, description: 'What a submit does when that many wait' })
  readonly onFull!: OnFull;

  @ApiProperty({ type: 'integer', description: 'Milliseconds that completed and cancelled jobs are kept' })
  readonly retainAge!: number;

  @ApiProperty({ type: 'integer', description: 'Completed (and, apart, cancelled) jobs kept at most' })
  readonly retainCount!: number;
}

/** A queue and its counts. */
export class QueueView {
  @ApiProperty({ example: 'emails' })
  readonly name!: string;

  @ApiProperty({ description: 'It gives no jobs to anyone' })
  readonly paused!: boolean;

  @ApiProperty({ type: 'integer', description: 'Jobs that are in the store, finished ones included' })
  readonly total!: number;

  @ApiProperty({ ...COUNTS_BY_STATE, description: 'Jobs in each state' })
  readonly byState!: Readonly<Record<JobState, number>>;

  @ApiProperty({ ...COUNTS_BY_NAME, description: 'Pending jobs by priority; named priorities by name' })
  readonly pendingByPriority!: Readonly<Record<string, number>>;

  @ApiProperty({ type: ProcessedView })
  readonly processed!: ProcessedView;

  @ApiPropertyOptional({ format: 'date-time', description: 'When an attempt was last settled' })
  readonly lastProcessedAt?: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the pending job that has waited longest was submitted',
  })
  readonly oldestPendingAt?: string;

  @ApiProperty({ type: 'integer', description: 'Processes that work it' })
  readonly holders!: number;
}

/** One queue, with what is enforced for it. */
export class QueueDetailView extends QueueView {
  @ApiProperty({ type: LimitsView })
  readonly limits!: LimitsView;
}

/** All known queues. */
export class QueueListView {
  @ApiProperty({ type: [QueueView] })
  readonly queues!: readonly QueueView[];
}

/** Whether a queue gives out jobs. */
export class PausedView {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty()
  readonly paused!: boolean;
}

/** How many jobs were forgotten. */
export class ClearedView {
  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ type: 'integer' })
  readonly cleared!: number;
}

/** Counts over all queues. */
export class StatsView {
  @ApiProperty({ type: 'integer', description: 'Jobs that are in the store, finished ones included' })
  readonly total!: number;

  @ApiProperty(COUNTS_BY_STATE)
  readonly byState!: Readonly<Record<JobState, number>>;

  @ApiProperty({ ...COUNTS_BY_NAME, description: 'Pending jobs by priority; named priorities by name' })
  readonly byPriority!: Readonly<Record<string, number>>;

  @ApiProperty({ type: ProcessedView })
  readonly processed!: ProcessedView;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly lastProcessedAt?: string;
}

/** A job type that some process has published. */
export class JobTypeView {
  @ApiProperty({ example: 'email' })
  readonly type!: string;

  @ApiProperty({ example: 'emails', description: 'Where its jobs go' })
  readonly queue!: string;

  @ApiProperty({ type: 'integer' })
  readonly priority!: number;

  @ApiProperty({ type: 'integer' })
  readonly maxAttempts!: number;
}

/** The job types that can be submitted. */
export class JobTypeListView {
  @ApiProperty({ type: [JobTypeView] })
  readonly types!: readonly JobTypeView[];
}

export function queueView(name: string, counts: QueueCounts): Readonly<QueueView> {
  const { byState, paused, processed, lastProcessedAt, oldestPendingAt, holders } = counts;
  return {
    name,
    paused,
    total: Object.values(byState).reduce((sum, each) => sum + each, 0),
    byState,
    pendingByPriority: Object.fromEntries(
      [...counts.pendingByPriority].map(([priority, count]) => [priorityLabel(priority), count]),
    ),
    processed,
    ...(lastProcessedAt === undefined ? {} : { lastProcessedAt: iso(lastProcessedAt) }),
    ...(oldestPendingAt === undefined ? {} : { oldestPendingAt: iso(oldestPendingAt) }),
    holders,
  };
}

export function limitsView(settings: QueueSettings): LimitsView {
  const { concurrency, maxDepth, maxScheduled, onFull, retainAge, retainCount } = settings;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(maxScheduled === undefined ? {} : { maxScheduled }),
    onFull,
    retainAge,
    retainCount,
  };
}
