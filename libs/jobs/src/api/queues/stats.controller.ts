import { Get } from '@nestjs/common';
import { JobService } from '../../application/job-service.js';
import { JobDirectory } from '../../application/ports/job-directory.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { JobTypeListView, StatsView } from './queue-view.js';

/** What there is in all. */
@Endpoints('', 'Overview')
export class StatsController {
  constructor(
    private readonly jobs: JobService,
    private readonly directory: JobDirectory,
  ) {}

  @Get('stats')
  @Endpoint({ id: 'getStats', needs: 'read', summary: 'Counts over all queues', answers: StatsView })
  async stats(): Promise<StatsView> {
    const { total, byState, byPriority, processed, lastProcessedAt } = await this.jobs.stats();
    return {
      total,
      byState,
      byPriority,
      processed,
      ...(lastProcessedAt === undefined ? {} : { lastProcessedAt: lastProcessedAt.toISOString() }),
    };
  }

  @Get('types')
  @Endpoint({ id: 'listTypes', needs: 'read', summary: 'Job types that processes handle', answers: JobTypeListView })
  async types(): Promise<JobTypeListView> {
    const types = await this.directory.types();
    return {
      types: types
        .map(({ type, queue, priority, maxAttempts }) => ({ type, queue, priority, maxAttempts }))
        .sort((a, b) => (a.type < b.type ? -1 : 1)),
    };
  }
}
