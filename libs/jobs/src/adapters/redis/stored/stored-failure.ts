import { formatDuration } from '../../../domain/duration.js';
import type { FailedAttempt } from '../../../domain/failure.js';
import type { Json, LogLine } from '../../../domain/job.js';
import { type JsonObject, readJsonObject } from './stored-json.js';

/** What a job's history has of a failed attempt, out of its JSON text; none where it cannot be read. */
export function readFailedAttempt(text: string): readonly FailedAttempt[] {
  const entry = readJsonObject(text);
  if (entry === undefined) {
    return [];
  }
  const { code, attempt, failedAt, process, startedAt } = entry;
  if (
    typeof code !== 'string' ||
    typeof attempt !== 'number' ||
    typeof failedAt !== 'number' ||
    typeof process !== 'string'
  ) {
    return [];
  }
  if (typeof entry['message'] === 'string' && typeof entry['name'] === 'string') {
    return [entry as unknown as FailedAttempt];
  }
  return [
    {
      code,
      ...wordsFor(code, entry),
      attempt,
      process,
      ...(typeof startedAt === 'number' ? { startedAt } : {}),
      failedAt,
    },
  ];
}

/** A script notes in numbers why the store itself gave a job up; the words are made when it is read. */
function wordsFor(code: string, facts: JsonObject): { readonly name: string; readonly message: string } {
  switch (code) {
    case 'expired':
      return {
        name: 'JobExpired',
        message: `Not begun within ${formatDuration(number(facts['allowed']))} of its submission`,
      };
    case 'dropped':
      return {
        name: 'JobDropped',
        message: `Dropped because its queue held its maximum of ${number(facts['maxDepth'])} jobs`,
      };
    case 'crashed':
      return {
        name: 'JobCrashed',
        message:
          number(facts['maxCrashes']) === 0
            ? 'The process that ran it died, or was blocked beyond its lease, and it must not run twice'
            : `The process that ran it died, or was blocked beyond its lease, ${number(facts['crashes'])} times with this job under suspicion`,
      };
    case 'corrupt':
      return { name: 'JobCorrupt', message: 'What is stored of it cannot be read' };
    default:
      return { name: 'Error', message: 'The store gave it up, for a reason that this version does not know' };
  }
}

function number(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** A line of a job's log, out of its JSON text; none where it cannot be read. */
export function readLogLine(text: string): readonly LogLine[] {
  const { at, attempt, message } = readJsonObject(text) ?? {};
  return typeof at === 'number' && typeof attempt === 'number' && typeof message === 'string'
    ? [{ at, attempt, message }]
    : [];
}
