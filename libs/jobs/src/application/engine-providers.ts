import { AttemptRunner } from './attempt-runner.js';
import { DeadLetterWatch } from './dead-letter-watch.js';
import { Dispatcher } from './dispatcher.js';
import { HandlerRegistry } from './handler-registry.js';
import { JobEvents } from './job-events.js';
import { JobMoves } from './job-moves.js';
import { JobSearch } from './job-search.js';
import { JobService } from './job-service.js';
import { JobSubmitter } from './job-submitter.js';
import { JobsEngine } from './jobs-engine.js';
import { Lanes } from './lanes.js';
import { ReportBuffer } from './report-buffer.js';
import { ResultWaiter } from './result-waiter.js';
import { Settler } from './settler.js';
import { SubmitBuffer } from './submit-buffer.js';
import { Ticker } from './ticker.js';
import { TypeDirectory } from './type-directory.js';
import { WorkerPool } from './worker-pool.js';

/** Every class of the application layer that is injected; the ports and values they need are provided beside them. */
export const ENGINE_PROVIDERS = [
  AttemptRunner,
  DeadLetterWatch,
  Dispatcher,
  HandlerRegistry,
  JobEvents,
  JobMoves,
  JobSearch,
  JobService,
  JobSubmitter,
  JobsEngine,
  Lanes,
  ReportBuffer,
  ResultWaiter,
  Settler,
  SubmitBuffer,
  Ticker,
  TypeDirectory,
  WorkerPool,
] as const;
