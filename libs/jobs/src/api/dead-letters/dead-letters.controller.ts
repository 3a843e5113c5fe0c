import { Body, Get, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery } from '@nestjs/swagger';
import { JobService } from '../../application/job-service.js';
import { checkName } from '../../domain/names.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { type DeadLetterFilterInput, DeadLettersInput } from '../bulk/bulk-input.js';
import { BulkOperations } from '../bulk/bulk-operations.js';
import { BulkView } from '../bulk/bulk-view.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { DeadLettersQuery, JobPath } from '../jobs/job-input.js';
import { JobPages } from '../jobs/job-pages.js';
import { JobListView } from '../jobs/job-view.js';
import { JobStateView } from '../jobs/move-view.js';

/** Failed jobs, which wait until someone decides. */
@Endpoints('dead-letters', 'Dead letters')
export class DeadLettersController {
  constructor(
    private readonly jobs: JobService,
    private readonly pages: JobPages,
    private readonly operations: BulkOperations,
    private readonly changes: Changes,
  ) {}

  @Get()
  @ApiQuery({ type: DeadLettersQuery })
  @Endpoint({
    id: 'listDeadLetters',
    needs: 'read',
    summary: 'Failed jobs, newest first, page by page',
    answers: JobListView,
    fails: [400],
  })
  list(@Query(input(DeadLettersQuery)) query: Checked<DeadLettersQuery>): Promise<JobListView> {
    return this.pages.page({ ...query, state: 'failed' });
  }

  @Post('retry')
  @ApiBody({ type: DeadLettersInput })
  @Endpoint({
    id: 'retryDeadLetters',
    needs: 'operate',
    summary: 'Runs all failed jobs that match again, as a job; a dry run says how many those are',
    answers: BulkView,
    status: HttpStatus.ACCEPTED,
    orElse: { status: HttpStatus.OK, when: 'A dry run' },
    fails: [400],
  })
  retryAll(
    @Body(input(DeadLettersInput)) body: Checked<DeadLettersInput>,
    @Caller() caller: ApiCaller,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Promise<BulkView> {
    return this.begin('retry', body, caller, response);
  }

  @Post('purge')
  @ApiBody({ type: DeadLettersInput })
  @Endpoint({
    id: 'purgeDeadLetters',
    needs: 'operate',
    summary: 'Forgets all failed jobs that match, as a job; a dry run says how many those are',
    answers: BulkView,
    status: HttpStatus.ACCEPTED,
    orElse: { status: HttpStatus.OK, when: 'A dry run' },
    fails: [400],
  })
  purge(
    @Body(input(DeadLettersInput)) body: Checked<DeadLettersInput>,
    @Caller() caller: ApiCaller,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Promise<BulkView> {
    return this.begin('remove', body, caller, response);
  }

  @Post(':queue/:id/retry')
  @ApiParam({ name: 'queue' })
  @ApiParam({ name: 'id' })
  @Endpoint({
    id: 'retryDeadLetter',
    needs: 'operate',
    summary: 'Runs one failed job again, with a fresh budget of attempts',
    answers: JobStateView,
    fails: [400, 404, 409],
  })
  async retry(
    @Param(input(JobPath)) { queue, id }: Checked<JobPath>,
    @Caller() caller: ApiCaller,
  ): Promise<JobStateView> {
    const key = { queue: checkName(queue, 'queue'), id };
    await this.changes.make(caller, { action: 'dead-letters.retry', jobs: [key] }, () =>
      this.jobs.deadLetters(queue).retry(id),
    );
    return { ...key, state: 'pending' };
  }

  private async begin(
    action: 'retry' | 'remove',
    { filter = {}, dryRun = false }: DeadLettersInput,
    caller: ApiCaller,
    response: { status(code: number): unknown },
  ): Promise<BulkView> {
    const name = action === 'retry' ? 'dead-letters.retry-all' : 'dead-letters.purge';
    const meant: Checked<DeadLetterFilterInput> = filter;
    const view = await this.operations.begin(caller, action, { ...meant, state: 'failed' }, dryRun, name);
    response.status(dryRun ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return view;
  }
}
