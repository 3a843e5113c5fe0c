// The public face of `nestjs-jobs/tracing`.

export { type JobsTracingAsyncOptions, JobsTracingModule } from './jobs-tracing.module.js';
export type { JobsTracingOptions } from './tracing-options.js';
