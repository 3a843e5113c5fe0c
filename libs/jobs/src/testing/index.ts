// The public face of `nestjs-jobs/testing`.

export {
  JobsTestingModule,
  type JobsTestingOptions,
  useTestingJobs,
  type VirtualTimeOptions,
} from './jobs-testing.module.js';
export { type DrainOptions, TestingJobs } from './testing-jobs.js';
export type { DrainSummary } from './drain-summary.js';
export type { SubmittedJob } from './submission-ledger.js';
export { JobSnoozedError, type RunOptions } from './single-run.js';
export { type ExpectedFailure, jobMatchers, type JobMatchers, type Part } from './job-matchers.js';
export { VirtualClock } from './virtual-clock.js';
export { jobStoreContract, type JobStoreContractOptions, type StoreUnderTest } from './job-store-contract.js';
