import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the last run that was published found. */
export interface Results {
  /** The day, the server and Node. */
  readonly at: string;
  readonly redis: string;
  readonly node: string;
  /** By invariant and mutant, `<id>/<id>`: the test that caught it. */
  readonly caught: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly drawn: readonly DrawnResult[];
}

export interface DrawnResult {
  readonly script: string;
  readonly line: string;
  readonly becomes: string;
  readonly caughtBy: string;
}

export const RESULTS = join(__dirname, 'results.json');

export function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
}
