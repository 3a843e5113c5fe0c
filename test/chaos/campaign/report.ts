import type { CampaignResult } from './campaign.js';

/** A whole campaign, as it is kept. */
export interface CampaignReport {
  /** `CHAOS_SEED` that plays it again. */
  readonly seed: number;
  readonly at: string;
  readonly seconds: number;
  /** Rounds of each set-up, and jobs of each round. */
  readonly rounds: number;
  readonly jobs: number;
  readonly redis: string;
  readonly node: string;
  readonly results: readonly CampaignResult[];
}

/** What broke a promise, a line each. */
export function broken(results: readonly CampaignResult[]): readonly string[] {
  return results.flatMap(
    ({ setup, lost, doubled, completedTwice, overwritten, overAttempted, outOfLine, problems, stories }) => [
      ...said(setup, 'lost', lost),
      ...said(setup, 'ran twice beyond the promise', doubled),
      ...said(setup, 'completed twice', completedTwice),
      ...said(setup, 'are not what their outcome has made of them', overwritten),
      ...said(setup, 'began behind later ones of their line', outOfLine),
      ...said(setup, 'ran more often than their attempts', overAttempted),
      ...problems.slice(0, 20).map((problem) => `${setup}: ${problem}`),
      ...(problems.length > 20 ? [`${setup}: and ${problems.length - 20} problems more`] : []),
      ...Object.entries(stories).map(([id, lines]) => `${setup}: ${id}: ${lines.join('; ')}`),
    ],
  );
}

function said(setup: string, what: string, ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [] : [`${setup}: ${ids.length} ${what}: ${ids.slice(0, 5).join(', ')}`];
}

/** The command that draws the same faults of one set-up again. */
export function replay({ seed, rounds, jobs }: CampaignReport, setup = '<set-up>'): string {
  return `CHAOS_SEED=${seed} npm run chaos -- --rounds ${rounds} --jobs ${jobs} --only '${setup}'`;
}

const count = (each: number): string => each.toLocaleString('en');
const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
const sum = (values: readonly number[]): string => count(values.reduce((total, each) => total + each, 0));
const longest = (values: readonly number[]): string => seconds(Math.max(0, ...values));

/** What each column shows of a set-up, and how those of all set-ups become one figure. */
const COLUMNS: readonly (readonly [
  title: string,
  of: (result: CampaignResult) => number,
  together: (values: readonly number[]) => string,
])[] = [
  ['faults', ({ faults }) => faults, sum],
  ['jobs', ({ acknowledged }) => acknowledged, sum],
  ['lost', ({ lost }) => lost.length, sum],
  ['lost, as this Redis may', ({ lostWithinBound }) => lostWithinBound, sum],
  ['ran again, as promised', ({ repeated, repeatedWithinBound }) => repeated + repeatedWithinBound, sum],
  ['ran again beyond the promise', ({ doubled, completedTwice }) => doubled.length + completedTwice.length, sum],
  [
    'overwritten, out of order, too often',
    ({ overwritten, outOfLine, overAttempted }) => overwritten.length + outOfLine.length + overAttempted.length,
    sum,
  ],
  ['stuck jobs, leftover keys', ({ problems }) => problems.length, sum],
  ['longest recovery', ({ longestRecovery }) => longestRecovery.milliseconds, longest],
  ['a dead process’s jobs within', ({ longestTakeover }) => longestTakeover, longest],
];

/** The table of `docs/reliability.md`. */
export function table({ results }: CampaignReport): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['set-up', ...COLUMNS.map(([title]) => title)]),
    row(['---', ...COLUMNS.map(() => '---:')]),
    ...results.map((result) => row([result.setup, ...COLUMNS.map(([, of, together]) => together([of(result)]))])),
    row(['**all**', ...COLUMNS.map(([, of, together]) => together(results.map(of)))]),
    '',
  ].join('\n');
}
