import type { Effort } from './campaign/campaign.js';
import { broken } from './campaign/report.js';
import { playOn, SETUPS } from './campaign/setups.js';
import { Seeded } from './harness/seeded.js';

/** Rounds begin for so long, in milliseconds, and each set-up has an equal share of what is left of it. */
const BUDGET = 95_000;
/** A set-up's rounds end, and its jobs are settled, well within this; on a machine at rest in some seconds. */
const TIMEOUT = 600_000;

const PART: Effort = { rounds: 4, jobs: 200, workers: 2, producers: 1, longestFault: 10_000 };

const { seed } = Seeded.fromEnvironment();

// A whole campaign is `npm run chaos`; CONTRIBUTING.md says how.
describe(`a part of the campaign of faults (replay with CHAOS_SEED=${seed})`, () => {
  const end = performance.now() + BUDGET;

  it.each(SETUPS.map((setup, index) => ({ ...setup, left: SETUPS.length - index })))(
    'keeps every promise on: $name',
    async ({ left, ...setup }) => {
      const until = performance.now() + (end - performance.now()) / left;
      const effort = { ...PART, goesOn: () => performance.now() < until };
      const lines: string[] = [];
      const result = await playOn(setup, effort, new Seeded(seed), (line) => lines.push(line));
      expect(broken([result])).toEqual([]);
      expect(result.faults).toBeGreaterThan(0);
      expect(result.acknowledged).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});
