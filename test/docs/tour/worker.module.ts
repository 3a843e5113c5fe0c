import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { Mailer, SendEmail } from './email.js';

@Module({
  imports: [
    JobsModule.forRoot({
      redis: { url: process.env.REDIS_URL },
      queues: {
        emails: { concurrency: 50, maxDepth: 100_000 }, // over all processes
        reports: { defaults: { timeout: '10m', priority: 'low' } },
      },
      worker: { size: 10, concurrency: 5, queues: { emails: 100, reports: 10 } }, // 10 emails start for each report
      defaults: { retry: { attempts: 4, backoff: 'exponential', initialDelay: '2s' } },
      shutdown: { deadline: '25s' },
    }),
  ],
  providers: [Mailer, SendEmail],
})
export class WorkerModule {}
