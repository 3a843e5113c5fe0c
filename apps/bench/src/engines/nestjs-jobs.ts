import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsEmail, IsInt, IsString } from 'class-validator';
import { JobEvents, JobService, JobsModule, type JobsModuleOptions, type Middleware } from 'nestjs-jobs';
import {
  type BenchPayload,
  type BenchQueue,
  type Engine,
  type Extra,
  QUEUE,
  type QueueOptions,
  type Target,
} from './engine.js';

class CheckedPayload implements BenchPayload {
  @IsInt() readonly n!: number;
  @IsEmail() readonly to!: string;
  @IsString() readonly template!: string;
  @IsString() readonly text!: string;
}

/** nestjs-jobs in a Nest application context, by its public face. */
export const nestjsJobs: Engine = {
  name: 'nestjs-jobs',
  tellsOutcomes: true,

  version: () => (require('nestjs-jobs/package.json') as { version: string }).version,

  async open(target: Target, options: QueueOptions): Promise<BenchQueue> {
    const base: JobsModuleOptions = {
      store: 'redis',
      redis: { host: target.host, port: target.port },
      queues: { [QUEUE]: { retain: { age: '24h', count: 1_000_000_000 } } },
      defaults: {
        queue: QUEUE,
        retry: { attempts: options.attempts, backoff: 'none' },
        ...(options.keepResults ? {} : { retain: 0 }),
      },
    };
    const producer = await start({ ...base, worker: false });
    const jobs = producer.get(JobService);
    const workers: INestApplicationContext[] = [];
    return {
      async submit(payload, priority) {
        await jobs.submit('bench', payload, priority === undefined ? SUBMIT : { ...SUBMIT, priority });
      },
      async submitMany(payloads) {
        await jobs.submitMany(payloads.map((payload) => ({ type: 'bench', payload, options: SUBMIT })));
      },
      async submitDelayed(payloads, delay) {
        await jobs.submitMany(payloads.map((payload) => ({ type: 'bench', payload, options: { ...SUBMIT, delay } })));
      },
      async work({ concurrency, handle, settled, workers: size = 1 }) {
        const has = (extra: Extra): boolean => options.extra === extra || options.extra === 'all';
        const middleware: Middleware[] = has('middleware') ? [(_, next) => next()] : [];
        const worker = await start({ ...base, middleware, worker: { size, concurrency } }, (service) =>
          service.register(
            'bench',
            async (payload: BenchPayload) => handle(payload),
            has('validation') ? { payload: CheckedPayload } : {},
          ),
        );
        workers.push(worker);
        if (has('listener') || settled !== undefined) {
          worker.get(JobEvents).on('completed', () => settled?.());
        }
      },
      async close() {
        await Promise.all(workers.map((worker) => worker.close()));
        await producer.close();
      },
    };
  },

  // The queue's counters and settings, and replies and heartbeats of its processes.
  mayRemain: (key) =>
    !/^jobs:\{bench\}:([eshlg]:|p:|completed|kept|retained|failed|cancelled|scheduled|retrying)/.test(key),
};

const SUBMIT = { queue: QUEUE };

async function start(
  options: JobsModuleOptions,
  prepare: (jobs: JobService) => void = () => undefined,
): Promise<INestApplicationContext> {
  class Prepare {
    constructor(private readonly jobs: JobService) {}

    onModuleInit(): void {
      prepare(this.jobs);
    }
  }
  Reflect.defineMetadata('design:paramtypes', [JobService], Prepare);
  class BenchModule {}
  Module({
    imports: [JobsModule.forRoot(options)],
    providers: [{ provide: Prepare, inject: [JobService], useFactory: (jobs: JobService) => new Prepare(jobs) }],
  })(BenchModule);
  return NestFactory.createApplicationContext(BenchModule, { logger: ['error'] });
}
