import type { ClaimedJob, JobRecord } from '../../../domain/job.js';
import { isFinished, JOB_STATES, type JobState } from '../../../domain/job-state.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { readStateRecord, type StateRecord } from './state-record.js';
import { readFailedAttempt, readLogLine } from './stored-failure.js';
import { fromStoredId } from './stored-id.js';
import { readJson } from './stored-json.js';

/** What the `read` script answers about one job. */
export interface StoredJob {
  readonly storedId: string;
  readonly envelope: string;
  readonly record: string;
  readonly history: readonly string[];
  readonly log: readonly string[];
  readonly progress: string;
}

/**
 * A claimed job out of its id and its stored text: the envelope, and before it, with a line break between, the state
 * record as it was, where there was one. `undefined` when it cannot be read.
 */
export function toClaimedJob(storedId: string, text: string): ClaimedJob | undefined {
  // A job without a record is as it was submitted: the usual case, and the one that has to be quick.
  const isFresh = text.charCodeAt(0) <= NINE;
  const end = isFresh ? -1 : text.indexOf('\n');
  const record = isFresh ? undefined : readStateRecord(text.slice(0, end));
  const envelope = readEnvelope(isFresh ? text : text.slice(end + 1));
  if (envelope === undefined || (!isFresh && record === undefined)) {
    return undefined;
  }
  const { type, payload, maxAttempts, createdAt, settings } = envelope;
  return {
    id: fromStoredId(storedId),
    type,
    payload,
    priority: record === undefined ? envelope.priority : record.priority,
    attempt: record === undefined ? 1 : record.attempts + 1,
    maxAttempts,
    createdAt,
    // Of a pending job that is when it became so; a claim that is answered again brings a running one.
    pendingSince: record === undefined ? createdAt : record.at,
    strays: record === undefined ? 0 : record.strays,
    suspect: record !== undefined && record.flags.includes('s'),
    settings,
  };
}

/** An envelope begins with a digit, a record with a word. */
const NINE = '9'.charCodeAt(0);

/** The whole record of a job. What cannot be read of a corrupt one is left empty. */
export function toJobRecord(queue: string, stored: StoredJob): JobRecord {
  const envelope = readEnvelope(stored.envelope) ?? UNREADABLE;
  const record = readStateRecord(stored.record) ?? fresh(envelope);
  const state = (JOB_STATES as readonly string[]).includes(record.state) ? (record.state as JobState) : 'pending';
  const history = stored.history.flatMap(readFailedAttempt);
  const error = state === 'failed' || state === 'retrying' ? history.at(-1) : undefined;
  const { timeout, retry, metadata = {}, tags = [] } = envelope.settings;
  return {
    id: fromStoredId(stored.storedId),
    queue,
    type: envelope.type,
    state,
    payload: readJson(envelope.payload) ?? null,
    priority: record.priority,
    attempts: record.attempts,
    maxAttempts: envelope.maxAttempts,
    crashes: record.crashes,
    maxCrashes: envelope.maxCrashes,
    createdAt: envelope.createdAt,
    ...present('scheduledAt', state === 'scheduled' || state === 'retrying' ? record.at : undefined),
    ...present('startedAt', record.startedAt),
    ...present('finishedAt', isFinished(state) ? record.at : undefined),
    ...present('expiresAt', record.expiresAt),
    ...present('process', state === 'running' ? record.holder : undefined),
    cancelRequested: record.flags.includes('c'),
    ...present('progress', readJson(stored.progress)),
    ...present('result', readJson(record.result ?? '')),
    ...present('error', error),
    history,
    log: stored.log.flatMap(readLogLine),
    ...present('retain', envelope.retain),
    ...present('timeout', timeout),
    ...present('retry', retry),
    metadata,
    tags,
  };
}

const UNREADABLE: Envelope = {
  createdAt: 0,
  priority: 0,
  maxAttempts: 1,
  maxCrashes: 0,
  type: '',
  settings: {},
  payload: 'null',
};

function fresh({ priority, createdAt, ttl }: Envelope): StateRecord {
  return {
    state: 'pending',
    token: '',
    holder: '',
    attempts: 0,
    crashes: 0,
    strays: 0,
    flags: '',
    priority,
    at: createdAt,
    ...(ttl === undefined ? {} : { expiresAt: createdAt + ttl }),
  };
}

function present<K extends keyof JobRecord>(key: K, value: JobRecord[K]): Partial<Pick<JobRecord, K>> {
  return value === undefined ? {} : ({ [key]: value } as Pick<JobRecord, K>);
}
