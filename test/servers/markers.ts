import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { CACHE_DIRECTORY, type RedisBinary } from './redis-binary.js';

/** The folder that collects this run's entries; `redis-reporter.cjs` reads it at the end. */
export const MARKERS_VARIABLE = 'REDIS_TEST_MARKERS';

const RUNS = join(CACHE_DIRECTORY, 'test-runs');
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

const recorded = new Set<string>();

/** Makes the folder of a new run, and removes those of runs that never came to their end. */
export function createMarkerFolder(): string {
  mkdirSync(RUNS, { recursive: true });
  for (const entry of readdirSync(RUNS)) {
    const path = join(RUNS, entry);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > FORGOTTEN_AFTER_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
  const folder = join(RUNS, `${Date.now()}-${process.pid}`);
  mkdirSync(folder);
  return folder;
}

/** Notes that the running test file has a real server of this program. */
export function recordServer(binary: RedisBinary): void {
  const folder = process.env[MARKERS_VARIABLE];
  const file = currentTestFile();
  if (folder === undefined || file === undefined) return;
  const entry = JSON.stringify({ file, server: binary.name, version: binary.version });
  if (recorded.has(entry)) return;
  recorded.add(entry);
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${entry}\n`);
}

/** Undefined outside jest. */
function currentTestFile(): string | undefined {
  const { expect: injected } = globalThis as {
    readonly expect?: { getState(): { readonly testPath?: string | undefined } };
  };
  return injected?.getState().testPath;
}
