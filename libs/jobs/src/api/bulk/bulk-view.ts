import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { BULK_ACTIONS, type BulkAction, type BulkCount } from '../../application/inspecting/bulk-moves.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { JobKeyView } from '../jobs/job-view.js';

/** What a dry run has found. */
export class BulkCountView implements BulkCount {
  @ApiProperty({ type: 'integer', description: 'Jobs that would be moved' })
  readonly matched!: number;

  @ApiProperty({ type: 'integer', description: 'Jobs that were looked at; 10,000 at most, or a few more' })
  readonly scanned!: number;

  @ApiProperty({ description: 'When false there is more than was looked at, and `matched` is the least it can be' })
  readonly complete!: boolean;
}

/** A bulk operation that was begun, or only counted. */
export class BulkView {
  @ApiProperty({ enum: BULK_ACTIONS })
  readonly action!: BulkAction;

  @ApiProperty({ description: 'Nothing was done' })
  readonly dryRun!: boolean;

  @ApiPropertyOptional({ type: BulkCountView, description: 'Of a dry run' })
  readonly would?: BulkCountView;

  @ApiPropertyOptional({
    type: JobKeyView,
    description: 'The job that does it: its progress and its result say how many were done, skipped and failed',
  })
  readonly job?: JobKeyView;
}

/** What became of one job that was named. */
export class NamedJobView extends JobKeyView {
  @ApiProperty({ enum: ['ok', 'requested', 'missing', 'illegal'], description: 'A running job is asked to stop' })
  readonly status!: 'ok' | 'requested' | 'missing' | 'illegal';

  @ApiPropertyOptional({
    enum: JOB_STATES,
    description: 'The state it is in; of one that was removed, the one it was in',
  })
  readonly state?: JobState;
}

/** What became of jobs that were named. */
export class NamedJobsView {
  @ApiProperty({ enum: BULK_ACTIONS })
  readonly action!: BulkAction;

  @ApiProperty({ type: [NamedJobView], description: 'In the order they were named' })
  readonly jobs!: readonly NamedJobView[];
}
