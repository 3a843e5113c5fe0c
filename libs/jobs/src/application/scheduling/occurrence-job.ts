import type { JobSpec } from '../../domain/job.js';
import type { ScheduleDefinition } from '../../domain/schedules/schedule.js';

/** The job of one occurrence. Its id is made of schedule and time: the same occurrence is never two jobs. */
export function occurrenceJob(id: string, { type, payload, template }: ScheduleDefinition): JobSpec {
  return { ...template, id, type, payload };
}

/** The id of an occurrence's job. */
export function occurrenceId(schedule: string, time: number): string {
  return `${schedule}@${new Date(time).toISOString()}`;
}
