import type { JobSpec } from '../../../domain/job.js';
import { dueArgument } from './due-argument.js';
import { writeEnvelope } from '../stored/envelope.js';
import { toStoredId } from '../stored/stored-id.js';

/** The arguments of the `submit` script behind its common ones: jobs in runs of one priority and due time. */
export function submitArguments(batch: readonly JobSpec[]): readonly (string | number)[] {
  const args: (string | number)[] = [];
  let priority: number | undefined;
  let due = '';
  let counter = 0;
  for (const spec of batch) {
    const dueOf = spec.due === undefined ? '' : dueArgument(spec.due);
    if (spec.priority !== priority || dueOf !== due) {
      priority = spec.priority;
      due = dueOf;
      counter = args.push(priority, due, 0) - 1;
    }
    args[counter] = (args[counter] as number) + 1;
    args.push(toStoredId(spec.id), writeEnvelope(spec));
  }
  return args;
}
