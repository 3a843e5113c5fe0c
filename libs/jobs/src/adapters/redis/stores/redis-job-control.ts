import { type Due, JobControl, type MoveReceipt } from '../../../application/ports/job-control.js';
import type { JobState } from '../../../domain/job-state.js';
import { BATCH_MOVES, inBatches } from '../scripts/batches.js';
import { dueArgument } from '../scripts/due-argument.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { toStoredId } from '../stored/stored-id.js';

type Move = 'cancel' | 'retry' | 'promote' | 'reschedule' | 'reprioritise' | 'remove';

/** Moves by hand on Redis: one script a verb, up to 100 jobs each. */
export class RedisJobControl extends JobControl {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override cancel(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.move(queue, 'cancel', ids);
  }

  override retry(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.move(queue, 'retry', ids);
  }

  override promote(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.move(queue, 'promote', ids);
  }

  override reschedule(queue: string, ids: readonly string[], due: Due): Promise<readonly MoveReceipt[]> {
    return this.move(queue, 'reschedule', ids, dueArgument(due));
  }

  override reprioritise(queue: string, ids: readonly string[], priority: number): Promise<readonly MoveReceipt[]> {
    return this.move(queue, 'reprioritise', ids, priority);
  }

  override remove(queue: string, ids: readonly string[]): Promise<readonly MoveReceipt[]> {
    return this.move(queue, 'remove', ids);
  }

  private async move(
    queue: string,
    move: Move,
    ids: readonly string[],
    ...how: readonly (string | number)[]
  ): Promise<readonly MoveReceipt[]> {
    const receipts: MoveReceipt[] = [];
    for (const batch of inBatches(ids, () => 0, BATCH_MOVES)) {
      const answer = (await this.caller.change(queue, move, [...how, ...batch.map(toStoredId)])) as string;
      receipts.push(...answer.split(',').map(readReceipt));
    }
    return receipts;
  }
}

function readReceipt(text: string): MoveReceipt {
  const [status, state] = text.split(':');
  return (state === undefined ? { status } : { status, state: state as JobState }) as MoveReceipt;
}
