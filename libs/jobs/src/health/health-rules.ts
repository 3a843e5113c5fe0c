import type { Seen } from '../application/inspecting/bounded-look.js';
import { formatDuration } from '../domain/duration.js';
import { ableWorkers, type ProcessFacts, type QueueFacts, type StoreFacts, unattendedFor } from './health-facts.js';
import type { ProblemLevel } from './health-level.js';
import type { Limits, QueueLimits, SystemLimits } from './health-settings.js';

/** What can be wrong. */
export type HealthRule =
  | 'store-away'
  | 'store-slow'
  | 'pending'
  | 'oldest-pending'
  | 'no-worker'
  | 'dead-letters'
  | 'silence'
  | 'overdue'
  | 'stuck'
  | 'stopping';

/** One thing that is wrong. */
export interface HealthProblem {
  readonly rule: HealthRule;
  readonly level: ProblemLevel;
  /** What it is about, such as `queue mail` or `process web-1:4711`. */
  readonly subject: string;
  /** What is wrong, for people. */
  readonly message: string;
  /** What was found: a number, or milliseconds. */
  readonly value?: number;
  /** What it is not to pass: a number, or milliseconds. */
  readonly threshold?: number;
}

/** A rule's answer: nothing, when nothing is wrong. */
export type Verdict = HealthProblem | undefined;

/** The store does not answer, or not in time. @param what was asked of it, where it was more than a sign of life */
export function storeAway(
  store: Seen<unknown>,
  { storeAway: level }: Pick<SystemLimits, 'storeAway'>,
  what?: 'queues' | 'processes',
): Verdict {
  if (store.known) {
    return undefined;
  }
  const failure = what === undefined ? 'the store is away' : `the store could not be asked for its ${what}`;
  return { rule: 'store-away', level, subject: 'store', message: `${failure}: ${store.reason}` };
}

/** The store answers, and takes its time. */
export function storeSlow(store: Seen<StoreFacts>, { roundTrip }: Pick<SystemLimits, 'roundTrip'>): Verdict {
  return store.known
    ? over(roundTrip, store.value.roundTrip, (threshold) => ({
        rule: 'store-slow',
        subject: 'store',
        message: `the store took ${formatDuration(store.value.roundTrip)} to answer, more than ${threshold}`,
      }))
    : undefined;
}

/** More jobs are ready to run than are worked off. */
export function tooManyPending(queue: QueueFacts, { pending }: QueueLimits): Verdict {
  return over(pending, queue.pending, (_duration, threshold) => ({
    rule: 'pending',
    subject: `queue ${queue.name}`,
    message: `${queue.pending} jobs are pending in queue '${queue.name}'${whilePaused(queue)}, more than ${threshold}`,
  }));
}

/** A job has been ready to run for too long. */
export function waitsTooLong(queue: QueueFacts, { oldestPending }: QueueLimits): Verdict {
  const { name, oldestWaiting } = queue;
  return oldestWaiting === undefined
    ? undefined
    : over(oldestPending, oldestWaiting, (threshold) => ({
        rule: 'oldest-pending',
        subject: `queue ${name}`,
        message: `a job has been pending in queue '${name}' for ${formatDuration(oldestWaiting)}${whilePaused(queue)}, more than ${threshold}`,
      }));
}

/**
 * Jobs are to be done, and no living process has a worker that would take them: they are pending, or past their time, or held by
 * processes that are gone, from which a worker's process would take them back. A paused queue is left alone: that is meant.
 */
export function nobodyWorks(queue: QueueFacts, processes: readonly ProcessFacts[], { noWorker }: QueueLimits): Verdict {
  const { name, paused, oldestWaiting = 0, pastDue = 0, running } = queue;
  if (paused || ableWorkers(processes, name) > 0) {
    return undefined;
  }
  const heldFor = running === 0 ? 0 : unattendedFor(processes, name);
  const longest = Math.max(oldestWaiting, pastDue, heldFor);
  const jobs =
    longest === oldestWaiting
      ? 'one has been pending'
      : longest === pastDue
        ? 'one has been due'
        : `${running} have been held by processes that are gone`;
  return over(noWorker, longest, (threshold) => ({
    rule: 'no-worker',
    subject: `queue ${name}`,
    message: `no living worker takes jobs of queue '${name}', where ${jobs} for ${formatDuration(longest)}, more than ${threshold}`,
  }));
}

/** Jobs that were given up lie there, and nobody decides what becomes of them. */
export function tooManyDeadLetters({ name, deadLetters: found }: QueueFacts, { deadLetters }: QueueLimits): Verdict {
  return over(deadLetters, found, (_duration, threshold) => ({
    rule: 'dead-letters',
    subject: `queue ${name}`,
    message: `queue '${name}' has ${found} dead letters, more than ${threshold}`,
  }));
}

/** A process has not been heard of: it is dead, or blocked, or cannot reach the store. */
export function silentTooLong(process: ProcessFacts, { silence }: Pick<SystemLimits, 'silence'>): Verdict {
  const { silentFor } = process;
  return silentFor === undefined
    ? undefined
    : over(silence, silentFor, (threshold) => ({
        rule: 'silence',
        subject: subjectOf(process),
        message: `nothing has been heard of ${subjectOf(process)} for ${formatDuration(silentFor)}, more than ${threshold}`,
      }));
}

/** Slots are held by handlers that outlived their timeout, their cancel or their lease. */
export function slotsOverdue(process: ProcessFacts, { overdue }: Pick<SystemLimits, 'overdue'>): Verdict {
  const held = process.workers.reduce((sum, worker) => sum + worker.overdue, 0);
  return over(overdue, held, (_duration, threshold) => ({
    rule: 'overdue',
    subject: subjectOf(process),
    message: `${held} slots of ${subjectOf(process)} are held by handlers that should have ended, more than ${threshold}`,
  }));
}

/** Every slot is held so: the process runs nothing any more, and only a restart frees it. */
export function stuck(process: ProcessFacts, level: ProblemLevel): Verdict {
  const workers = process.workers.filter(({ state }) => state !== 'stopped');
  return workers.length > 0 && workers.every(({ overdue, concurrency }) => overdue >= concurrency)
    ? {
        rule: 'stuck',
        level,
        subject: subjectOf(process),
        message: `every slot of ${subjectOf(process)} is held by a handler that should have ended`,
      }
    : undefined;
}

/** The process is on its way out: it takes no more jobs. */
export function stopping(isStopping: boolean): Verdict {
  return isStopping
    ? { rule: 'stopping', level: 'down', subject: 'process', message: 'this process is shutting down' }
    : undefined;
}

/** What a process is called in problems. */
function subjectOf({ host, pid }: ProcessFacts): string {
  return `process ${host}:${pid}`;
}

function whilePaused({ paused }: QueueFacts): string {
  return paused ? ', which is paused' : '';
}

type Wording = (duration: string, threshold: number) => Pick<HealthProblem, 'rule' | 'subject' | 'message'>;

/** The worse of the levels whose limit the value is over. @param words get the threshold as a duration, and as it is */
function over({ degraded, down }: Limits, value: number, words: Wording): Verdict {
  const at = (level: ProblemLevel, threshold: number | undefined): Verdict => {
    if (threshold === undefined || value <= threshold) {
      return undefined;
    }
    const { rule, subject, message } = words(formatDuration(threshold), threshold);
    return { rule, level, subject, message, value, threshold };
  };
  return at('down', down) ?? at('degraded', degraded);
}
