import { Injectable, Module } from '@nestjs/common';
import {
  JobService,
  JobsModule,
  type JobsModuleOptions,
  WorkerFleet,
  type WorkerOfProcess,
  WorkerPool,
} from 'nestjs-jobs';

export const queues: JobsModuleOptions = {
  queues: {
    orders: { concurrency: 20, priorities: ['normal', 'high', 'critical'] },
    mail: { maxDepth: 50_000, onFull: 'block', blockTimeout: '10s', maxScheduled: 20_000 },
    clicks: { maxDepth: 10_000, onFull: 'drop-oldest', retain: { age: '1h', count: 1_000 } },
    reports: { defaults: { timeout: '30m', retry: { attempts: 2 }, priority: 'low' } },
  },
};

export const groups: JobsModuleOptions = {
  worker: [
    { name: 'fast', size: 8, concurrency: 10, queues: ['orders', 'mail'] }, // strict: mail only while orders is empty
    { name: 'slow', size: 'cpus', concurrency: 1, queues: { reports: 3, clicks: 1 } }, // by weight
  ],
};

@Module({ imports: [JobsModule.forFeature({ queues: { mail: { maxDepth: 50_000 } } })] })
export class MailModule {}

@Injectable()
export class QueueControls {
  constructor(
    private readonly jobs: JobService,
    private readonly pool: WorkerPool,
    private readonly fleet: WorkerFleet,
  ) {}

  async maintenance(work: () => Promise<void>): Promise<number> {
    const mail = this.jobs.queue('mail');
    await mail.pause(); // for every process: what runs goes on, submits are taken, nothing new begins
    try {
      await work();
    } finally {
      await mail.resume();
    }
    return mail.size(); // scheduled, blocked, pending and retrying
  }

  quieter(): number {
    this.pool.worker('worker-1')?.pause(); // this process only; resume() goes on, stop() ends it for good
    return this.pool.workers().filter(({ state }) => state === 'running').length;
  }

  async pauseIdle(): Promise<readonly WorkerOfProcess[]> {
    const workers = await this.fleet.workers(); // of every process: host, state, busy slots, current jobs, silentFor
    for (const { id, busy } of workers) {
      if (busy === 0) {
        await this.fleet.pause(id); // also resume() and stop(); the process obeys within a moment
      }
    }
    return workers;
  }
}
