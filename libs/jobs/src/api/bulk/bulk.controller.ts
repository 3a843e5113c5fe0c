import { Body, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { JobControl, type MoveReceipt } from '../../application/ports/job-control.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { BulkInput, NamedJobsInput } from './bulk-input.js';
import { BulkOperations } from './bulk-operations.js';
import { BulkView, NamedJobsView, type NamedJobView } from './bulk-view.js';

/** Many jobs at once: by filter, as a job of its own, or by name, at once. */
@Endpoints('bulk', 'Bulk operations')
export class BulkController {
  constructor(
    private readonly operations: BulkOperations,
    private readonly control: JobControl,
    private readonly changes: Changes,
  ) {}

  @Post()
  @ApiBody({ type: BulkInput })
  @Endpoint({
    id: 'bulk',
    needs: 'operate',
    summary: 'Cancels, retries or removes all jobs that match, as a job; a dry run says how many those are',
    description: 'A process that works the bulk queue does it. Jobs that are submitted later are left alone.',
    answers: BulkView,
    status: HttpStatus.ACCEPTED,
    orElse: { status: HttpStatus.OK, when: 'A dry run' },
    fails: [400],
  })
  async bulk(
    @Body(input(BulkInput)) { action, filter, dryRun = false }: Checked<BulkInput>,
    @Caller() caller: ApiCaller,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Promise<BulkView> {
    const view = await this.operations.begin(caller, action, filter, dryRun);
    response.status(dryRun ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return view;
  }

  @Post('jobs')
  @ApiBody({ type: NamedJobsInput })
  @Endpoint({
    id: 'bulkNamed',
    needs: 'operate',
    summary: 'Cancels, retries or removes up to 500 jobs that are named, at once, with an answer for each',
    answers: NamedJobsView,
    fails: [400, 413],
  })
  named(
    @Body(input(NamedJobsInput)) { action, jobs }: Checked<NamedJobsInput>,
    @Caller() caller: ApiCaller,
  ): Promise<NamedJobsView> {
    return this.changes.make(
      caller,
      { action: `bulk.${action}.named`, jobs },
      async () => ({ action, jobs: await this.move(action, jobs) }),
      (answer) => ({ jobs: answer.jobs.filter(({ status }) => status === 'ok' || status === 'requested') }),
    );
  }

  /** A call for each queue; the answers come in the order of the names. */
  private async move(
    action: 'cancel' | 'retry' | 'remove',
    jobs: readonly { readonly queue: string; readonly id: string }[],
  ): Promise<readonly NamedJobView[]> {
    const receipts = new Map<string, readonly MoveReceipt[]>();
    const ids = new Map<string, readonly string[]>();
    for (const { queue } of jobs) {
      ids.set(queue, [...new Set(jobs.filter((job) => job.queue === queue).map(({ id }) => id))]);
    }
    for (const [queue, all] of ids) {
      receipts.set(queue, await this.control[action](queue, all));
    }
    return jobs.map(({ queue, id }) => {
      const at = ids.get(queue)?.indexOf(id) ?? -1;
      return { queue, id, ...(receipts.get(queue)?.[at] ?? { status: 'missing' }) };
    });
  }
}
