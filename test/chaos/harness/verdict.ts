import type { Death, Incident } from './incident.js';
import type { Journal, JournalEntry, Span } from './journal.js';
import { outOfLine } from './line-order.js';
import type { StoredJob } from './stored-jobs.js';

/** What came out of it for the jobs, told by the journals, the deaths and the bare keys, and not by the engine. */
export interface Verdict {
  /** Jobs whose submit was acknowledged. */
  readonly acknowledged: number;
  /** Acknowledged, never done, and not excused by what the set-up may lose. */
  readonly lost: readonly string[];
  /** Acknowledged within the bound before the store failed, and never done. */
  readonly lostWithinBound: number;
  /** Attempts that ran again as the process that ran them died with them, was told that it had lost the job, or gave it back. */
  readonly repeated: number;
  /** Attempts that ran again as the store came back without their outcome. */
  readonly repeatedWithinBound: number;
  /** Attempts that ran again for no reason that the promise names. */
  readonly doubled: readonly string[];
  /** Jobs of which two attempts were taken for the one that completed it. */
  readonly completedTwice: readonly string[];
  /** Jobs whose record says otherwise than the one attempt whose outcome was taken. */
  readonly overwritten: readonly string[];
  /** Jobs with more attempts than their type allows. */
  readonly overAttempted: readonly string[];
  /** Jobs that began behind later ones of their line, for no reason that the promise names. */
  readonly outOfLine: readonly string[];
  /** The longest time between the death of a process and a run elsewhere of what it ran, in milliseconds. */
  readonly longestTakeover: number;
  /** What the journal has of some of the jobs that broke a promise. */
  readonly stories: Readonly<Record<string, readonly string[]>>;
}

export interface Evidence {
  readonly journal: Journal;
  /** Processes that ended without having ended what they ran. */
  readonly deaths: readonly Death[];
  /** Attempts that a type allows; one where it is not named. A death uses none. */
  readonly attempts: Readonly<Record<string, number>>;
  /** The jobs that are in the store in the end. Default: none. */
  readonly stored?: readonly StoredJob[];
  /** Default: none. */
  readonly incidents?: readonly Incident[];
  /** What the set-up may lose, in milliseconds before it fails. Default: nothing. */
  readonly bound?: number;
}

/** Of each kind. */
const EXAMPLES = 3;

/** What the journal has of one job, in the order in which it was written. */
type History = readonly JournalEntry[];

export function judge({ journal, deaths, incidents = [], attempts, stored = [], bound }: Evidence): Verdict {
  const died = new Map(deaths.map((death) => [death.pid, death.at]));
  const lapses = incidents.filter(({ forgets }) => forgets);
  /** True of what the store may have answered so shortly before it failed that it may have forgotten it, if it may at all. */
  const forgettable = ({ since, until }: Span, noticed = Infinity): boolean =>
    bound !== undefined &&
    lapses.some(({ from, to }) => until >= from - bound && since <= to && from - bound <= noticed);
  const histories = byJob(journal);
  const acknowledged = journal.acknowledgements();
  const undone = [...acknowledged].filter(([id]) => !(histories.get(id) ?? []).some(({ event }) => event === 'done'));
  const lost = undone.filter(([, answered]) => !forgettable(answered));
  const verdict = { repeated: 0, repeatedWithinBound: 0, longestTakeover: 0 };
  const doubled: string[] = [];
  const named = (which: (history: History) => boolean): readonly string[] =>
    [...histories].filter(([, history]) => which(history)).map(([job]) => job);
  for (const [job, history] of histories) {
    const begun = history.filter(({ event }) => event === 'begun');
    for (const [index, run] of begun.entries()) {
      const before = begun.slice(0, index).filter(({ attempt }) => attempt >= run.attempt);
      const last = before.at(-1);
      if (last === undefined) continue;
      const death = died.get(last.pid);
      if (isStale(run, history) || before.every((each) => isExcused(each, history, died))) {
        verdict.repeated += 1;
        if (death !== undefined && death <= run.at) {
          verdict.longestTakeover = Math.max(verdict.longestTakeover, run.at - death);
        }
      } else if (before.every((each) => isExcused(each, history, died) || forgettable(spanOf(each, history), run.at))) {
        verdict.repeatedWithinBound += 1;
      } else {
        doubled.push(job);
      }
    }
  }
  const broken = {
    lost: lost.map(([id]) => id),
    doubled,
    completedTwice: named((history) =>
      history
        .filter(({ detail }) => detail === 'completed')
        .slice(0, -1)
        .some((told) => !forgettable(spanOf(told, history))),
    ),
    overwritten: stored
      .filter((job) => isOverwritten(job, histories.get(job.id) ?? [], forgettable))
      .map(({ id }) => id),
    overAttempted: named((history) => history.some(({ attempt, type }) => attempt > (attempts[type] ?? 1))),
    outOfLine: outOfLine(journal, incidents),
  };
  const examples = Object.values(broken).flatMap((ids) => ids.slice(0, EXAMPLES));
  return {
    acknowledged: acknowledged.size,
    lostWithinBound: undone.length - lost.length,
    ...verdict,
    ...broken,
    stories: Object.fromEntries(examples.map((id) => [id, story(histories.get(id) ?? [])])),
  };
}

/** What the journal has of a job, in words. */
function story(history: History): readonly string[] {
  return history.map(
    ({ at, event, detail, type, attempt, pid }) =>
      `${at}: ${type} ${event}${detail === undefined ? '' : ` ${detail}`}, attempt ${attempt}, process ${pid}`,
  );
}

function byJob(journal: Journal): ReadonlyMap<string, History> {
  const histories = new Map<string, JournalEntry[]>();
  for (const entry of journal.entries()) {
    const of = histories.get(entry.job);
    if (of === undefined) histories.set(entry.job, [entry]);
    else of.push(entry);
  }
  return histories;
}

/**
 * The same attempt may begin again where the process that ran it was told afterwards that it had lost it or given it back, or died
 * before it was told that its outcome is stored.
 */
function isExcused(run: JournalEntry, history: History, died: ReadonlyMap<number, number>): boolean {
  const told = history
    .slice(history.indexOf(run))
    .filter(({ pid, attempt, event }) => pid === run.pid && attempt === run.attempt && event === 'told');
  return (
    told.some(({ detail }) => detail === 'lost-lease' || detail === 'released') ||
    (died.has(run.pid) && told.length === 0)
  );
}

/** It was begun by a process that had lost the job without knowing: beside or behind the run of who had taken it, and refused. */
function isStale(run: JournalEntry, history: History): boolean {
  return history
    .slice(history.indexOf(run))
    .some(({ pid, attempt, detail }) => pid === run.pid && attempt === run.attempt && detail === 'lost-lease');
}

/** From when to when an attempt ran in a process, as far as is known: the store answered to its end before that was written down. */
function spanOf(of: JournalEntry, history: History): Span {
  const times = history.filter(({ pid, attempt }) => pid === of.pid && attempt === of.attempt).map(({ at }) => at);
  return { since: Math.min(...times), until: Math.max(...times) };
}

/**
 * A job is what its one accepted outcome made of it: once a process was told that it had completed it, it stays completed, with
 * that process's result; and who completed it has really run it to its end.
 */
function isOverwritten(
  { state, result }: StoredJob,
  history: History,
  forgettable: (answered: Span) => boolean,
): boolean {
  const told = history.filter((each) => each.detail === 'completed' && !forgettable(spanOf(each, history))).at(-1);
  if (state !== 'completed') return told !== undefined;
  const by = (JSON.parse(result === '' ? '{}' : result) as { readonly by?: number }).by;
  return (told !== undefined && told.pid !== by) || !history.some(({ event, pid }) => event === 'done' && pid === by);
}
