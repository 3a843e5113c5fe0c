import type { Incident } from './incident.js';
import type { Journal, JournalEntry } from './journal.js';

/** Names a job by who submitted it and as which of its own: jobs of a line are submitted one after another. */
export function lineId(producer: number, number: number): string {
  return `line-${producer}-${number}`;
}

const LINE_ID = /^line-(\d+)-(\d+)$/;

/** A fault may put what is on its way back to the end of its line: a job in each process. */
const DISPLACED_BY_A_FAULT = 4;
/** After a fault its consequences go on: leases pass, and what a process held goes back, in milliseconds. */
const CONSEQUENCES = 10_000;

/**
 * Jobs of a line that began behind later ones of the same producer. Jobs named by {@link lineId} have one priority, are of a
 * queue in which one runs at a time, and never fail: only what took them back can have cost them their place. That is a process that
 * gave them back or lost them, as it was told; or a fault, and of those each excuses a few.
 */
export function outOfLine(journal: Journal, incidents: readonly Incident[]): readonly string[] {
  const firsts = new Map<string, JournalEntry>();
  const goneBack = new Set<string>();
  for (const entry of journal.entries()) {
    if (!LINE_ID.test(entry.job) || firsts.has(entry.job)) continue;
    if (entry.event === 'begun') firsts.set(entry.job, entry);
    else if (entry.detail === 'released' || entry.detail === 'lost-lease') goneBack.add(entry.job);
  }
  const acknowledged = journal.acknowledgements();
  const left = new Map(incidents.map((incident) => [incident, DISPLACED_BY_A_FAULT]));
  return overtaken(firsts)
    .filter(({ job }) => !goneBack.has(job))
    .filter(({ job, at }) => {
      const since = acknowledged.get(job)?.since ?? -Infinity;
      const fault = incidents.find(
        (each) => each.from <= at && each.to + CONSEQUENCES >= since && (left.get(each) ?? 0) > 0,
      );
      if (fault !== undefined) left.set(fault, (left.get(fault) ?? 0) - 1);
      return fault === undefined;
    })
    .map(({ job }) => job);
}

/** Those that began when one that was submitted behind them already had. */
function overtaken(firsts: ReadonlyMap<string, JournalEntry>): readonly JournalEntry[] {
  const furthest = new Map<string, number>();
  return [...firsts.values()].filter(({ job }) => {
    const [, producer = '', number] = LINE_ID.exec(job) ?? [];
    const before = furthest.get(producer) ?? -1;
    furthest.set(producer, Math.max(before, Number(number)));
    return Number(number) < before;
  });
}
