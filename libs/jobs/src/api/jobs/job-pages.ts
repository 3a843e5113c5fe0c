import { Injectable } from '@nestjs/common';
import { JobService } from '../../application/job-service.js';
import { JobInspector } from '../../application/ports/job-inspector.js';
import { JobDirectory } from '../../application/ports/job-directory.js';
import { filterOf, type JobsQuery } from './job-input.js';
import { type JobListView, JobViews } from './job-view.js';

const DEFAULT_PAGE_SIZE = 20;

/** Answers pages of jobs, with a total where the counters know it. */
@Injectable()
export class JobPages {
  constructor(
    private readonly jobs: JobService,
    private readonly inspector: JobInspector,
    private readonly directory: JobDirectory,
    private readonly views: JobViews,
  ) {}

  async page(query: JobsQuery): Promise<JobListView> {
    const [{ jobs, cursor, scanned }, total] = await Promise.all([this.jobs.list(filterOf(query)), this.total(query)]);
    const { page_size = DEFAULT_PAGE_SIZE } = query;
    const page = query.cursor === undefined ? { page: query.page ?? 1 } : {};
    return {
      jobs: jobs.map((job) => this.views.summary(job)),
      pagination: {
        ...page,
        page_size,
        ...(total === undefined ? {} : { total }),
        has_more: cursor !== undefined,
        ...(cursor === undefined ? {} : { cursor }),
        scanned,
      },
    };
  }

  /** Counters are kept by queue and state; whatever else is asked for, only a scan would tell. */
  private async total({ queue, state, type, tag, priority, from, to }: JobsQuery): Promise<number | undefined> {
    if ([type, tag, priority, from, to].some((filter) => filter !== undefined)) {
      return undefined;
    }
    const queues = queue === undefined ? await this.directory.queues() : [queue];
    const counts = await Promise.all(queues.map((each) => this.inspector.counts(each)));
    return counts
      .flatMap(({ byState }) => (state === undefined ? Object.values(byState) : [byState[state]]))
      .reduce((sum, each) => sum + each, 0);
  }
}
