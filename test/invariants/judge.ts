import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Invariant, Mutant, Shown } from './invariant.js';
import { write } from './mutant-text.js';
import { REPOSITORY } from './paths.js';
import { pattern, runTests, type TestRun } from './test-run.js';

const REDIS = 'libs/jobs/src/adapters/redis';
const STORE = `${REDIS}/redis-store.spec.ts`;
/** What is most likely to notice what the contract does not. */
const SOON = ['bounds', 'keys', 'resends', 'hand-over'].map((name) => `${REDIS}/redis-${name}.spec.ts`);

/** Milliseconds: for a test of a mutant, which may wait in vain, for all of them, and for those of the code as it is. */
const TEST = 10_000;
const RUN = 180_000;
const WHOLE_RUN = 600_000;

/** What became of a mutant. */
export interface Verdict {
  /** The first test that failed; undefined for a mutant that survived. */
  readonly caughtBy?: string;
  /** Why nothing can be said: the mutant is no program, or the tests could not be run. */
  readonly unfit?: string;
}

/** What a script says that stops in the middle: a mutant that does shows nothing of the invariant. */
const STOPPED = /user_script:\d+|Error compiling script/;

/** Runs the tests that show an invariant, on code in which it is broken. */
export async function judge({ shownBy }: Invariant, mutant: Mutant, folder: string): Promise<Verdict> {
  const run = await runTests({
    specs: specsOf(shownBy),
    only: shownBy,
    report: join(folder, 'report.json'),
    mutated: write(mutant, folder),
    testTimeout: TEST,
    timeout: RUN,
  });
  const stopped = run.failed.find(({ message }) => STOPPED.test(message));
  return stopped === undefined ? verdict(run) : { unfit: `its script stops: ${stopped.message}` };
}

/** Runs the contract on a mutant that was drawn and, where that does not notice it, all that the suite has of Redis. */
export async function judgeDrawn(mutant: Mutant, folder: string): Promise<Verdict> {
  const mutated = write(mutant, folder);
  const others = readdirSync(join(REPOSITORY, REDIS), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => `${REDIS}/${name}`)
    .filter((name) => name !== STORE && !SOON.includes(name));
  for (const [number, specs] of [[STORE], SOON, [...others, 'test/model/model.spec.ts']].entries()) {
    const report = join(folder, `report-${number}.json`);
    const run = await runTests({ specs, report, mutated, testTimeout: 2 * TEST, timeout: WHOLE_RUN });
    const { caughtBy, unfit } = verdict(run);
    // Whatever they stop at, they have noticed it.
    if (caughtBy !== undefined || unfit !== undefined) {
      return { caughtBy: caughtBy ?? unfit };
    }
  }
  return {};
}

/** Runs all tests that show something on the code as it is; answers what is wrong with them. */
export async function baseline(invariants: readonly Invariant[], folder: string): Promise<readonly string[]> {
  const shown = invariants.flatMap(({ shownBy }) => shownBy);
  const report = join(folder, 'baseline.json');
  const run = await runTests({ specs: specsOf(shown), only: shown, report, testTimeout: RUN, timeout: WHOLE_RUN });
  const missing = shown.filter((one) => !run.passed.some((name) => new RegExp(pattern([one])).test(name)));
  return [
    ...(run.broken === undefined ? [] : [run.broken]),
    ...run.failed.map(({ test, message }) => `${test}: ${message}`),
    ...missing.map(({ spec, titles }) => `${spec} has no test that passes: ${titles.join(' > ')}`),
  ];
}

function verdict({ failed, passed, broken }: TestRun): Verdict {
  const [first] = failed;
  if (first !== undefined) {
    return { caughtBy: first.test };
  }
  return broken === undefined && passed.length > 0 ? {} : { unfit: broken ?? 'no test was run' };
}

function specsOf(shown: readonly Shown[]): readonly string[] {
  return [...new Set(shown.map(({ spec }) => spec))];
}
