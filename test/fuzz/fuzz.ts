import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { COUNTS_EXTENSION, LEAST_INPUTS, SEED_VARIABLE } from './effort.cjs';
import { made } from './nasty-values.js';
import { MARKERS_VARIABLE } from '../servers/markers.js';

/** Where all of a run begins: JOBS_FUZZ_SEED repeats one. */
const SEED = Number(process.env[SEED_VARIABLE] ?? Date.now() % 2_147_483_647);

/** JOBS_FUZZ_RUNS asks for so many inputs in all; each property gets its share of them. */
const FACTOR = Math.max(1, Number(process.env['JOBS_FUZZ_RUNS'] ?? LEAST_INPUTS) / LEAST_INPUTS);

/** Of an input that fails; the seed brings the rest. */
const LONGEST_SHOWN = 4_000;

/** Milliseconds that a test may take: a short run none as many. */
export const FUZZ_TIMEOUT = 240_000 * FACTOR;

/**
 * Tries a property with generated inputs: as many as are asked for, however long they take, and counts them.
 *
 * @param runs inputs of a short run
 */
export async function fuzz<T>(
  input: fc.Arbitrary<T>,
  runs: number,
  check: (value: T) => void | Promise<void>,
): Promise<void> {
  const details = await fc.check(
    fc.asyncProperty(input, async (value) => check(made(value) as T)),
    { seed: SEED, numRuns: Math.ceil(runs * FACTOR), endOnFailure: false },
  );
  count(details.numRuns);
  if (details.failed) {
    const shown = inspect(details.counterexample, {
      depth: 6,
      maxStringLength: 300,
      maxArrayLength: 20,
      getters: false,
    });
    throw new Error(`Input ${shown.slice(0, LONGEST_SHOWN)} (JOBS_FUZZ_SEED=${SEED} repeats it)`, {
      cause: details.errorInstance,
    });
  }
}

/** Notes inputs for the line at the end of the run. */
function count(inputs: number): void {
  const folder = process.env[MARKERS_VARIABLE];
  if (folder !== undefined) {
    appendFileSync(join(folder, `${process.pid}${COUNTS_EXTENSION}`), `${inputs}\n`);
  }
}
