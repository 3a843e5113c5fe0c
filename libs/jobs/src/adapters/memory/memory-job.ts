import type { FailedAttempt, Failure } from '../../domain/failure.js';
import {
  type ClaimedJob,
  type JobRecord,
  type JobSettings,
  type JobSpec,
  type Json,
  type LogLine,
  MAX_HISTORY,
} from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';
import type { Entry, SortedIndex } from './sorted-index.js';

/**
 * A job as the memory store keeps it. What the application gave is kept as JSON text, so that no object is shared with
 * it and what comes back is what any store would give back. Only `MemoryQueue` changes `state`, `lease` and the places.
 */
export interface MemoryJob {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly retain?: number;
  /** JSON text; absent when there are none. */
  readonly settings?: string;
  readonly createdAt: number;
  /** When it last became pending. */
  pendingSince: number;
  expiresAt?: number;
  priority: number;
  state: JobState;
  attempts: number;
  crashes: number;
  strays: number;
  suspect: boolean;
  cancelRequested: boolean;
  dueAt?: number;
  startedAt?: number;
  finishedAt?: number;
  lease?: Lease;
  /** JSON text. */
  progress?: string;
  /** JSON text. */
  result?: string;
  readonly history: FailedAttempt[];
  readonly log: LogLine[];
  /** Where it stands in the index of its state. */
  place?: Entry<MemoryJob>;
  /** Where it stands among the finished jobs that are to be dropped some day. */
  retention?: { readonly index: SortedIndex<MemoryJob>; readonly entry: Entry<MemoryJob> };
}

export interface Lease {
  readonly holder: string;
  readonly token: number;
}

export function newJob(spec: JobSpec, now: number): MemoryJob {
  const settings = JSON.stringify(spec.settings);
  return {
    id: spec.id,
    type: spec.type,
    payload: spec.payload,
    maxAttempts: spec.maxAttempts,
    maxCrashes: spec.maxCrashes,
    ...(spec.retain === undefined ? {} : { retain: spec.retain }),
    ...(settings === '{}' ? {} : { settings }),
    createdAt: now,
    pendingSince: now,
    ...(spec.expiresIn === undefined ? {} : { expiresAt: now + spec.expiresIn }),
    priority: spec.priority,
    state: 'pending',
    attempts: 0,
    crashes: 0,
    strays: 0,
    suspect: false,
    cancelRequested: false,
    history: [],
    log: [],
  };
}

/** Adds a failed attempt to the history, of which the last {@link MAX_HISTORY} are kept. */
export function addFailure(
  job: MemoryJob,
  failure: Failure,
  circumstances: Omit<FailedAttempt, keyof Failure | 'attempt'>,
): void {
  job.history.push({ ...failure, attempt: job.attempts + 1, ...circumstances });
  if (job.history.length > MAX_HISTORY) {
    job.history.shift();
  }
}

export function toClaimed(job: MemoryJob): ClaimedJob {
  return {
    id: job.id,
    type: job.type,
    payload: job.payload,
    priority: job.priority,
    attempt: job.attempts + 1,
    maxAttempts: job.maxAttempts,
    createdAt: job.createdAt,
    pendingSince: job.pendingSince,
    strays: job.strays,
    suspect: job.suspect,
    settings: settingsOf(job),
  };
}

export function toRecord(job: MemoryJob, queue: string): JobRecord {
  const { timeout, retry, metadata, tags } = settingsOf(job);
  const error = job.state === 'failed' || job.state === 'retrying' ? job.history.at(-1) : undefined;
  return {
    id: job.id,
    queue,
    type: job.type,
    state: job.state,
    payload: JSON.parse(job.payload) as Json,
    priority: job.priority,
    attempts: job.attempts,
    maxAttempts: job.maxAttempts,
    crashes: job.crashes,
    maxCrashes: job.maxCrashes,
    createdAt: job.createdAt,
    ...present('scheduledAt', job.dueAt),
    ...present('startedAt', job.startedAt),
    ...present('finishedAt', job.finishedAt),
    ...present('expiresAt', job.expiresAt),
    ...present('process', job.lease?.holder),
    cancelRequested: job.cancelRequested,
    ...present('progress', parsed(job.progress)),
    ...present('result', parsed(job.result)),
    ...present('error', error),
    history: [...job.history],
    log: [...job.log],
    ...present('retain', job.retain),
    ...present('timeout', timeout),
    ...present('retry', retry),
    metadata: metadata ?? {},
    tags: tags ?? [],
  };
}

/** True when the job carries the tag, without building its record. */
export function hasTag(job: MemoryJob, tag: string): boolean {
  return settingsOf(job).tags?.includes(tag) === true;
}

function settingsOf(job: MemoryJob): JobSettings {
  return job.settings === undefined ? {} : (JSON.parse(job.settings) as JobSettings);
}

function parsed(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}

function present<K extends keyof JobRecord>(key: K, value: JobRecord[K]): Partial<Pick<JobRecord, K>> {
  return value === undefined ? {} : ({ [key]: value } as Pick<JobRecord, K>);
}
