import { join, resolve } from 'node:path';

/** The repository; this file is built to apps/bench/dist/apps/bench/src. */
export const ROOT = resolve(__dirname, '../../../../../..');

export const BENCH_FOLDER = join(ROOT, 'apps/bench');

/** Where the peers are installed. */
export const PEERS_FOLDER = join(BENCH_FOLDER, 'peers');

/** Where results are written. */
export const RESULTS_FOLDER = join(BENCH_FOLDER, 'results');
