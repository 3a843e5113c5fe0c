import { BULK_ACTIONS, type BulkAction } from '../../application/inspecting/bulk-moves.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import type { Priority } from '../../domain/priority.js';
import {
  ChoiceField,
  FlagField,
  IdField,
  NameField,
  PriorityField,
  SectionField,
  TextField,
  TimeField,
} from '../input/fields.js';

/** Jobs that one call may name. */
export const MOST_IDS = 500;

/** Which dead letters a bulk operation means. */
export class DeadLetterFilterInput {
  @NameField({ description: 'All known queues unless told' })
  readonly queue?: string;

  @NameField({ description: 'The type of the job' })
  readonly type?: string;

  @TextField({ description: 'One of its tags' })
  readonly tag?: string;

  @PriorityField({ description: 'A name, or a number' })
  readonly priority?: Priority;

  @TimeField({ description: 'Submitted at or after this time' })
  readonly from?: string;

  @TimeField({ description: 'Submitted before this time' })
  readonly to?: string;

  @TextField({ description: 'The code of the error that ended it, such as timeout' })
  readonly code?: string;
}

/** Which jobs a bulk operation means: at least one condition. */
export class BulkFilterInput extends DeadLetterFilterInput {
  @ChoiceField(JOB_STATES, { description: 'Every state that the action works on, unless told; removing needs it told' })
  readonly state?: JobState;
}

/** A bulk operation by filter. */
export class BulkInput {
  @ChoiceField(BULK_ACTIONS, { description: 'What to do with them', required: true })
  readonly action!: BulkAction;

  @SectionField(() => BulkFilterInput, { description: 'Which jobs', required: true })
  readonly filter!: BulkFilterInput;

  @FlagField({ description: 'Only says how many there are. Default: false' })
  readonly dryRun?: boolean;
}

/** A bulk operation on dead letters by filter; an empty one means all. */
export class DeadLettersInput {
  @SectionField(() => DeadLetterFilterInput, { description: 'Which dead letters; all of them unless told' })
  readonly filter?: DeadLetterFilterInput;

  @FlagField({ description: 'Only says how many there are. Default: false' })
  readonly dryRun?: boolean;
}

/** Names one job. */
export class JobKeyInput {
  @NameField({ description: 'Its queue', required: true })
  readonly queue!: string;

  @IdField({ description: 'Its id', required: true })
  readonly id!: string;
}

/** An operation on jobs that are named. */
export class NamedJobsInput {
  @ChoiceField(BULK_ACTIONS, { description: 'What to do with them', required: true })
  readonly action!: BulkAction;

  @SectionField(() => JobKeyInput, {
    description: 'The jobs',
    required: true,
    listOf: { least: 1, most: MOST_IDS },
  })
  readonly jobs!: readonly JobKeyInput[];
}
