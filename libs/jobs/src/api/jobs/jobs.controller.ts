import { Body, Delete, Get, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery } from '@nestjs/swagger';
import { JobService } from '../../application/job-service.js';
import { JobNotFoundError } from '../../domain/errors/errors.js';
import type { JobKey, JobRecord } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';
import { checkName } from '../../domain/names.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { refuseOwnType } from '../bulk/bulk-work.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { JobPages } from './job-pages.js';
import { ANY_QUEUE, JobPath, JobsQuery, SubmitInput } from './job-input.js';
import { JobListView, JobView, JobViews } from './job-view.js';
import { JobStateView, SubmittedView } from './move-view.js';

/** Jobs, one by one and in lists. */
@Endpoints('jobs', 'Jobs')
export class JobsController {
  constructor(
    private readonly jobs: JobService,
    private readonly pages: JobPages,
    private readonly views: JobViews,
    private readonly changes: Changes,
  ) {}

  @Get()
  @ApiQuery({ type: JobsQuery })
  @Endpoint({
    id: 'listJobs',
    needs: 'read',
    summary: 'Jobs, page by page',
    description:
      'Queue and state are served by an index; the other filters look at up to 1,000 jobs a call, and the cursor goes on.',
    answers: JobListView,
    fails: [400],
  })
  list(@Query(input(JobsQuery)) query: Checked<JobsQuery>): Promise<JobListView> {
    return this.pages.page(query);
  }

  @Post()
  @ApiBody({ type: SubmitInput })
  @Endpoint({
    id: 'submitJob',
    needs: 'submit',
    summary: 'The job that was submitted',
    answers: SubmittedView,
    status: HttpStatus.CREATED,
    orElse: {
      status: HttpStatus.OK,
      when: 'A job with this id was there already, or a full queue has dropped this one',
    },
    fails: [400, 413],
  })
  async submit(
    @Body(input(SubmitInput)) { type, payload, options }: Checked<SubmitInput>,
    @Caller() caller: ApiCaller,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Promise<SubmittedView> {
    refuseOwnType(type);
    const { id, queue, receipt, state } = await this.changes.make(
      caller,
      { action: 'jobs.submit', detail: type },
      () => this.jobs.submit<string>(type, payload, options),
      (job) => ({ jobs: [job] }),
    );
    response.status(receipt === 'added' ? HttpStatus.CREATED : HttpStatus.OK);
    return { queue, id, type, receipt, state };
  }

  @Get(':queue/:id')
  @ApiParam({ name: 'queue', description: `Its queue, or ${ANY_QUEUE} where that is not known` })
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'getJob',
    needs: 'read',
    summary: 'One job, with its failed attempts and its log',
    answers: JobView,
    fails: [400, 404],
  })
  async get(@Param(input(JobPath)) path: Checked<JobPath>, @Caller() { role }: ApiCaller): Promise<JobView> {
    return this.views.whole(await this.find(path), role);
  }

  @Post(':queue/:id/cancel')
  @ApiParam({ name: 'queue' })
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'cancelJob',
    needs: 'operate',
    summary: 'Cancels a job that waits at once, and asks one that runs to stop',
    description: 'The state is `running` until the handler of a running job has ended.',
    answers: JobStateView,
    fails: [400, 404, 409],
  })
  cancel(@Param(input(JobPath)) path: Checked<JobPath>, @Caller() caller: ApiCaller): Promise<JobStateView> {
    return this.move(path, caller, 'cancel');
  }

  @Post(':queue/:id/retry')
  @ApiParam({ name: 'queue' })
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'retryJob',
    needs: 'operate',
    summary: 'Runs a failed or cancelled job again, with a fresh budget of attempts',
    answers: JobStateView,
    fails: [400, 404, 409],
  })
  retry(@Param(input(JobPath)) path: Checked<JobPath>, @Caller() caller: ApiCaller): Promise<JobStateView> {
    return this.move(path, caller, 'retry');
  }

  @Post(':queue/:id/promote')
  @ApiParam({ name: 'queue' })
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'promoteJob',
    needs: 'operate',
    summary: 'Runs a scheduled or retrying job now',
    answers: JobStateView,
    fails: [400, 404, 409],
  })
  promote(@Param(input(JobPath)) path: Checked<JobPath>, @Caller() caller: ApiCaller): Promise<JobStateView> {
    return this.move(path, caller, 'promote');
  }

  @Delete(':queue/:id')
  @ApiParam({ name: 'queue' })
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'removeJob',
    needs: 'operate',
    summary: 'Forgets a job in any state but running',
    description: 'The state is the one it was in.',
    answers: JobStateView,
    fails: [400, 404, 409],
  })
  remove(@Param(input(JobPath)) path: Checked<JobPath>, @Caller() caller: ApiCaller): Promise<JobStateView> {
    return this.move(path, caller, 'remove');
  }

  private async move(
    path: JobPath,
    caller: ApiCaller,
    operation: 'cancel' | 'retry' | 'promote' | 'remove',
  ): Promise<JobStateView> {
    const key = await this.keyOf(path);
    const state: JobState = await this.changes.make(caller, { action: `jobs.${operation}`, jobs: [key] }, () =>
      this.jobs[operation](key),
    );
    return { ...key, state };
  }

  private async find(path: JobPath): Promise<JobRecord> {
    const { id, queue } = path;
    const job = await this.jobs.get(queue === ANY_QUEUE ? id : { queue: checkName(queue, 'queue'), id });
    if (job === undefined) {
      throw new JobNotFoundError(id, queue === ANY_QUEUE ? undefined : queue);
    }
    return job;
  }

  private async keyOf(path: JobPath): Promise<JobKey> {
    const { id, queue } = path.queue === ANY_QUEUE ? await this.find(path) : path;
    return { queue: checkName(queue, 'queue'), id };
  }
}
