import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { BINARY_VARIABLE, findRedis, LIBRARY_PATH_VARIABLE } from '../servers/redis-binary.js';
import { draw } from './drawn.js';
import { baseline, judge, judgeDrawn, type Verdict } from './judge.js';
import { PAGE, page } from './page.js';
import { INVARIANTS } from './register.js';
import { readResults, RESULTS, type Results } from './results.js';

/** The seed of `npm run mutants` unless MUTANTS_SEED names another. */
const SEED = 1;
const AT_ONCE = 2;

const HELP = `Usage: npm run mutants -- [options]

  --only <text>   only the mutants whose invariant or name has this in it
  --drawn <n>     how many mutants are drawn beside those made by hand. Default: 8
  --publish       writes test/invariants/results.json and docs/invariants.md
  --page          only writes docs/invariants.md anew, from the results that are there
  MUTANTS_SEED    draws others. Default: ${SEED}
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    drawn: { type: 'string', default: '8' },
    publish: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Case {
  readonly name: string;
  readonly breaks: string;
  readonly judge: (folder: string) => Promise<Verdict>;
}

/** Judges every mutant, and says what came of it. Ends with 1 where one survives, or the code as it is fails. */
async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.page) {
    writeFileSync(PAGE, page(readResults()));
    return 0;
  }
  const binary = await findRedis();
  process.env[BINARY_VARIABLE] = binary.path;
  process.env[LIBRARY_PATH_VARIABLE] = binary.libraryPath ?? '';
  const began = Date.now();
  const seed = Number(process.env['MUTANTS_SEED'] ?? SEED);
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  try {
    const isAsked = ({ name }: Case): boolean => name.includes(values.only);
    const byHand = INVARIANTS.flatMap((invariant) =>
      invariant.mutants.map((mutant) => ({
        name: `${invariant.id}/${mutant.id}`,
        breaks: mutant.breaks,
        judge: (home: string) => judge(invariant, mutant, home),
      })),
    ).filter(isAsked);
    const drawn = draw(seed, Number(values.drawn)).map((mutant) => ({
      ...mutant,
      name: `drawn/${mutant.id}`,
      judge: (home: string) => judgeDrawn(mutant, home),
    }));
    const drawnAsked = drawn.filter(isAsked);

    const problems = values.only === '' ? await baseline(INVARIANTS, folder) : [];
    if (problems.length > 0) {
      problems.forEach((problem) => console.error(problem));
      console.error('The tests fail on the code as it is: nothing can be said of mutants.');
      return 1;
    }
    console.log(`MUTANTS_SEED=${seed}`);
    const verdicts = await judgeAll([...byHand, ...drawnAsked], folder);
    const bad = [...verdicts.values()].filter(({ caughtBy }) => caughtBy === undefined).length;
    const caughtBy = ({ name }: Case): string => verdicts.get(name)?.caughtBy ?? '';
    if (values.publish && bad === 0 && values.only === '') {
      publish({
        at: new Date(began).toISOString().slice(0, 10),
        redis: binary.version,
        node: process.version,
        caught: Object.fromEntries(byHand.map((each) => [each.name, caughtBy(each)])),
        seed,
        drawn: drawn.map((each) => ({
          script: each.script,
          line: each.line,
          becomes: each.becomes,
          caughtBy: caughtBy(each),
        })),
      });
    }
    const seconds = Math.round((Date.now() - began) / 1_000);
    for (const each of [...byHand, ...drawnAsked]) {
      const verdict = verdicts.get(each.name);
      if (verdict?.caughtBy === undefined) {
        console.error(`NOT CAUGHT ${each.name}: ${each.breaks}`);
      }
    }
    console.log(`\n${verdicts.size - bad} of ${verdicts.size} mutants caught in ${seconds} s, MUTANTS_SEED=${seed}`);
    return bad === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judgeAll(cases: readonly Case[], folder: string): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  const left = [...cases.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [number, each] = next;
      const began = Date.now();
      const verdict = await each.judge(join(folder, String(number)));
      verdicts.set(each.name, verdict);
      console.log(line(each, verdict, Date.now() - began));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return verdicts;
}

function line({ name, breaks }: Case, { caughtBy, unfit }: Verdict, milliseconds: number): string {
  const seconds = `${(milliseconds / 1_000).toFixed(1)} s`;
  if (caughtBy !== undefined) {
    return `caught    ${name}  (${seconds})`;
  }
  return unfit === undefined
    ? `SURVIVED  ${name}: ${breaks}  (${seconds})`
    : `UNFIT     ${name}: ${breaks}  (${seconds})\n${unfit}`;
}

function publish(results: Results): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(PAGE, page(results));
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
