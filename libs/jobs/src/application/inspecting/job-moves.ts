import { Injectable } from '@nestjs/common';
import { IllegalStateError, InvalidOptionError, JobNotFoundError } from '../../domain/errors/errors.js';
import type { JobKey, JobRecord } from '../../domain/job.js';
import { type JobState, type MoveCause, statesThatAllow } from '../../domain/job-state.js';
import { checkName } from '../../domain/names.js';
import { reading } from '../../domain/options/read-options.js';
import type { MoveReceipt } from '../ports/job-control.js';
import { JobDirectory } from '../ports/job-directory.js';
import { JobInspector } from '../ports/job-inspector.js';

/** Finds the job a caller means, and turns the store's receipt for a move into a state or an error. */
@Injectable()
export class JobMoves {
  constructor(
    private readonly inspector: JobInspector,
    private readonly directory: JobDirectory,
  ) {}

  /** An id without its queue is looked for in every known queue; the first that has it counts. */
  async find(job: string | JobKey): Promise<JobRecord | undefined> {
    const { id, queue } = keyOf(job);
    if (queue !== undefined) {
      return (await this.inspector.get(queue, [id]))[0];
    }
    const queues = await this.directory.queues();
    const found = await Promise.all(queues.map(async (each) => (await this.inspector.get(each, [id]))[0]));
    return found.find((record) => record !== undefined);
  }

  /**
   * @param allowed the states that the move accepts, for the error: those of a cause, or a list
   * @throws JobNotFoundError, IllegalStateError
   */
  async move(
    job: string | JobKey,
    operation: string,
    allowed: MoveCause | readonly JobState[],
    run: (queue: string, ids: readonly string[]) => Promise<readonly MoveReceipt[]>,
  ): Promise<JobState> {
    const { id, queue = (await this.find(job))?.queue } = keyOf(job);
    const [receipt] = queue === undefined ? [] : await run(queue, [id]);
    if (receipt === undefined || receipt.status === 'missing') {
      throw new JobNotFoundError(id, queue);
    }
    if (receipt.status === 'illegal') {
      throw new IllegalStateError(
        id,
        operation,
        receipt.state,
        typeof allowed === 'string' ? statesThatAllow(allowed) : allowed,
      );
    }
    return receipt.state;
  }
}

/** What names a job. @throws InvalidOptionError */
export function keyOf(job: string | JobKey): { readonly id: string; readonly queue?: string } {
  if (typeof job === 'string') {
    return { id: job };
  }
  return reading('job', job, () => {
    const { id, queue } = typeof job === 'object' && job !== null ? job : NOTHING;
    if (typeof id === 'string') {
      return { id, queue: checkName(queue, 'queue') };
    }
    throw new InvalidOptionError('job', job, 'an id, a JobRef, or { queue, id }');
  });
}

const NOTHING: Readonly<Record<keyof JobKey, undefined>> = { queue: undefined, id: undefined };
