const { existsSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Tells, at the end of a jest run, how many of its tests had a real server and which, and then the run's sum as the
 * last line. The servers' entries come from `markers.ts`, the counts from jest's own results.
 */
module.exports = class RedisReporter {
  onRunComplete(_contexts, results) {
    const entries = takeEntries(process.env.REDIS_TEST_MARKERS);
    const lines = `${serversLine(entries, results)}\n${sumLine(results)}\n`;
    // jest prints its own summary after every custom reporter; at the exit nothing comes later.
    process.once('exit', () => process.stdout.write(lines));
  }
};

function takeEntries(folder) {
  if (folder === undefined || !existsSync(folder)) return [];
  const entries = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    );
  rmSync(folder, { recursive: true, force: true });
  return entries;
}

function serversLine(entries, results) {
  const files = new Set(entries.map(({ file }) => file));
  const tests = results.testResults
    .filter(({ testFilePath }) => files.has(testFilePath))
    .reduce((sum, { numPassingTests, numFailingTests }) => sum + numPassingTests + numFailingTests, 0);
  if (files.size === 0) return 'Redis: no test of this run started a server';
  const servers = [...new Set(entries.map(({ server, version }) => `${server} ${version}`))].toSorted((one, other) =>
    one.localeCompare(other),
  );
  return `Redis: ${count(tests, 'test')} in ${count(files.size, 'file')} ran against real servers (${servers.join('; ')})`;
}

function sumLine(results) {
  // A file that could not be loaded has no tests to count, and is a failure all the same.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
