// The public face of `nestjs-jobs/health`.

export { JobsHealthModule } from './jobs-health.module.js';
export type {
  HealthThreshold,
  HealthThresholds,
  JobsHealthAsyncOptions,
  JobsHealthOptions,
  JobsHealthOptionsFactory,
  JobsHealthRouteOptions,
  LivenessFileOptions,
  QueueHealthThresholds,
} from './health-options.js';
export { type IndicatorOptions, JobsHealthIndicator } from './jobs-health.indicator.js';
export type { JobsHealthResult } from './jobs-health.controller.js';
export {
  JobsHealth,
  type JobsHealthReport,
  type PartHealth,
  type ProcessHealth,
  type QueueHealth,
  type QueuesHealth,
  type StoreHealth,
  type WorkerHealth,
  type WorkersHealth,
} from './jobs-health.js';
export type { HealthLevel, ProblemLevel } from './health-level.js';
export type { HealthProblem, HealthRule } from './health-rules.js';
export type { ProcessFacts, QueueFacts, StoreFacts } from './health-facts.js';
export type { LivenessRecord } from './liveness-file.js';
