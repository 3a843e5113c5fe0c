import { toError } from '../../domain/failure.js';
import type { ClaimedJob, Json } from '../../domain/job.js';
import type { Ending, Outcome } from '../../domain/outcome.js';
import type { JobEvent, JobEventKind } from '../ports/job-observer.js';

/** What an event says beyond the job it is about. */
export interface EventFacts {
  readonly outcome?: Outcome;
  readonly ending?: Ending | undefined;
  readonly duration?: number;
  readonly progress?: Json;
  readonly candidates?: number;
}

/** The event that tells of an outcome once the store has taken it. */
export function eventKindOf(outcome: Outcome): JobEventKind {
  return outcome.kind === 'retry' ? 'retrying' : outcome.kind;
}

/** Makes the event of a kind from what is known of an attempt. */
export function attemptEvent(
  kind: JobEventKind,
  queue: string,
  job: ClaimedJob,
  worker: string | undefined,
  { outcome, ending, duration = 0, progress = null, candidates = 1 }: EventFacts,
): JobEvent {
  const { id, type, priority, attempt } = job;
  if (kind === 'progress') {
    return { kind, queue, id, type, priority, attempt, job, worker, progress };
  }
  if (kind === 'loop-blocked') {
    return { kind, queue, id, type, priority, attempt, job, worker, duration, candidates };
  }
  if (kind === 'started' || kind === 'lost-lease' || outcome === undefined) {
    return { kind: kind === 'started' ? kind : 'lost-lease', queue, id, type, priority, attempt, job, worker };
  }
  if (outcome.kind === 'completed') {
    // Written out, as those above: where anybody listens they are made for every job, and a spread costs more than the rest.
    const result = parsed(outcome.result);
    return { kind: 'completed', queue, id, type, priority, attempt, job, worker, duration, result };
  }
  const about = { queue, id, type, priority, attempt, job, worker };
  if (kind === 'cancelled') {
    return { ...about, kind, duration }; // whatever the outcome was: to cancel it had been asked for
  }
  switch (outcome.kind) {
    case 'retry':
      return {
        ...about,
        kind: 'retrying',
        duration,
        delay: outcome.delay,
        failure: outcome.failure,
        error: errorOf(ending, outcome.failure),
      };
    case 'failed':
      return { ...about, kind: 'failed', duration, failure: outcome.failure, error: errorOf(ending, outcome.failure) };
    case 'cancelled':
      return { ...about, kind: 'cancelled', duration };
    case 'snoozed':
      return { ...about, kind: 'snoozed', duration, delay: outcome.delay };
    case 'released':
      return {
        ...about,
        kind: 'released',
        reason: outcome.reason,
        ...(outcome.delay === undefined ? {} : { delay: outcome.delay }),
      };
  }
}

function parsed(result: string | undefined): unknown {
  return result === undefined ? undefined : (JSON.parse(result) as unknown);
}

function errorOf(ending: Ending | undefined, failure: { readonly message: string }): Error {
  return ending?.kind === 'threw' ? ending.error : toError(new Error(failure.message));
}
