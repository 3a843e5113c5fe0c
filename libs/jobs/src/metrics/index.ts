// The public face of `nestjs-jobs/metrics`. Needs @willsoto/nestjs-prometheus and prom-client.

export { type JobsMetricsAsyncOptions, type JobsMetricsEndpoint, JobsMetricsModule } from './jobs-metrics.module.js';
export { DEFAULT_BUCKETS } from './bucket-bounds.js';
export type { BucketOptions, JobsMetricsOptions, LimitOptions } from './metrics-options.js';
export type { CustomJobMetric, CustomMetricOf } from './custom-metrics.js';
export { ScheduleLateness } from './schedule-lateness.js';
