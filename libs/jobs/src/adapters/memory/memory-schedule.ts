import type { StoredSchedule } from '../../application/ports/schedule-store.js';
import { isFinished } from '../../domain/job-state.js';
import type { MemoryJob } from './memory-job.js';
import type { MemoryQueue } from './memory-queue.js';

/** Fields of a schedule, of which `undefined` ones are absent. */
export type ScheduleFields = { [K in keyof StoredSchedule]?: StoredSchedule[K] | undefined };

/** The schedule of these fields, which hold all that must be there: nothing is kept as `undefined`. */
export function schedule(fields: ScheduleFields): StoredSchedule {
  const told = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told) as unknown as StoredSchedule;
}

/** The jobs among its last ones that have not ended. */
export function unfinished(held: MemoryQueue, { recent }: StoredSchedule): readonly MemoryJob[] {
  return recent.flatMap((id) => {
    const job = held.jobs.get(id);
    return job === undefined || isFinished(job.state) ? [] : [job];
  });
}
