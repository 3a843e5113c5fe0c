// The public face of `nestjs-jobs/history`.

export { JobsHistoryModule, type JobsHistoryOptions } from './jobs-history.module.js';
export {
  type HistoryFilter,
  type HistoryPoint,
  MetricsService,
  type SeriesSummary,
  type SpanSummary,
  type SummaryFilter,
} from '../application/history/metrics-service.js';
export type { JobSummary, Quantiles } from '../application/history/job-summary.js';
export { COUNTED, type Counted, OTHER } from '../domain/history/job-figures.js';
