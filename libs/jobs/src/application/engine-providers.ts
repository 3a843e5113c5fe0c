import { AlertEvaluator } from './alerting/alert-evaluator.js';
import { AlertEvents } from './alerting/alert-events.js';
import { AlertReadings } from './alerting/alert-readings.js';
import { AlertRules } from './alerting/alert-rules.js';
import { AlertRulesSection } from './alerting/alert-rules-section.js';
import { Alerts } from './alerting/alerts.js';
import { AttemptRunner } from './attempts/attempt-runner.js';
import { AttemptTally } from './attempts/attempt-tally.js';
import { BlockedLoop } from './working/blocked-loop.js';
import { BulkMoves } from './inspecting/bulk-moves.js';
import { BulkSubmitter } from './submitting/bulk-submitter.js';
import { ConfigurationInForce } from './configuration/configuration-in-force.js';
import { ConfigurationService } from './configuration/configuration-service.js';
import { DeadLetterSection } from './configuration/dead-letter-section.js';
import { DefaultsSection } from './configuration/defaults-section.js';
import { DeadLetterWatch } from './inspecting/dead-letter-watch.js';
import { DeclaredSchedules } from './scheduling/declared-schedules.js';
import { Dispatcher } from './working/dispatcher.js';
import { EventPublisher } from './events/event-publisher.js';
import { HandlerRegistry } from './handlers/handler-registry.js';
import { HistoryReader } from './history/history-reader.js';
import { HistoryRecorder } from './history/history-recorder.js';
import { JobEvents } from './job-events.js';
import { JobMoves } from './inspecting/job-moves.js';
import { JobSearch } from './inspecting/job-search.js';
import { JobsEngine } from './jobs-engine.js';
import { JobService } from './job-service.js';
import { JobSubmitter } from './submitting/job-submitter.js';
import { Lanes } from './working/lanes.js';
import { LogSummary } from './inspecting/log-summary.js';
import { OccurrenceFirer } from './scheduling/occurrence-firer.js';
import { LiveEvents } from './events/live-events.js';
import { LoopWatch } from './working/loop-watch.js';
import { LogSection } from './configuration/log-section.js';
import { ProcessPublisher } from './processes/process-publisher.js';
import { QueuesSection } from './configuration/queues-section.js';
import { ReportBuffer } from './attempts/report-buffer.js';
import { ResultWaiter } from './submitting/result-waiter.js';
import { ScheduleBook } from './scheduling/schedule-book.js';
import { ScheduleEvents } from './scheduling/schedule-events.js';
import { SchedulePlans } from './scheduling/schedule-plans.js';
import { Scheduler } from './scheduling/scheduler.js';
import { ScheduleService } from './scheduling/schedule-service.js';
import { Scheduling } from './scheduling/scheduling.js';
import { Settler } from './attempts/settler.js';
import { SubmitBuffer } from './submitting/submit-buffer.js';
import { SubmitTracing } from './submitting/submit-tracing.js';
import { SystemFollower } from './processes/system-follower.js';
import { Ticker } from './working/ticker.js';
import { TypeDirectory } from './submitting/type-directory.js';
import { UndeclaredWatch } from './scheduling/undeclared-watch.js';
import { WorkerFleet } from './processes/worker-fleet.js';
import { WorkerPool } from './working/worker-pool.js';
import { WorkersSection } from './configuration/workers-section.js';

/** Every class of the application layer that is injected; the ports and values they need are provided beside them. */
export const ENGINE_PROVIDERS = [
  AlertEvaluator,
  AlertEvents,
  AlertReadings,
  AlertRules,
  AlertRulesSection,
  Alerts,
  AttemptRunner,
  AttemptTally,
  BlockedLoop,
  BulkMoves,
  BulkSubmitter,
  ConfigurationInForce,
  ConfigurationService,
  DeadLetterSection,
  DeadLetterWatch,
  DeclaredSchedules,
  DefaultsSection,
  Dispatcher,
  EventPublisher,
  HandlerRegistry,
  HistoryReader,
  HistoryRecorder,
  JobEvents,
  JobMoves,
  JobSearch,
  JobsEngine,
  JobService,
  JobSubmitter,
  Lanes,
  LogSummary,
  OccurrenceFirer,
  LiveEvents,
  LoopWatch,
  LogSection,
  ProcessPublisher,
  QueuesSection,
  ReportBuffer,
  ResultWaiter,
  ScheduleBook,
  ScheduleEvents,
  SchedulePlans,
  Scheduler,
  ScheduleService,
  Scheduling,
  Settler,
  SubmitBuffer,
  SubmitTracing,
  SystemFollower,
  Ticker,
  TypeDirectory,
  UndeclaredWatch,
  WorkerFleet,
  WorkerPool,
  WorkersSection,
] as const;
