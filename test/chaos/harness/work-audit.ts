import type { Journal, JournalEntry } from './journal.js';

export interface WorkAudit {
  /** Acknowledged and never done. */
  readonly lost: readonly string[];
  /** Runs that began although the one before was neither killed nor told that it had lost the job. */
  readonly doubled: readonly string[];
  /** Jobs of which two attempts were taken for the one that completed it. */
  readonly completedTwice: readonly string[];
  /** Attempts beyond what the job's type allows. */
  readonly overAttempted: readonly string[];
}

/** Compares what producers were told, what handlers did, and which processes died. */
export function auditWork(
  journal: Journal,
  { killed, attempts }: { readonly killed: ReadonlySet<number>; readonly attempts: number },
): WorkAudit {
  const byJob = new Map<string, JournalEntry[]>();
  for (const entry of journal.entries()) byJob.set(entry.job, [...(byJob.get(entry.job) ?? []), entry]);
  const jobs = [...byJob].map(([job, entries]) => ({ job, entries }));
  const named = (which: (entries: readonly JournalEntry[]) => boolean): readonly string[] =>
    jobs.filter(({ entries }) => which(entries)).map(({ job }) => job);
  return {
    lost: journal.acknowledged().filter((id) => !(byJob.get(id) ?? []).some(({ event }) => event === 'done')),
    doubled: named((entries) => doubled(entries, killed)),
    completedTwice: named((entries) => entries.filter(({ detail }) => detail === 'completed').length > 1),
    overAttempted: named((entries) => entries.some(({ attempt }) => attempt > attempts)),
  };
}

/** The same attempt may begin again only where the process that ran it before died, or was told that it had lost it. */
function doubled(entries: readonly JournalEntry[], killed: ReadonlySet<number>): boolean {
  const runs = entries.filter(({ event }) => event === 'begun');
  const excused = ({ pid }: JournalEntry): boolean =>
    killed.has(pid) || entries.some((entry) => entry.pid === pid && entry.detail === 'lost-lease');
  return runs.some((run, index) =>
    runs.slice(0, index).some((earlier) => earlier.attempt === run.attempt && !excused(earlier)),
  );
}
