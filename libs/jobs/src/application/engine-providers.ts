import { AlertEvaluator } from './alerting/alert-evaluator.js';
import { AlertEvents } from './alerting/alert-events.js';
import { AlertReadings } from './alerting/alert-readings.js';
import { Alerts } from './alerting/alerts.js';
import { AttemptRunner } from './attempts/attempt-runner.js';
import { BulkMoves } from './inspecting/bulk-moves.js';
import { AttemptTally } from './attempts/attempt-tally.js';
import { BulkSubmitter } from './submitting/bulk-submitter.js';
import { DeadLetterWatch } from './inspecting/dead-letter-watch.js';
import { Dispatcher } from './working/dispatcher.js';
import { HandlerRegistry } from './handlers/handler-registry.js';
import { HistoryReader } from './history/history-reader.js';
import { HistoryRecorder } from './history/history-recorder.js';
import { JobEvents } from './job-events.js';
import { JobMoves } from './inspecting/job-moves.js';
import { JobSearch } from './inspecting/job-search.js';
import { JobService } from './job-service.js';
import { JobSubmitter } from './submitting/job-submitter.js';
import { JobsEngine } from './jobs-engine.js';
import { Lanes } from './working/lanes.js';
import { LogSummary } from './inspecting/log-summary.js';
import { ProcessPublisher } from './processes/process-publisher.js';
import { ReportBuffer } from './attempts/report-buffer.js';
import { ResultWaiter } from './submitting/result-waiter.js';
import { Settler } from './attempts/settler.js';
import { SubmitBuffer } from './submitting/submit-buffer.js';
import { SubmitTracing } from './submitting/submit-tracing.js';
import { Ticker } from './working/ticker.js';
import { TypeDirectory } from './submitting/type-directory.js';
import { WorkerFleet } from './processes/worker-fleet.js';
import { WorkerPool } from './working/worker-pool.js';

/** Every class of the application layer that is injected; the ports and values they need are provided beside them. */
export const ENGINE_PROVIDERS = [
  AlertEvaluator,
  AlertEvents,
  AlertReadings,
  Alerts,
  AttemptRunner,
  BulkMoves,
  AttemptTally,
  BulkSubmitter,
  DeadLetterWatch,
  Dispatcher,
  HandlerRegistry,
  HistoryReader,
  HistoryRecorder,
  JobEvents,
  JobMoves,
  JobSearch,
  JobService,
  JobSubmitter,
  JobsEngine,
  Lanes,
  LogSummary,
  ProcessPublisher,
  ReportBuffer,
  ResultWaiter,
  Settler,
  SubmitBuffer,
  SubmitTracing,
  Ticker,
  TypeDirectory,
  WorkerFleet,
  WorkerPool,
] as const;
