import type { JobFilter } from '../../application/inspecting/job-search.js';
import type { SubmitOptions } from '../../application/submitting/submit-options.js';
import type { JobState } from '../../domain/job-state.js';
import { JOB_STATES } from '../../domain/job-state.js';
import type { Priority } from '../../domain/priority.js';
import { BACKOFFS, type BackoffName, MAX_ATTEMPTS } from '../../domain/retry-policy.js';
import { MAX_COUNT } from '../../domain/options/whole-number.js';
import {
  AnythingField,
  ChoiceField,
  DurationField,
  FromQuery,
  IdField,
  NameField,
  NumberField,
  PriorityField,
  RecordField,
  SectionField,
  TextField,
  TimeField,
  WholeNumberField,
  WordsField,
} from '../input/fields.js';
import { timeRange } from '../input/time-range.js';

/** Stands for the queue in the path of a job whose queue is not known: every known one is asked. */
export const ANY_QUEUE = '-';

/** Which page of a list. */
export class PageQuery {
  @FromQuery()
  @WholeNumberField(1, 10_000, { description: 'From 1. Not with a cursor', otherwise: 1 })
  readonly page?: number;

  @FromQuery()
  @WholeNumberField(1, 100, { description: 'Entries at most', otherwise: 20 })
  readonly page_size?: number;

  @TextField({ description: 'The cursor of the page before, with the same filter', most: 1_024 })
  readonly cursor?: string;
}

/** Which dead letters to list. */
export class DeadLettersQuery extends PageQuery {
  @NameField({ description: 'All known queues unless told' })
  readonly queue?: string;

  @NameField({ description: 'The type of the job' })
  readonly type?: string;

  @TextField({ description: 'One of its tags' })
  readonly tag?: string;

  @FromQuery()
  @PriorityField({ description: 'A name, or a number' })
  readonly priority?: Priority;

  @TimeField({ description: 'Submitted at or after this time' })
  readonly from?: string;

  @TimeField({ description: 'Submitted before this time' })
  readonly to?: string;
}

/** Which jobs to list. */
export class JobsQuery extends DeadLettersQuery {
  @ChoiceField(JOB_STATES, { description: 'All states unless told' })
  readonly state?: JobState;
}

/** The filter that a query stands for. */
export function filterOf({ page, page_size, cursor, from, to, ...rest }: JobsQuery): JobFilter {
  return {
    ...rest,
    ...(page === undefined ? {} : { page }),
    ...(page_size === undefined ? {} : { pageSize: page_size }),
    ...(cursor === undefined ? {} : { cursor }),
    ...timeRange({ from, to }),
  };
}

/** How failed attempts are retried: what of it can be told in JSON. */
export class RetryInput {
  @WholeNumberField(1, MAX_ATTEMPTS, { description: 'Attempts in all, the first one included' })
  readonly attempts?: number;

  @ChoiceField(BACKOFFS, { description: 'How the delay grows' })
  readonly backoff?: BackoffName;

  @DurationField({ description: 'Before the second attempt' })
  readonly initialDelay?: SubmitOptions['delay'];

  @NumberField(1, 1_000, { description: 'What an exponential delay is multiplied by each time' })
  readonly factor?: number;

  @DurationField({ description: 'The longest' })
  readonly maxDelay?: SubmitOptions['delay'];

  @NumberField(0, 1, { description: 'Each delay is drawn from ± this share of it' })
  readonly jitter?: number;

  @WordsField({ description: 'Only errors with these codes or names, or of a preset, are retried', most: 100 })
  readonly retryOn?: readonly string[];

  @WordsField({ description: 'Errors with these are never retried', most: 100 })
  readonly giveUpOn?: readonly string[];
}

/** What jobs may be told beside the payload, submitted or made by a schedule. */
export class JobOptionsInput {
  @PriorityField({ description: 'Default: that of the type' })
  readonly priority?: Priority;

  @SectionField(() => RetryInput, { description: 'Default: that of the type, option by option' })
  readonly retry?: RetryInput;

  @DurationField({ description: 'How long one attempt may take' })
  readonly timeout?: SubmitOptions['timeout'];

  @DurationField({ description: 'Not begun this long after it was submitted, it fails as expired' })
  readonly expiresIn?: SubmitOptions['expiresIn'];

  @WholeNumberField(0, MAX_COUNT, { description: 'Deaths of its process that it survives' })
  readonly maxCrashes?: number;

  @RecordField({ description: 'Anything JSON can carry, for the handler and for people' })
  readonly metadata?: SubmitOptions['metadata'];

  @DurationField({ description: 'How long it is kept once finished' })
  readonly retain?: SubmitOptions['retain'];
}

/** What a submit may say beside the payload. */
export class SubmitOptionsInput extends JobOptionsInput {
  @IdField({ description: 'An id of your own: submitted again, it gives the job that is there' })
  readonly id?: string;

  @NameField({ description: 'Default: the queue of the type' })
  readonly queue?: string;

  @DurationField({ description: 'Runs no sooner than this long from now. Not with runAt' })
  readonly delay?: SubmitOptions['delay'];

  @TimeField({ description: 'Runs no sooner than this. Not with delay' })
  readonly runAt?: string;

  @WordsField({ description: 'Words to find it by', most: 20 })
  readonly tags?: readonly string[];
}

/** A job to submit. */
export class SubmitInput {
  @NameField({ description: 'The type, which says who handles it', required: true })
  readonly type!: string;

  @AnythingField({ description: 'What the handler takes; checked by it' })
  readonly payload?: unknown;

  @SectionField(() => SubmitOptionsInput, { description: 'As those of JobService.submit' })
  readonly options?: SubmitOptionsInput;
}

/** Names one job, in a path. */
export class JobPath {
  @TextField({ description: `Its queue, or ${ANY_QUEUE} where that is not known`, required: true })
  readonly queue!: string;

  @IdField({ description: 'Its id', required: true })
  readonly id!: string;
}
