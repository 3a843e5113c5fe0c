import 'reflect-metadata';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { BINARY_VARIABLE, findRedis, LIBRARY_PATH_VARIABLE } from '../../servers/redis-binary.js';
import { Seeded } from '../harness/seeded.js';
import type { CampaignResult } from './campaign.js';
import { pageWith } from './page.js';
import { broken, type CampaignReport, replay, table } from './report.js';
import { playOn, SETUPS } from './setups.js';

const PAGE = join(__dirname, '../../../docs/reliability.md');

const HELP = `Usage: npm run chaos -- [options]

  --rounds <n>    rounds a set-up, each with one to three faults. Default: 44
  --jobs <n>      jobs a round. Default: 800
  --only <text>   only the set-ups whose name has this in it
  --out <file>    where the report is written. Default: test/chaos/results/latest.json
  --publish       writes the figures into docs/reliability.md
  CHAOS_SEED      draws the same faults again
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '44' },
    jobs: { type: 'string', default: '800' },
    only: { type: 'string', default: '' },
    publish: { type: 'boolean', default: false },
    out: { type: 'string', default: 'test/chaos/results/latest.json' },
    help: { type: 'boolean', default: false },
  },
});

/** Plays every set-up in turn, and says what came of it. Ends with 1 where a promise was broken. */
async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const binary = await findRedis();
  process.env[BINARY_VARIABLE] = binary.path;
  process.env[LIBRARY_PATH_VARIABLE] = binary.libraryPath ?? '';
  const { seed } = Seeded.fromEnvironment();
  console.log(`CHAOS_SEED=${seed}`);
  const began = Date.now();
  const effort = { rounds: Number(values.rounds), jobs: Number(values.jobs) };
  const results: CampaignResult[] = [];
  for (const setup of SETUPS.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()))) {
    // Of each set-up its own, so that one alone draws what it has drawn among all.
    results.push(await playOn(setup, effort, new Seeded(seed), console.log));
  }
  const report: CampaignReport = {
    seed,
    at: new Date(began).toISOString().slice(0, 10),
    seconds: Math.round((Date.now() - began) / 1_000),
    redis: binary.version,
    node: process.version,
    ...effort,
    results,
  };
  const out = resolve(values.out);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(report, undefined, 2)}\n`);
  if (values.publish) writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), report));
  console.log(`\n${table(report)}`);
  const problems = broken(results);
  problems.forEach((problem) => console.error(`BROKEN ${problem}`));
  console.log(problems.length === 0 ? 'Every promise held' : 'Promises were broken');
  console.log(`The same faults of one set-up again: ${replay(report)}`);
  return problems.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
