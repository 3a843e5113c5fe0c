import { Test, type TestingModule } from '@nestjs/testing';
import { ENGINE_PROVIDERS } from '../../libs/jobs/src/application/engine-providers.js';
import type { HandlerFunction, HandlerOptions, PayloadType } from '../../libs/jobs/src/application/handlers/handler.js';
import { FilteredLog } from '../../libs/jobs/src/application/configuration/filtered-log.js';
import { ConfigurationService } from '../../libs/jobs/src/application/configuration/configuration-service.js';
import { newHolder } from '../../libs/jobs/src/application/holder.js';
import { JobEvents } from '../../libs/jobs/src/application/job-events.js';
import { JobService } from '../../libs/jobs/src/application/job-service.js';
import { JobsEngine } from '../../libs/jobs/src/application/jobs-engine.js';
import { AlertStore } from '../../libs/jobs/src/application/ports/alert-store.js';
import { Clock } from '../../libs/jobs/src/application/ports/clock.js';
import { HistoryStore } from '../../libs/jobs/src/application/ports/history-store.js';
import { ConfigurationStore } from '../../libs/jobs/src/application/ports/configuration-store.js';
import { EventLog } from '../../libs/jobs/src/application/ports/event-log.js';
import { JobControl } from '../../libs/jobs/src/application/ports/job-control.js';
import { JobDirectory } from '../../libs/jobs/src/application/ports/job-directory.js';
import { JobInspector } from '../../libs/jobs/src/application/ports/job-inspector.js';
import { JOB_EVENT_KINDS, type JobEvent } from '../../libs/jobs/src/application/ports/job-observer.js';
import { JobStore } from '../../libs/jobs/src/application/ports/job-store.js';
import { Log, type LogFields } from '../../libs/jobs/src/application/ports/log.js';
import { Notifier } from '../../libs/jobs/src/application/ports/notifier.js';
import { PayloadValidator } from '../../libs/jobs/src/application/ports/payload-validator.js';
import { ProcessDirectory } from '../../libs/jobs/src/application/ports/process-directory.js';
import { QueueControl } from '../../libs/jobs/src/application/ports/queue-control.js';
import { ScheduleStore } from '../../libs/jobs/src/application/ports/schedule-store.js';
import { StoreConnection } from '../../libs/jobs/src/application/ports/store-connection.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import { DeclaredSchedules } from '../../libs/jobs/src/application/scheduling/declared-schedules.js';
import { ScheduleEvents, type ScheduleEvent } from '../../libs/jobs/src/application/scheduling/schedule-events.js';
import type { ScheduleOptions } from '../../libs/jobs/src/application/scheduling/schedule-options.js';
import { ScheduleService } from '../../libs/jobs/src/application/scheduling/schedule-service.js';
import { Timetables } from '../../libs/jobs/src/application/ports/timetables.js';
import {
  DEFAULT_SCHEDULES,
  DEFAULT_SUBMITS,
  type EngineSettings,
  type ScheduleSettings,
  type WorkerGroup,
} from '../../libs/jobs/src/application/settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../../libs/jobs/src/application/tokens.js';
import { WorkerPool } from '../../libs/jobs/src/application/working/worker-pool.js';
import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';

/** Keeps what the engine says. */
export class RecordingLog extends Log {
  readonly lines: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly message: string;
    readonly fields?: LogFields;
  }[] = [];

  override debug(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'debug', message, ...(fields === undefined ? {} : { fields }) });
  }

  override info(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'info', message, ...(fields === undefined ? {} : { fields }) });
  }

  override warn(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'warn', message, ...(fields === undefined ? {} : { fields }) });
  }

  override error(message: string, _error?: unknown, fields?: LogFields): void {
    this.lines.push({ level: 'error', message, ...(fields === undefined ? {} : { fields }) });
  }
}

class NoValidation extends PayloadValidator {
  override compile(_jobType: string, _payload: PayloadType): (payload: unknown) => unknown {
    return (payload) => payload;
  }
}

export interface EngineOptions {
  readonly settings?: Partial<EngineSettings>;
  readonly workers?: readonly Partial<WorkerGroup>[];
  readonly schedules?: Partial<ScheduleSettings>;
  /** What the code of this process declares. */
  readonly declares?: readonly ScheduleOptions[];
  readonly ports?: StorePorts;
  readonly clock?: VirtualClock;
  readonly validator?: PayloadValidator;
  /** Keep the events of this process in `events`. Default: true. */
  readonly listens?: boolean;
  /** Runs when the store is open and the work has not begun, as other modules' boot hooks do. */
  readonly betweenOpenAndStart?: (jobs: JobService, engine: JobsEngine) => void;
  /** Registered before the engine opens. */
  readonly handlers?: Readonly<
    Record<string, HandlerFunction<never> | readonly [HandlerFunction<never>, HandlerOptions]>
  >;
}

/** A whole engine on a virtual clock, as the module wires it, without the module. */
export interface TestEngine {
  readonly clock: VirtualClock;
  readonly ports: StorePorts;
  readonly jobs: JobService;
  readonly schedules: ScheduleService;
  /** What this process has fired. */
  readonly occurrences: ScheduleEvent[];
  readonly pool: WorkerPool;
  readonly engine: JobsEngine;
  readonly log: RecordingLog;
  readonly jobEvents: JobEvents;
  readonly configuration: ConfigurationService;
  readonly events: JobEvent[];
  /** Any other class of the engine. */
  get<T>(type: abstract new (...args: never[]) => T): T;
  /** Advances the clock in small steps until the condition holds. */
  until(condition: () => boolean | Promise<boolean>, most?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startEngine(options: EngineOptions = {}): Promise<TestEngine> {
  const clock = options.clock ?? new VirtualClock();
  const ports = options.ports ?? createMemoryStore({ clock });
  const log = new RecordingLog();
  const settings: EngineSettings = {
    defaults: {},
    queues: new Map(),
    maxPayloadSize: 1_048_576,
    lease: 15_000,
    heartbeat: 5_000,
    workers: (options.workers ?? [{}]).map((group, index) => ({
      name: `team${index + 1}`,
      size: 2,
      concurrency: 2,
      queues: { order: 'all' },
      ...group,
    })),
    shutdownDeadline: 30_000,
    submits: DEFAULT_SUBMITS,
    deadLetterWarning: 1_000,
    middleware: [],
    schedules: { ...DEFAULT_SCHEDULES, ...options.schedules },
    ...options.settings,
  };
  const module: TestingModule = await Test.createTestingModule({
    providers: [
      ...ENGINE_PROVIDERS,
      { provide: ENGINE_SETTINGS, useValue: settings },
      { provide: HOLDER, useValue: newHolder() },
      { provide: Clock, useValue: clock },
      { provide: Log, useValue: new FilteredLog(log) },
      { provide: PayloadValidator, useValue: options.validator ?? new NoValidation() },
      { provide: StoreConnection, useValue: ports.connection },
      { provide: JobStore, useValue: ports.jobs },
      { provide: JobControl, useValue: ports.control },
      { provide: QueueControl, useValue: ports.queues },
      { provide: JobInspector, useValue: ports.inspector },
      { provide: JobDirectory, useValue: ports.directory },
      { provide: Notifier, useValue: ports.notifier },
      { provide: HistoryStore, useValue: ports.history },
      { provide: AlertStore, useValue: ports.alerts },
      { provide: ProcessDirectory, useValue: ports.processes },
      { provide: ScheduleStore, useValue: ports.schedules },
      { provide: Timetables, useClass: CronTimetables },
      { provide: EventLog, useValue: ports.events },
      { provide: ConfigurationStore, useValue: ports.configuration },
    ],
  }).compile();
  const jobs = module.get(JobService);
  for (const [type, handler] of Object.entries(options.handlers ?? {})) {
    const [handle, handlerOptions] = typeof handler === 'function' ? [handler, {}] : handler;
    jobs.register(type, handle as HandlerFunction, handlerOptions);
  }
  const events: JobEvent[] = [];
  const jobEvents = module.get(JobEvents);
  for (const kind of options.listens === false ? [] : JOB_EVENT_KINDS) {
    jobEvents.on(kind, (event) => void events.push(event));
  }
  const occurrences: ScheduleEvent[] = [];
  module.get(ScheduleEvents).on((event) => void occurrences.push(event));
  options.declares?.forEach((schedule) => module.get(DeclaredSchedules).add(schedule));
  const engine = module.get(JobsEngine);
  await engine.open();
  options.betweenOpenAndStart?.(jobs, engine);
  await engine.start();
  return {
    clock,
    ports,
    jobs,
    schedules: module.get(ScheduleService),
    occurrences,
    pool: module.get(WorkerPool),
    engine,
    log,
    jobEvents,
    configuration: module.get(ConfigurationService),
    events,
    get: (type) => module.get(type),
    async until(condition, most = 120_000) {
      for (let passed = 0; !(await condition()); passed += 50) {
        if (passed > most) {
          throw new Error(`Not within ${most} ms of virtual time: ${condition.toString()}`);
        }
        await clock.advance(50);
      }
    },
    async close() {
      const end = { reached: false };
      const closing = engine.close().then(() => {
        end.reached = true;
      });
      while (!end.reached) {
        await clock.advance(500);
      }
      await closing;
      await module.close();
    },
  };
}
