import { ApiProperty } from '@nestjs/swagger';
import type { SubmitStatus } from '../../application/submitting/job-ref.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { JobKeyView } from './job-view.js';

/** The state a job is in after it was moved. */
export class JobStateView extends JobKeyView {
  @ApiProperty({ enum: JOB_STATES })
  readonly state!: JobState;
}

/** What became of a submit. */
export class SubmittedView extends JobStateView {
  @ApiProperty()
  readonly type!: string;

  @ApiProperty({
    enum: ['added', 'duplicate', 'dropped'],
    description: 'A duplicate changed nothing; what was dropped lies in the dead letters',
  })
  readonly receipt!: SubmitStatus;
}
