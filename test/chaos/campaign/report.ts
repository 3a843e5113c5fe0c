import type { CampaignResult } from './campaign.js';

/** A whole campaign, as it is kept. */
export interface CampaignReport {
  /** `CHAOS_SEED` that plays it again. */
  readonly seed: number;
  readonly at: string;
  readonly seconds: number;
  readonly redis: string;
  readonly node: string;
  readonly results: readonly CampaignResult[];
}

/** What broke a promise, a line each. */
export function broken({ results }: CampaignReport): readonly string[] {
  return results.flatMap(({ setup, lost, doubled, completedTwice, overAttempted, problems }) => [
    ...said(setup, 'lost', lost),
    ...said(setup, 'ran twice beyond the promise', doubled),
    ...said(setup, 'completed twice', completedTwice),
    ...said(setup, 'ran more often than their attempts', overAttempted),
    ...problems.map((problem) => `${setup}: ${problem}`),
  ]);
}

function said(setup: string, what: string, ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [] : [`${setup}: ${ids.length} ${what}: ${ids.slice(0, 5).join(', ')}`];
}

/** The table of `docs/reliability.md`. */
export function table({ results }: CampaignReport): string {
  const count = (each: number): string => each.toLocaleString('en');
  const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
  const sum = (of: (result: CampaignResult) => number): string =>
    count(results.reduce((total, result) => total + of(result), 0));
  const longest = (of: (result: CampaignResult) => number): string => seconds(Math.max(...results.map(of)));
  return [
    '| set-up | faults | jobs | lost | lost within the bound | ran again, as promised | beyond the promise | work went on within | a dead process’s jobs within |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...results.map(
      (each) =>
        `| ${[
          each.setup,
          count(each.faults),
          count(each.acknowledged),
          count(each.lost.length),
          count(each.lostWithinBound),
          count(each.repeated + each.repeatedWithinBound),
          count(each.doubled.length + each.completedTwice.length),
          seconds(each.longestRecovery.milliseconds),
          seconds(each.longestTakeover),
        ].join(' | ')} |`,
    ),
    `| **all** | ${sum(({ faults }) => faults)} | ${sum(({ acknowledged }) => acknowledged)} | ${sum(({ lost }) => lost.length)} | ${sum(({ lostWithinBound }) => lostWithinBound)} | ${sum(({ repeated, repeatedWithinBound }) => repeated + repeatedWithinBound)} | ${sum(({ doubled, completedTwice }) => doubled.length + completedTwice.length)} | ${longest(({ longestRecovery }) => longestRecovery.milliseconds)} | ${longest(({ longestTakeover }) => longestTakeover)} |`,
    '',
  ].join('\n');
}
