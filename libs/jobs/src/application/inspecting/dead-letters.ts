import type { JobControl } from '../ports/job-control.js';
import type { JobFilter, JobList, JobSearch } from './job-search.js';
import { type JobKey } from '../../domain/job.js';
import { IllegalStateError, JobNotFoundError } from '../../domain/errors/errors.js';
import { readOptions } from '../../domain/options/read-options.js';
import { keyOf } from './job-moves.js';

/** Which dead letters: all of them unless told. */
export type DeadLetterFilter = Pick<JobFilter, 'type' | 'tag' | 'from' | 'to'> & {
  /** The code of the error that ended them, such as `timeout`. */
  readonly code?: string;
};

/** The failed jobs of one queue: to look at, to run again, or to forget. */
export class DeadLetters {
  constructor(
    readonly queue: string,
    private readonly search: JobSearch,
    private readonly control: JobControl,
  ) {}

  /** Newest first, page by page. */
  async list(filter: Omit<JobFilter, 'queue' | 'state'> = {}): Promise<JobList> {
    return this.search.list({
      ...readOptions<Omit<JobFilter, 'queue' | 'state'>>(filter, 'filter', LIST_FILTERS),
      queue: this.queue,
      state: 'failed',
    });
  }

  /** Runs one again with a fresh budget of attempts. @throws JobNotFoundError, IllegalStateError */
  async retry(job: string | JobKey): Promise<void> {
    const { id } = keyOf(typeof job === 'string' ? { queue: this.queue, id: job } : job);
    const [receipt] = await this.control.retry(this.queue, [id]);
    if (receipt === undefined || receipt.status === 'missing') {
      throw new JobNotFoundError(id, this.queue);
    }
    if (receipt.status === 'illegal') {
      throw new IllegalStateError(id, 'retry', receipt.state, ['failed', 'cancelled']);
    }
  }

  /** Runs all that match again; answers how many. Those that fail meanwhile are not run twice. */
  retryAll(filter: DeadLetterFilter = {}): Promise<number> {
    return this.each(filter, (ids) => this.control.retry(this.queue, ids));
  }

  /** Forgets all that match; answers how many. */
  purge(filter: DeadLetterFilter = {}): Promise<number> {
    return this.each(filter, (ids) => this.control.remove(this.queue, ids));
  }

  private async each(
    told: DeadLetterFilter,
    move: (ids: readonly string[]) => Promise<readonly { readonly status: string }[]>,
  ): Promise<number> {
    const { code, ...filter } = readOptions<DeadLetterFilter>(told, 'filter', FILTERS);
    // All ids are gathered before the first is moved: moving changes what a page holds.
    const ids: string[] = [];
    for await (const job of this.search.all({ ...filter, queue: this.queue, state: 'failed' })) {
      if (code === undefined || job.error?.code === code) {
        ids.push(job.id);
      }
    }
    let moved = 0;
    for (let start = 0; start < ids.length; start += CHUNK) {
      const receipts = await move(ids.slice(start, start + CHUNK));
      moved += receipts.filter(({ status }) => status === 'ok').length;
    }
    return moved;
  }
}

const CHUNK = 500;

const FILTERS = ['type', 'tag', 'from', 'to', 'code'] as const satisfies readonly (keyof DeadLetterFilter)[];
const LIST_FILTERS = ['type', 'tag', 'priority', 'from', 'to', 'page', 'pageSize', 'cursor'] as const;
