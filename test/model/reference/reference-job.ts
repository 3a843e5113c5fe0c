import type { FailedAttempt } from '../../../libs/jobs/src/domain/failure.js';
import type { ClaimedJob, JobRecord, JobSpec, Json, LogLine } from '../../../libs/jobs/src/domain/job.js';
import type { JobState } from '../../../libs/jobs/src/domain/job-state.js';

/** What the reference model knows of a job. Times are milliseconds of its own clock. */
export interface ReferenceJob {
  readonly spec: JobSpec;
  readonly createdAt: number;
  readonly history: FailedAttempt[];
  readonly log: LogLine[];
  state: JobState;
  /** When it came to its state, and its place among all that ever came to one. */
  since: number;
  turn: number;
  priority: number;
  attempts: number;
  crashes: number;
  strays: number;
  suspect: boolean;
  /** Of those that wait for a time. */
  dueAt?: number | undefined;
  expiresAt?: number | undefined;
  startedAt?: number | undefined;
  /** Of those that run. */
  lease?: { readonly holder: string; readonly token: number } | undefined;
  cancelRequested: boolean;
  progress?: Json | undefined;
  /** JSON text, of those that are completed. */
  result?: string | undefined;
}

export function referenceJob(spec: JobSpec, now: number): ReferenceJob {
  return {
    spec,
    createdAt: now,
    history: [],
    log: [],
    state: 'pending',
    since: now,
    turn: 0,
    priority: spec.priority,
    attempts: 0,
    crashes: 0,
    strays: 0,
    suspect: false,
    expiresAt: spec.expiresIn === undefined ? undefined : now + spec.expiresIn,
    cancelRequested: false,
  };
}

/** The job as it is given to a process. */
export function claimedJob({ spec, ...job }: ReferenceJob, pendingSince: number): ClaimedJob {
  return {
    id: spec.id,
    type: spec.type,
    payload: spec.payload,
    priority: job.priority,
    attempt: job.attempts + 1,
    maxAttempts: spec.maxAttempts,
    createdAt: job.createdAt,
    pendingSince,
    strays: job.strays,
    suspect: job.suspect,
    settings: spec.settings,
  };
}

/** The job as people see it. */
export function jobRecord({ spec, ...job }: ReferenceJob, queue: string): JobRecord {
  const isFinished = ['completed', 'failed', 'cancelled'].includes(job.state);
  const record: { [K in keyof JobRecord]: JobRecord[K] | undefined } = {
    id: spec.id,
    queue,
    type: spec.type,
    state: job.state,
    payload: JSON.parse(spec.payload) as Json,
    priority: job.priority,
    attempts: job.attempts,
    maxAttempts: spec.maxAttempts,
    crashes: job.crashes,
    maxCrashes: spec.maxCrashes,
    createdAt: job.createdAt,
    scheduledAt: job.dueAt,
    startedAt: job.startedAt,
    finishedAt: isFinished ? job.since : undefined,
    expiresAt: job.expiresAt,
    process: job.lease?.holder,
    cancelRequested: job.cancelRequested,
    progress: job.progress,
    result: job.result === undefined ? undefined : (JSON.parse(job.result) as Json),
    error: job.state === 'failed' || job.state === 'retrying' ? job.history.at(-1) : undefined,
    history: job.history,
    log: job.log,
    retain: spec.retain,
    metadata: {},
    tags: [],
  };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as JobRecord;
}
