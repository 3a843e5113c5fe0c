import { registerTypeScript } from './typescript-hook.cjs';

/**
 * Runs once, before any test process: they all inherit the server program that is found or fetched here.
 * `REDIS_TEST_SERVER=valkey` makes it a run against Valkey 8.
 */
export default async function globalSetup(): Promise<void> {
  // jest compiles this file, but resolves its imports without the mapping that tests have.
  const unregister = registerTypeScript();
  try {
    const { BINARY_VARIABLE, findRedis, findValkey, LIBRARY_PATH_VARIABLE } = await import('./redis-binary.js');
    const { createMarkerFolder, MARKERS_VARIABLE } = await import('./markers.js');
    const binary = await (process.env['REDIS_TEST_SERVER'] === 'valkey' ? findValkey() : findRedis());
    process.env[BINARY_VARIABLE] = binary.path;
    process.env[LIBRARY_PATH_VARIABLE] = binary.libraryPath ?? '';
    process.env[MARKERS_VARIABLE] = createMarkerFolder();
    // One for the whole run, so that one number repeats it.
    process.env['JOBS_FUZZ_SEED'] ??= String(Date.now() % 2_147_483_647);
  } finally {
    unregister();
  }
}
