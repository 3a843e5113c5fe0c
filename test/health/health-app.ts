import { type INestApplication, Injectable, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import request from 'supertest';
import { JobHandler, JobService, JobsModule, type JobsModuleOptions } from 'nestjs-jobs';
import {
  type HealthLevel,
  type HealthProblem,
  JobsHealthModule,
  type JobsHealthOptions,
  type JobsHealthRouteOptions,
} from 'nestjs-jobs/health';
import { Clock } from '../../libs/jobs/src/application/ports/clock.js';
import { Log } from '../../libs/jobs/src/application/ports/log.js';
import { ProcessDirectory } from '../../libs/jobs/src/application/ports/process-directory.js';
import type { ProcessRecord } from '../../libs/jobs/src/domain/processes/process-record.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate } from '../engine/gate.js';
import { RecordingLog } from '../engine/start-engine.js';

const QUIET = { log: () => {}, warn: () => {}, error: () => {} };
/** What `deaf` waits for: new with each application, and open when it closes. */
export const gate = { now: new Gate() };

@Injectable()
class Handlers {
  @JobHandler('work')
  work(): string {
    return 'done';
  }

  @JobHandler('fail', { queue: 'broken', retry: { attempts: 1 } })
  fail(): never {
    throw new Error('it is broken');
  }

  /** Hears no signal. */
  @JobHandler('deaf', { queue: 'deaf', timeout: '1s', retry: { attempts: 1 } })
  deaf(): Promise<void> {
    return gate.now.opened;
  }
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly status: string;
    readonly level: HealthLevel;
    readonly details: Readonly<
      Record<string, { readonly status: string; readonly problems?: readonly HealthProblem[] }>
    >;
  };
}

/** An application with the module, on the memory store and on virtual time. */
export class HealthApp {
  static async start(
    health: JobsHealthOptions & JobsHealthRouteOptions = {},
    jobs: JobsModuleOptions = {},
    more: ModuleMetadata = {},
  ): Promise<HealthApp> {
    gate.now = new Gate();
    const clock = new VirtualClock();
    const log = new RecordingLog();
    const module = await Test.createTestingModule({
      ...more,
      imports: [
        JobsModule.forRoot({ store: 'memory', worker: { size: 1, concurrency: 2 }, ...jobs }),
        JobsHealthModule.forRoot(health),
        ...(more.imports ?? []),
      ],
      providers: more.providers ?? [Handlers],
    })
      .setLogger(QUIET)
      .overrideProvider(Clock)
      .useValue(clock)
      .overrideProvider(Log)
      .useValue(log)
      .compile();
    const app = new HealthApp(module.createNestApplication({ logger: QUIET }), clock, log);
    await app.nest.init();
    await clock.advance(100);
    return app;
  }

  private closed: Promise<void> | undefined;

  private constructor(
    readonly nest: INestApplication,
    readonly clock: VirtualClock,
    readonly log: RecordingLog,
  ) {}

  get jobs(): JobService {
    return this.nest.get(JobService);
  }

  /** Asks when what was seen before is not used again. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    await this.clock.advance(1_000);
    return this.getNow(path, headers);
  }

  async getNow(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return request(this.nest.getHttpServer() as Server)
      .get(path)
      .set(headers);
  }

  /** Another process, as it would publish itself now. */
  async publish(name: string, record: Partial<ProcessRecord> = {}): Promise<void> {
    const nobody = { queues: [], workers: [], schedules: [], startedAt: 0, heartbeat: 5_000, host: name, pid: 1 };
    await this.nest.get(ProcessDirectory).publish({ ...nobody, holder: name, ...record }, 0);
  }

  close(): Promise<void> {
    this.closed ??= this.closeOnce();
    return this.closed;
  }

  private async closeOnce(): Promise<void> {
    gate.now.open();
    const end = { reached: false };
    const closing = this.nest.close().finally(() => {
      end.reached = true;
    });
    while (!end.reached) {
      await this.clock.advance(500);
    }
    await closing;
  }
}
