import type { Report } from '../../../application/ports/job-store.js';
import { MAX_LOG_LINES } from '../../../domain/job.js';
import { toStoredId } from '../stored/stored-id.js';

/** One report as the `report` script takes it. */
export function reportArguments({
  id,
  token,
  attempt,
  progress,
  log = [],
  late = false,
}: Report): readonly (string | number)[] {
  const lines = log.slice(-MAX_LOG_LINES).map((line) => JSON.stringify(line));
  return [
    toStoredId(id),
    late ? '' : token,
    attempt,
    progress === undefined || late ? '' : JSON.stringify(progress),
    lines.length,
    ...lines,
  ];
}
