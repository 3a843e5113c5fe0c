import { JOB_EVENT_KINDS, type JobEventKind } from '../../application/ports/job-observer.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { ChoicesField, NamesField } from '../input/fields.js';

/** Which events a stream is of. */
export class EventsQuery {
  @NamesField({ description: 'Only of these queues; all unless told' })
  readonly queue?: readonly string[];

  @NamesField({ description: 'Only of these job types; all unless told' })
  readonly type?: readonly string[];

  @ChoicesField(JOB_STATES, { description: 'Only those after which the job is in one of these; all unless told' })
  readonly states?: readonly JobState[];

  @ChoicesField(JOB_EVENT_KINDS, { description: 'Only of these kinds; all unless told' })
  readonly kinds?: readonly JobEventKind[];
}
