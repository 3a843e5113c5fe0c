import { JOB_STATES, type JobState, type MoveCause, TRANSITIONS } from '../../libs/jobs/src/domain/job-state.js';
import type { Command } from './command.js';

/** What each step may do to jobs. A job that comes newly is pending or scheduled before anything else happens to it. */
const CAUSES: Readonly<Record<Command['kind'], readonly MoveCause[]>> = {
  submit: ['dropped'],
  claim: ['due', 'expired', 'claimed'],
  settle: ['completed', 'retry', 'failed', 'cancelled', 'snoozed', 'released'],
  report: [],
  tick: ['due', 'expired', 'reclaimed', 'crashed', 'cancelled'],
  crash: [],
  retire: ['reclaimed', 'cancelled'],
  cancel: ['cancelled'],
  retry: ['retried-by-hand'],
  promote: ['promoted'],
  reschedule: ['rescheduled'],
  reprioritise: [],
  remove: [],
  pause: [],
  resume: [],
  clear: [],
  purge: [],
  configure: [],
  'put-schedule': [],
  'remove-schedule': [],
  fire: ['dropped', 'cancelled'],
  advance: [],
};

/** Steps after which a job may be there that was not. */
const ADDING: readonly Command['kind'][] = ['submit', 'fire'];

/** Steps after which a job may be gone. */
const FORGETTING: readonly Command['kind'][] = ['settle', 'tick', 'remove', 'clear', 'purge'];

/** Names the jobs that moved as the table of transitions does not allow for this step. */
export function illegalMoves(
  command: Command,
  before: ReadonlyMap<string, JobState>,
  after: ReadonlyMap<string, JobState>,
): readonly string[] {
  const illegal: string[] = [];
  for (const [id, from] of before) {
    const to = after.get(id);
    const allowed = to === undefined ? FORGETTING.includes(command.kind) : reaches(from, to, CAUSES[command.kind]);
    if (!allowed) {
      illegal.push(`${id}: ${from} → ${to ?? 'gone'}`);
    }
  }
  for (const [id, state] of after) {
    if (!before.has(id) && (!ADDING.includes(command.kind) || !['pending', 'scheduled', 'failed'].includes(state))) {
      illegal.push(`${id}: new → ${state}`);
    }
  }
  return illegal;
}

/** True when moves of these causes lead from one state to the other. */
function reaches(from: JobState, to: JobState, causes: readonly MoveCause[]): boolean {
  const reached = new Set([from]);
  for (const state of reached) {
    for (const next of JOB_STATES) {
      if (TRANSITIONS[state][next]?.some((cause) => causes.includes(cause)) === true) {
        reached.add(next);
      }
    }
  }
  return reached.has(to);
}
