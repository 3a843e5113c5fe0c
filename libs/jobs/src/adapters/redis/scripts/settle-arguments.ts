import type { Settlement } from '../../../application/ports/job-store.js';
import type { Failure } from '../../../domain/failure.js';
import { BATCH_BYTES, BATCH_MOVES, textBytes } from './batches.js';
import { storedParts, toStoredId } from '../stored/stored-id.js';

/** Every outcome but a completed one costs the script several commands, and counts as this much besides its size. */
const OTHER_OUTCOME = BATCH_BYTES / BATCH_MOVES;

/** How much of a batch a settlement takes up: roughly the bytes it travels with. */
export function settlingBytes({ outcome }: Settlement): number {
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

/** Completed jobs of one token that lie in one bucket and follow one another. */
interface Run {
  /** The whole stored id where `fields` is empty: of an id that is no UUID, the script finds the bucket. */
  readonly bucket: string;
  readonly fields: string[];
  readonly results: string[];
  hasResults: boolean;
}

interface Group {
  readonly runs: Run[];
  readonly places: number[];
}

/**
 * The arguments of the `settle` script behind its fixed ones: completed jobs in groups of one token, then the others.
 * `order` has the place in the batch of each, in the order they are written; `late` the places of those whose attempt an
 * earlier one of the batch ends, since the script does not see the order of all.
 */
export function settleArguments(
  holder: string,
  batch: readonly Settlement[],
): {
  readonly args: readonly (string | number)[];
  readonly order: readonly number[];
  readonly late: readonly number[];
} {
  const late: number[] = [];
  const groups = new Map<number, Group>();
  const others: number[] = [];
  // Completed jobs keep their order among themselves, so the script sees by itself which of two ends came first.
  const seen = batch.every(({ outcome }) => outcome.kind === 'completed') ? undefined : new Set<string>();
  let group: Group | undefined;
  let lastToken: number | undefined;
  for (let place = 0; place < batch.length; place++) {
    const { id, token, outcome } = batch[place] as Settlement;
    if (seen !== undefined) {
      const attempt = `${token}:${id}`;
      if (seen.has(attempt)) {
        late.push(place);
        continue;
      }
      seen.add(attempt);
    }
    if (outcome.kind !== 'completed') {
      others.push(place);
      continue;
    }
    if (group === undefined || token !== lastToken) {
      group = groups.get(token) ?? { runs: [], places: [] };
      lastToken = token;
      groups.set(token, group);
    }
    group.places.push(place);
    complete(group.runs, id, outcome.result ?? '');
  }
  const args: (string | number)[] = [groups.size];
  const order: number[] = [];
  for (const [token, { runs, places }] of groups) {
    args.push(token, runs.length);
    for (const { bucket, fields, results, hasResults } of runs) {
      args.push(bucket, fields.join(''), hasResults ? results.join('\n') : '');
    }
    order.push(...places);
  }
  for (const place of others) {
    const settlement = batch[place] as Settlement;
    args.push(toStoredId(settlement.id), settlement.token, ...outcomeArguments(holder, settlement));
    order.push(place);
  }
  return { args, order, late };
}

function complete(runs: Run[], id: string, result: string): void {
  const parts = storedParts(id);
  const last = runs[runs.length - 1];
  if (parts === undefined) {
    runs.push({ bucket: toStoredId(id), fields: [], results: [result], hasResults: result !== '' });
  } else if (last !== undefined && last.bucket === parts.bucket) {
    last.fields.push(parts.field);
    last.results.push(result);
    last.hasResults ||= result !== '';
  } else {
    runs.push({ bucket: parts.bucket, fields: [parts.field], results: [result], hasResults: result !== '' });
  }
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
