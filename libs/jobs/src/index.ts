// The whole public face of `nestjs-jobs`, on one page. What is not here is not public.

// The module
export { JobsModule } from './nest/jobs.module.js';
export type { JobsModuleAsyncOptions, JobsOptionsFactory } from './nest/jobs-async-options.js';
export type { JobsFeatureOptions } from './nest/feature-queues.js';
export type {
  HandlersOptions,
  JobDefaultsOptions,
  JobsModuleOptions,
  LogOptions,
  Preset,
  QueueDefaultsOptions,
  QueueOptions,
  RetentionOptions,
  SchedulesOptions,
  ShutdownOptions,
  SubmitsOptions,
  StoreKind,
  WorkerOptions,
} from './nest/options/module-options.js';
export type {
  JobsRedisOptions,
  RedisClientOptions,
  RedisClusterOptions,
  RedisConnectionOptions,
  RedisDurabilityOptions,
} from './nest/options/redis-options.js';
export { jobsConfig } from './nest/options/jobs-config.js';

// Logging
export { type JobsLoggingAsyncOptions, JobsLoggingModule } from './nest/logging/jobs-logging.module.js';
export type { JobsLoggingOptions } from './nest/logging/logging-options.js';
export type { LogRecord } from './application/log-record.js';

// Handlers
export { JobHandler, type JobHandlerDecorator } from './nest/handlers/job-handler.decorator.js';
export { type JobEventFilter, OnJobEvent } from './nest/handlers/on-job-event.decorator.js';
export { JobContext } from './application/attempts/job-context.js';
export type {
  Handler,
  HandlerClass,
  HandlerFunction,
  HandlerOptions,
  JobTypes,
  Middleware,
  MiddlewareClass,
  MiddlewareFunction,
  MiddlewareObject,
  PayloadOf,
  PayloadType,
  ResultOf,
  StandardSchema,
} from './application/handlers/handler.js';
export type { BackoffFunction, BackoffName, RetryOptions, StoredRetry } from './domain/retry-policy.js';
export type { ErrorMatcher, ErrorPreset } from './domain/error-matcher.js';

// Submitting, looking up, moving
export { JobService, type SubmissionReceipt, type SubmitArguments } from './application/job-service.js';
export type { JobSubmission } from './application/submitting/bulk-submitter.js';
export type { SubmitOptions } from './application/submitting/submit-options.js';
export { JobRef, type SubmitStatus } from './application/submitting/job-ref.js';
export { JobQueue } from './application/inspecting/job-queue.js';
export { type DeadLetterFilter, DeadLetters } from './application/inspecting/dead-letters.js';
export type { JobFilter, JobList } from './application/inspecting/job-search.js';
export type { JobStats, QueueStats } from './application/inspecting/job-stats.js';

// What happens in this process and in every other, and who works in it
export { JobEvents } from './application/job-events.js';
export {
  JOB_EVENT_KINDS,
  type JobEvent,
  type JobEventKind,
  type JobEventOf,
} from './application/ports/job-observer.js';
export type {
  LiveEvent,
  LiveEventOf,
  LiveEventSubscription,
  MissedEvents,
  SubscribeOptions,
} from './application/events/live-event.js';
export { cursorOf, eventStream, type EventStreamOptions } from './application/events/event-stream.js';
export type { DroppedEvents, JobHappening, ToldFailure } from './application/ports/event-log.js';
export { JobsEngine } from './application/jobs-engine.js';
export { WorkerPool } from './application/working/worker-pool.js';
export { Worker } from './application/working/worker.js';
export type { WorkerState, WorkerView } from './domain/processes/worker-view.js';
export { type ProcessView, WorkerFleet, type WorkerOfProcess } from './application/processes/worker-fleet.js';

// Schedules
export { Schedule } from './nest/handlers/schedule.decorator.js';
export { at, daily, every, monthly, weekly, type Weekday, type WeekdayName } from './domain/timetable/builders.js';
export { type ScheduleFilter, ScheduleService } from './application/scheduling/schedule-service.js';
export { type ScheduleEvent, ScheduleEvents } from './application/scheduling/schedule-events.js';
export type {
  ScheduledJobOptions,
  ScheduleDecoratorOptions,
  ScheduleOptions,
  ScheduleTiming,
} from './application/scheduling/schedule-options.js';
export type { MissedPolicy, OverlapPolicy, ScheduleRecord } from './domain/schedules/schedule.js';

// What can be changed at run time
export { ConfigurationService } from './application/configuration/configuration-service.js';
export type {
  ChangeOptions,
  Configuration,
  ConfigurationChange,
  ConfigurationPatch,
  DefaultsPatch,
  EffectiveSetting,
  QueuePatch,
  WorkersPatch,
} from './application/configuration/configuration.js';
export {
  type ConfigurationSection,
  type ExtractedChange,
  type JsonObject,
  type SettingInForce,
} from './application/configuration/configuration-section.js';
export type { SettingChange } from './application/ports/configuration-store.js';
export type { LogLevel } from './application/configuration/filtered-log.js';

// Jobs as data
export type { Json, JobKey, JobRecord, LogLine } from './domain/job.js';
export { FINISHED_STATES, isFinished, JOB_STATES, type JobState } from './domain/job-state.js';
export type { FailedAttempt, Failure } from './domain/failure.js';
export { PRIORITIES, type Priority, type PriorityName } from './domain/priority.js';
export type { Duration } from './domain/duration.js';
export type { OnFull, QueueSettings } from './domain/queue-settings.js';
export type { QueueCounts } from './application/ports/job-inspector.js';

// Errors
export {
  DuplicateHandlerError,
  IllegalStateError,
  InvalidConfigurationError,
  InvalidOptionError,
  InvalidPayloadError,
  InvalidScheduleError,
  JobCancelledError,
  JobFailedError,
  JobNotFoundError,
  JobsError,
  JobTimeoutError,
  LostLeaseError,
  type PayloadIssue,
  PayloadTooLargeError,
  QueueFullError,
  ResultTimeoutError,
  RetryLaterError,
  ShutdownError,
  StoreFullError,
  StoreUnavailableError,
  TooManyScheduledError,
  UnknownJobTypeError,
  UnrecoverableError,
  UnsuitableStoreError,
  UsageError,
} from './domain/errors/errors.js';
export { UnconfirmedWriteError, type UnconfirmedWrite } from './domain/errors/durability-errors.js';
export { ScheduleNotFoundError, TooManySchedulesError } from './domain/errors/schedule-errors.js';
export { QueueNotFoundError, WorkerNotFoundError } from './domain/errors/operation-errors.js';
export {
  ConfigurationConflictError,
  ConfigurationPendingError,
  UnknownConfigurationVersionError,
} from './domain/errors/configuration-errors.js';
