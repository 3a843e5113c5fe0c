import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { JobContext } from '../../application/attempts/job-context.js';
import {
  type BulkAction,
  type BulkFilter,
  BulkMoves,
  type BulkTally,
} from '../../application/inspecting/bulk-moves.js';
import { JobService } from '../../application/job-service.js';
import { AUDITED_JOBS, AuditLog } from '../../application/ports/audit-log.js';
import type { JobKey } from '../../domain/job.js';
import { OwnTypeError } from '../answers/api-errors.js';
import { timeRange } from '../input/time-range.js';

/** The type of the jobs that do bulk operations. */
export const BULK_TYPE = 'jobs.bulk';

/** The queue they go to unless told. */
export const DEFAULT_BULK_QUEUE = 'jobs.bulk';

/** Injects the name of their queue. */
export const BULK_QUEUE = Symbol.for('nestjs-jobs:api-bulk-queue');

/** A filter as it travels in a payload: times as ISO 8601. */
export type StoredFilter = Omit<BulkFilter, 'from' | 'to'> & { readonly from?: string; readonly to?: string };

/** What such a job is told. */
export interface BulkPayload {
  readonly action: BulkAction;
  readonly filter: StoredFilter;
  /** On whose behalf, for the audit trail. */
  readonly who: string;
  readonly requestId?: string;
}

/** What such a job returns. */
export interface BulkResult extends BulkTally {
  /** The first jobs that were moved. */
  readonly jobs: readonly JobKey[];
}

/** Whoever may only submit jobs must not change others by it. @throws OwnTypeError */
export function refuseOwnType(type: string): void {
  if (type === BULK_TYPE) {
    throw new OwnTypeError(type);
  }
}

/** The filter with its times as they are. */
export function toFilter({ from, to, ...rest }: StoredFilter): BulkFilter {
  return { ...rest, ...timeRange({ from, to }) };
}

/**
 * Does bulk operations as jobs: a step at a time, telling its progress. Cut off, it runs again and goes on with what is
 * left, since jobs that were moved do not match any more, and those that came later are left alone.
 */
@Injectable()
export class BulkWork implements OnModuleInit {
  constructor(
    private readonly jobs: JobService,
    private readonly moves: BulkMoves,
    private readonly audit: AuditLog,
    @Inject(BULK_QUEUE) private readonly queue: string,
  ) {}

  onModuleInit(): void {
    this.jobs.register<BulkPayload, BulkResult>(BULK_TYPE, (payload, job) => this.run(payload, job), {
      queue: this.queue,
      timeout: '1h',
      retry: { attempts: 5, backoff: 'exponential' },
    });
  }

  private async run({ action, filter, who, requestId }: BulkPayload, job: JobContext): Promise<BulkResult> {
    const before = await this.before(job);
    const moved: JobKey[] = [...before.jobs];
    const sum = (tally: BulkTally): BulkTally => ({
      done: before.done + tally.done,
      skipped: tally.skipped,
      failed: tally.failed,
    });
    const tally = await this.moves.run(action, toFilter(filter), {
      until: job.createdAt.getTime(),
      except: { queue: job.queue, id: job.id },
      signal: job.signal,
      onStep: ({ moved: step, ...soFar }) => {
        moved.push(...step.slice(0, AUDITED_JOBS - moved.length));
        job.progress({ ...sum(soFar), jobs: moved.map((key) => ({ ...key })) });
      },
    });
    const result: BulkResult = { ...sum(tally), jobs: moved };
    await this.audit.append({
      who,
      action: `bulk.${action}.ended`,
      outcome: 'done',
      target: `${job.queue}/${job.id}`,
      jobs: moved,
      count: result.done,
      filter,
      detail: `${result.skipped} skipped, ${result.failed} failed`,
      ...(requestId === undefined ? {} : { requestId }),
    });
    return result;
  }

  /** What earlier attempts have told: it counts too. */
  private async before(job: JobContext): Promise<Pick<BulkResult, 'done' | 'jobs'>> {
    const progress = (await this.jobs.get({ queue: job.queue, id: job.id }))?.progress;
    return { done: 0, jobs: [], ...(progress as Partial<BulkResult> | undefined) };
  }
}
