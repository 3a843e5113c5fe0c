/**
 * The states of a job and the one table of legal moves between them.
 *
 * Tests, the diagram in the docs and the stores' contract are all derived from this table: a move that is not
 * here does not exist.
 */

/** Why a job moves. Each cause belongs to one verb of the stores, so a move can be traced to the call that made it. */
export type MoveCause =
  | 'due'
  | 'expired'
  | 'dropped'
  | 'cancelled'
  | 'claimed'
  | 'completed'
  | 'retry'
  | 'failed'
  | 'snoozed'
  | 'released'
  | 'reclaimed'
  | 'crashed'
  | 'corrupt'
  | 'unblocked'
  | 'promoted'
  | 'rescheduled'
  | 'retried-by-hand';

/** The states a job may be in; docs/reference/states.md has the legal moves. */
export const JOB_STATES = [
  'scheduled',
  'blocked',
  'pending',
  'running',
  'retrying',
  'completed',
  'failed',
  'cancelled',
] as const;

/** One of the eight states a job can be in. */
export type JobState = (typeof JOB_STATES)[number];

/** What each state means, in one sentence; the docs print it. */
export const STATE_MEANINGS: Readonly<Record<JobState, string>> = {
  scheduled: 'waits for its time',
  blocked: 'waits for other jobs',
  pending: 'in its queue, ready',
  running: 'leased to a process',
  retrying: 'failed, waits for its next attempt',
  completed: 'done',
  failed: "given up: it lies in its queue's dead-letter list",
  cancelled: 'stopped on request',
};

type Moves = Readonly<Partial<Record<JobState, readonly MoveCause[]>>>;

/** From each state, the states a job may move to, and what may cause the move. */
export const TRANSITIONS: Readonly<Record<JobState, Moves>> = {
  scheduled: {
    pending: ['due', 'promoted'],
    scheduled: ['rescheduled'],
    cancelled: ['cancelled'],
    failed: ['expired'],
  },
  blocked: {
    pending: ['unblocked'],
    scheduled: ['unblocked'],
    cancelled: ['cancelled'],
    failed: ['failed'],
  },
  pending: {
    running: ['claimed'],
    scheduled: ['rescheduled'],
    cancelled: ['cancelled'],
    failed: ['expired', 'dropped', 'corrupt'],
  },
  running: {
    completed: ['completed'],
    retrying: ['retry'],
    scheduled: ['snoozed', 'released'],
    pending: ['released', 'reclaimed'],
    failed: ['failed', 'crashed', 'corrupt'],
    cancelled: ['cancelled'],
  },
  retrying: {
    pending: ['due', 'promoted'],
    retrying: ['rescheduled'],
    cancelled: ['cancelled'],
    failed: ['expired'],
  },
  completed: {},
  failed: { pending: ['retried-by-hand'] },
  cancelled: { pending: ['retried-by-hand'] },
};

/** The states a finished job can be in; only a person moves it on from there. */
export const FINISHED_STATES = ['completed', 'failed', 'cancelled'] as const satisfies readonly JobState[];
export type FinishedState = (typeof FINISHED_STATES)[number];

/** True for completed, failed and cancelled. */
export function isFinished(state: JobState): state is FinishedState {
  return (FINISHED_STATES as readonly JobState[]).includes(state);
}

/** True when {@link TRANSITIONS} allows the move (for the cause, where one is given). */
export function mayMove(from: JobState, to: JobState, cause?: MoveCause): boolean {
  const causes = TRANSITIONS[from][to];
  return causes !== undefined && (cause === undefined || causes.includes(cause));
}

/** The states from which some move has the given cause: what an operation accepts. */
export function statesThatAllow(cause: MoveCause): readonly JobState[] {
  return JOB_STATES.filter((from) => Object.values(TRANSITIONS[from]).some((causes) => causes.includes(cause)));
}
