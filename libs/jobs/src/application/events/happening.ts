import type { Failure } from '../../domain/failure.js';
import type { Json } from '../../domain/job.js';
import type { JobHappening, ToldFailure } from '../ports/event-log.js';
import type { JobEvent } from '../ports/job-observer.js';

const MAX_MESSAGE = 500;
const MAX_PROGRESS = 2_000;

/** An event of this process as every other may read it: plain, bounded, without payload and result. */
export function happeningOf(event: JobEvent, holder: string): JobHappening {
  const { queue, id, type, priority, attempt, worker } = event;
  const about = {
    queue,
    id,
    type,
    priority,
    holder,
    ...(attempt === undefined ? {} : { attempt }),
    ...(worker === undefined ? {} : { worker }),
  };
  switch (event.kind) {
    case 'submitted':
      return { ...about, kind: 'submitted', state: event.state };
    case 'started':
      return { ...about, kind: 'started', state: 'running' };
    case 'progress':
      return { ...about, kind: 'progress', state: 'running', ...short(event.progress) };
    case 'completed':
      return { ...about, kind: 'completed', state: 'completed', duration: event.duration };
    case 'retrying':
      return {
        ...about,
        kind: 'retrying',
        state: 'retrying',
        duration: event.duration,
        delay: event.delay,
        failure: told(event.failure),
      };
    case 'failed':
      return { ...about, kind: 'failed', state: 'failed', duration: event.duration, failure: told(event.failure) };
    case 'cancelled':
      return { ...about, kind: 'cancelled', state: 'cancelled', duration: event.duration };
    case 'snoozed':
      return { ...about, kind: 'snoozed', state: 'scheduled', duration: event.duration, delay: event.delay };
    case 'released':
      return {
        ...about,
        kind: 'released',
        state: (event.delay ?? 0) > 0 ? 'scheduled' : 'pending',
        reason: event.reason,
      };
    case 'lost-lease':
      return { ...about, kind: 'lost-lease' };
    case 'loop-blocked':
      return { ...about, kind: 'loop-blocked', duration: event.duration, candidates: event.candidates };
  }
}

function short(progress: Json): { readonly progress?: Json } {
  return JSON.stringify(progress).length > MAX_PROGRESS ? {} : { progress };
}

function told({ code, name, message }: Failure): ToldFailure {
  return {
    code,
    name,
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…`.toWellFormed() : message,
  };
}
