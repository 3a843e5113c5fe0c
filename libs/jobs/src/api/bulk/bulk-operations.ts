import { Inject, Injectable } from '@nestjs/common';
import { type BulkAction, BulkMoves } from '../../application/inspecting/bulk-moves.js';
import { JobService } from '../../application/job-service.js';
import type { ApiCaller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import type { BulkView } from './bulk-view.js';
import { BULK_QUEUE, BULK_TYPE, type BulkPayload, type StoredFilter, toFilter } from './bulk-work.js';

/** Begins bulk operations as jobs, or says how many jobs one would move. */
@Injectable()
export class BulkOperations {
  constructor(
    private readonly jobs: JobService,
    private readonly moves: BulkMoves,
    private readonly changes: Changes,
    @Inject(BULK_QUEUE) private readonly queue: string,
  ) {}

  /** @throws InvalidOptionError for a filter that the action cannot have */
  async begin(
    caller: ApiCaller,
    action: BulkAction,
    filter: StoredFilter,
    dryRun: boolean,
    name = `bulk.${action}`,
  ): Promise<BulkView> {
    this.moves.check(action, toFilter(filter));
    if (dryRun) {
      return { action, dryRun, would: await this.moves.count(action, toFilter(filter)) };
    }
    const { who, requestId } = caller;
    const payload: BulkPayload = { action, filter: { ...filter }, who, requestId };
    const { queue, id } = await this.changes.make(
      caller,
      { action: name, filter: { ...filter } },
      () => this.jobs.submit<string>(BULK_TYPE, payload, { queue: this.queue, tags: [name] }),
      (job) => ({ detail: `as job ${job.queue}/${job.id}` }),
    );
    return { action, dryRun, job: { queue, id } };
  }
}
