import { AttemptRunner } from './attempts/attempt-runner.js';
import { BulkSubmitter } from './submitting/bulk-submitter.js';
import { ConfigurationInForce } from './configuration/configuration-in-force.js';
import { ConfigurationService } from './configuration/configuration-service.js';
import { DeadLetterSection } from './configuration/dead-letter-section.js';
import { DefaultsSection } from './configuration/defaults-section.js';
import { DeadLetterWatch } from './inspecting/dead-letter-watch.js';
import { Dispatcher } from './working/dispatcher.js';
import { EventPublisher } from './events/event-publisher.js';
import { HandlerRegistry } from './handlers/handler-registry.js';
import { JobEvents } from './job-events.js';
import { JobMoves } from './inspecting/job-moves.js';
import { JobSearch } from './inspecting/job-search.js';
import { JobService } from './job-service.js';
import { JobSubmitter } from './submitting/job-submitter.js';
import { JobsEngine } from './jobs-engine.js';
import { Lanes } from './working/lanes.js';
import { LiveEvents } from './events/live-events.js';
import { LogSection } from './configuration/log-section.js';
import { ProcessPublisher } from './processes/process-publisher.js';
import { QueuesSection } from './configuration/queues-section.js';
import { ReportBuffer } from './attempts/report-buffer.js';
import { ResultWaiter } from './submitting/result-waiter.js';
import { Settler } from './attempts/settler.js';
import { SubmitBuffer } from './submitting/submit-buffer.js';
import { SystemFollower } from './processes/system-follower.js';
import { Ticker } from './working/ticker.js';
import { TypeDirectory } from './submitting/type-directory.js';
import { WorkerFleet } from './processes/worker-fleet.js';
import { WorkerPool } from './working/worker-pool.js';
import { WorkersSection } from './configuration/workers-section.js';

/** Every class of the application layer that is injected; the ports and values they need are provided beside them. */
export const ENGINE_PROVIDERS = [
  AttemptRunner,
  BulkSubmitter,
  ConfigurationInForce,
  ConfigurationService,
  DeadLetterSection,
  DeadLetterWatch,
  DefaultsSection,
  Dispatcher,
  EventPublisher,
  HandlerRegistry,
  JobEvents,
  JobMoves,
  JobSearch,
  JobService,
  JobSubmitter,
  JobsEngine,
  Lanes,
  LiveEvents,
  LogSection,
  ProcessPublisher,
  QueuesSection,
  ReportBuffer,
  ResultWaiter,
  Settler,
  SubmitBuffer,
  SystemFollower,
  Ticker,
  TypeDirectory,
  WorkerFleet,
  WorkerPool,
  WorkersSection,
] as const;
