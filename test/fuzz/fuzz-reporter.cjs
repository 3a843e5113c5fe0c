const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { COUNTS_EXTENSION, LEAST_INPUTS, SEED_VARIABLE } = require('./effort.cjs');

/** Tells, at the end of a jest run, how many inputs were generated, and fails a whole run that had too few. */
module.exports = class FuzzReporter {
  constructor(config) {
    this.isWhole = config.testNamePattern === undefined || config.testNamePattern === '';
  }

  // The folder is gone once the reporter of the servers has read it: this one stands before it.
  onRunComplete(_contexts, results) {
    const ran = results.testResults.filter(({ testFilePath }) => testFilePath.startsWith(join(__dirname, '/'))).length;
    if (ran === 0) return;
    const inputs = countInputs(process.env.REDIS_TEST_MARKERS);
    const line = `Fuzz: ${inputs} generated inputs in ${ran} files; ${SEED_VARIABLE}=${process.env[SEED_VARIABLE]} repeats them\n`;
    process.once('exit', () => process.stdout.write(line));
    const all = readdirSync(__dirname).filter((name) => name.endsWith('.spec.ts')).length;
    if (this.isWhole && ran === all && results.numFailedTests === 0 && inputs < LEAST_INPUTS) {
      this.error = new Error(`Only ${inputs} inputs were generated; a whole run has ${LEAST_INPUTS} at least`);
    }
  }

  getLastError() {
    return this.error;
  }
};

function countInputs(folder) {
  if (folder === undefined || !existsSync(folder)) return 0;
  return readdirSync(folder)
    .filter((name) => name.endsWith(COUNTS_EXTENSION))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .reduce((sum, line) => sum + Number(line), 0);
}
