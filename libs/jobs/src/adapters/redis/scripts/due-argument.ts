import type { Due } from '../../../application/ports/job-control.js';

/** A due time as scripts take it: `+ms` from the store's now, or `@ms` epoch time. */
export function dueArgument(due: Due): string {
  return 'at' in due ? `@${Math.round(due.at)}` : `+${Math.round(due.delay)}`;
}
