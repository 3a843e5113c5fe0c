import type { Journal, JournalEntry } from '../harness/journal.js';
import type { Death } from '../harness/supervised-worker.js';
import type { Incident } from './fault.js';

/** What came out of it for the jobs of a campaign, told by the journals and not by the engine. */
export interface Verdict {
  /** Jobs whose submit was acknowledged. */
  readonly acknowledged: number;
  /** Acknowledged, never done, and not excused by what the set-up may lose. */
  readonly lost: readonly string[];
  /** Acknowledged within the bound before the store failed, and never done. */
  readonly lostWithinBound: number;
  /** Attempts that ran again as the process that ran them died, or was told that it had lost the job. */
  readonly repeated: number;
  /** Attempts that ran again as the store came back without their outcome. */
  readonly repeatedWithinBound: number;
  /** Attempts that ran again for no reason that the promise names. */
  readonly doubled: readonly string[];
  /** Jobs of which two attempts were taken for the one that completed it. */
  readonly completedTwice: readonly string[];
  readonly overAttempted: readonly string[];
  /** The longest time between the death of a process and a run elsewhere of what it ran, in milliseconds. */
  readonly longestTakeover: number;
}

export interface Evidence {
  readonly journal: Journal;
  /** Processes that ended without having ended what they ran. */
  readonly deaths: readonly Death[];
  readonly incidents: readonly Incident[];
  readonly attempts: number;
  /** What the set-up may lose, in milliseconds before it fails. */
  readonly bound?: number;
}

/** How long a reply may be on its way to whoever writes it down, on a busy machine. */
const NOTED_WITHIN = 2_000;

export function judge({ journal, deaths, incidents, attempts, bound }: Evidence): Verdict {
  const died = new Map(deaths.map((death) => [death.pid, death.at]));
  const lapses = incidents.filter(({ forgets }) => forgets);
  /** True of what the store answered so shortly before it failed that it may have forgotten it, if it may at all. */
  const forgettable = (at: number, until = Infinity): boolean =>
    bound !== undefined &&
    lapses.some(({ from, to }) => at >= from - bound && at <= to + NOTED_WITHIN && from - bound <= until);
  const runs = new Map<string, JournalEntry[]>();
  for (const entry of journal.entries()) {
    const of = runs.get(entry.job);
    if (of === undefined) runs.set(entry.job, [entry]);
    else of.push(entry);
  }
  const acknowledged = journal.acknowledgements();
  const undone = [...acknowledged].filter(([id]) => !(runs.get(id) ?? []).some(({ event }) => event === 'done'));
  const lost = undone.filter(([, at]) => !forgettable(at));
  const verdict = { repeated: 0, repeatedWithinBound: 0, longestTakeover: 0 };
  const doubled: string[] = [];
  const completedTwice: string[] = [];
  const overAttempted: string[] = [];
  for (const [job, entries] of runs) {
    const begun = entries.filter(({ event }) => event === 'begun');
    for (const [index, run] of begun.entries()) {
      const before = begun.slice(0, index).filter(({ attempt }) => attempt >= run.attempt);
      const last = before.at(-1);
      if (last === undefined) continue;
      const death = died.get(last.pid);
      if (before.every((each) => isExcused(each, entries, died))) {
        verdict.repeated += 1;
        if (death !== undefined && death <= run.at) {
          verdict.longestTakeover = Math.max(verdict.longestTakeover, run.at - death);
        }
      } else if (before.every((each) => isExcused(each, entries, died) || forgettable(endOf(each, entries), run.at))) {
        verdict.repeatedWithinBound += 1;
      } else {
        doubled.push(job);
      }
    }
    const completions = entries.filter(({ detail }) => detail === 'completed');
    if (completions.slice(0, -1).some(({ at }) => !forgettable(at))) completedTwice.push(job);
    if (entries.some(({ attempt }) => attempt > attempts)) overAttempted.push(job);
  }
  return {
    acknowledged: acknowledged.size,
    lost: lost.map(([id]) => id),
    lostWithinBound: undone.length - lost.length,
    ...verdict,
    doubled,
    completedTwice,
    overAttempted,
  };
}

/** The same attempt may begin again where the process that ran it before died, or was told that it had lost it or given it back. */
function isExcused(run: JournalEntry, entries: readonly JournalEntry[], died: ReadonlyMap<number, number>): boolean {
  return (
    died.has(run.pid) ||
    entries.some(
      ({ pid, attempt, detail }) =>
        pid === run.pid && attempt === run.attempt && (detail === 'lost-lease' || detail === 'released'),
    )
  );
}

/** When a run has ended, as far as is known: what the store was told of it came after. */
function endOf(run: JournalEntry, entries: readonly JournalEntry[]): number {
  const ends = entries.filter(
    ({ pid, attempt, event }) => pid === run.pid && attempt === run.attempt && event !== 'begun',
  );
  return Math.max(run.at, ...ends.map(({ at }) => at));
}
