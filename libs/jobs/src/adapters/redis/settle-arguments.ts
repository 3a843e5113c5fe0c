import type { Settlement } from '../../application/ports/job-store.js';
import type { Failure } from '../../domain/failure.js';
import { BATCH_BYTES, BATCH_MOVES, textBytes } from './batches.js';
import { toStoredId } from './stored-id.js';

/** A settlement and its place in the call. */
export interface Settling {
  readonly settlement: Settlement;
  readonly index: number;
}

/** Every outcome but a completed one costs the script several commands, and counts as this much besides its size. */
const OTHER_OUTCOME = BATCH_BYTES / BATCH_MOVES;

/** How much of a batch a settlement takes up: roughly the bytes it travels with. */
export function settlingBytes({ settlement: { outcome } }: Settling): number {
  switch (outcome.kind) {
    case 'completed':
      return outcome.result === undefined ? 0 : textBytes(outcome.result);
    case 'retry':
    case 'failed':
      // A failure is cut to some kilobytes when it is described.
      return OTHER_OUTCOME + outcome.failure.message.length + (outcome.failure.stack?.length ?? 0);
    default:
      return OTHER_OUTCOME;
  }
}

/**
 * The arguments of the `settle` script behind its fixed ones: completed jobs in groups of one token, then the others.
 * `order` has the place in the call of each, in the order they are written; `late` the places of those whose attempt an
 * earlier one of the call ends, since the script does not see the order of all.
 */
export function settleArguments(
  holder: string,
  batch: readonly Settling[],
): {
  readonly args: readonly (string | number)[];
  readonly order: readonly number[];
  readonly late: readonly number[];
} {
  const late: number[] = [];
  const groups = new Map<number, Settling[]>();
  const others: Settling[] = [];
  // Completed jobs keep their order among themselves, so the script sees by itself which of two ends came first.
  const seen = batch.every(({ settlement }) => settlement.outcome.kind === 'completed') ? undefined : new Set<string>();
  let last: Settling[] = [];
  let lastToken: number | undefined;
  for (const settling of batch) {
    const { id, token, outcome } = settling.settlement;
    if (seen !== undefined) {
      const attempt = `${token}:${id}`;
      if (seen.has(attempt)) {
        late.push(settling.index);
        continue;
      }
      seen.add(attempt);
    }
    if (outcome.kind !== 'completed') {
      others.push(settling);
      continue;
    }
    if (token !== lastToken) {
      last = groups.get(token) ?? [];
      lastToken = token;
      groups.set(token, last);
    }
    last.push(settling);
  }
  const args: (string | number)[] = [groups.size];
  const order: number[] = [];
  for (const [token, group] of groups) {
    args.push(token, group.length);
    for (const { settlement, index } of group) {
      const { outcome } = settlement;
      args.push(toStoredId(settlement.id), outcome.kind === 'completed' ? (outcome.result ?? '') : '');
      order.push(index);
    }
  }
  for (const { settlement, index } of others) {
    args.push(toStoredId(settlement.id), settlement.token, ...outcomeArguments(holder, settlement));
    order.push(index);
  }
  return { args, order, late };
}

/** Kind, delay, and the part of a failed attempt that the process knows. */
function outcomeArguments(holder: string, settlement: Settlement): readonly [string, string | number, string] {
  const { outcome } = settlement;
  switch (outcome.kind) {
    case 'retry':
      return ['retry', outcome.delay, attemptOf(holder, settlement, outcome.failure, outcome.delay)];
    case 'failed':
      return ['failed', '', attemptOf(holder, settlement, outcome.failure)];
    case 'snoozed':
      return ['snoozed', outcome.delay, ''];
    case 'released':
      return [outcome.reason === 'no-handler' ? 'no-handler' : 'released', outcome.delay ?? '', ''];
    default:
      return [outcome.kind, '', ''];
  }
}

/** A JSON object without its opening brace: the script puts the attempt's number and time in front. */
function attemptOf(
  holder: string,
  { worker, startedAt }: Settlement,
  { code, name, message, stack, causes }: Failure,
  delay?: number,
): string {
  return JSON.stringify({ process: holder, worker, startedAt, code, name, message, stack, causes, delay }).slice(1);
}
