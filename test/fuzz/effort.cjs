/** What the tests, which count, and the reporter, which sums, have to agree on. */
module.exports = {
  /** Inputs of a whole run, at least. */
  LEAST_INPUTS: 50_000,
  SEED_VARIABLE: 'JOBS_FUZZ_SEED',
  /** Ends the names of the files with counts, in the folder of the run's markers. */
  COUNTS_EXTENSION: '.inputs',
};
