import type { Duration } from '../../domain/duration.js';
import { ON_FULL, type OnFull } from '../../domain/queue-settings.js';
import { MAX_COUNT } from '../../domain/options/whole-number.js';
import { ChoiceField, DurationField, NameField, WholeNumberField } from '../input/fields.js';

/** Names a queue, in a path. */
export class QueuePath {
  @NameField({ description: 'Its name', required: true })
  readonly queue!: string;
}

/** What of a queue's limits is to change; what is left out stays. */
export class LimitsInput {
  @WholeNumberField(1, MAX_COUNT, {
    description: 'Jobs that may run at once, over all processes; null is no limit',
    nullable: true,
  })
  readonly concurrency?: number | null;

  @WholeNumberField(1, MAX_COUNT, { description: 'Jobs that may wait; null is no limit', nullable: true })
  readonly maxDepth?: number | null;

  @WholeNumberField(1, MAX_COUNT, { description: 'Jobs that may lie scheduled; null is no limit', nullable: true })
  readonly maxScheduled?: number | null;

  @ChoiceField(ON_FULL, { description: 'What a submit does when that many wait' })
  readonly onFull?: OnFull;

  @DurationField({ description: 'How long completed and cancelled jobs are kept' })
  readonly retainAge?: Duration;

  @WholeNumberField(0, MAX_COUNT, { description: 'Completed (and, apart, cancelled) jobs kept at most' })
  readonly retainCount?: number;
}
