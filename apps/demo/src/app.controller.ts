import { Controller, Get } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { JobService, type JobStats } from 'nestjs-jobs';
import { storeOf } from './jobs-options.js';

/** `GET /`: what there is to ask for, and how the jobs are doing. */
@Controller()
export class AppController {
  constructor(
    private readonly jobs: JobService,
    private readonly config: ConfigService,
  ) {}

  @Get()
  async index(): Promise<{ name: string; store: string; routes: readonly string[]; jobs: JobStats['byState'] }> {
    return {
      name: 'The corner shop',
      store: storeOf(this.config),
      routes: [
        'POST /orders',
        'GET /orders/:id',
        'GET /jobs/:id',
        'POST /jobs/:id/retry',
        'GET /dead-letters',
        'GET /health/jobs',
        'GET /health/queues',
        'GET /health/workers',
        'GET /metrics',
      ],
      jobs: (await this.jobs.stats()).byState,
    };
  }
}
