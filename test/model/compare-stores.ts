import * as fc from 'fast-check';
import type { StoreUnderTest } from '../../libs/jobs/src/testing/job-store-contract.js';
import { type Command, describeHistory, histories } from './commands.js';
import { illegalMoves } from './legal-moves.js';
import { QueueSide } from './queue-side.js';
import { snapshotOf, statesIn } from './snapshot.js';

/** JOBS_MODEL_RUNS asks for a number of histories, however long they take; without it the run is a short one. */
const ASKED_RUNS = process.env['JOBS_MODEL_RUNS'];
const SHORT_RUNS = 60;
/** Milliseconds after which a short run begins no further history. */
const SHORT_TIME = 20_000;

/** Milliseconds that the test may take. */
export const MODEL_TIMEOUT = ASKED_RUNS === undefined ? 4 * SHORT_TIME : 24 * 3_600_000;

/** Where a run begins: JOBS_MODEL_SEED repeats one. */
export const SEED = Number(process.env['JOBS_MODEL_SEED'] ?? Date.now() % 2_147_483_647);

export interface Comparison {
  readonly left: StoreUnderTest;
  readonly right: StoreUnderTest;
}

let queues = 0;

/** Tells many histories to two stores and compares, step by step, what they answer and what can be seen of them. */
export async function compareStores({ left, right }: Comparison): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const queue = `model-${process.pid}-${++queues}`;
      await follow(history, new QueueSide(left, queue), new QueueSide(right, queue));
    }),
    {
      seed: SEED,
      numRuns: Number(ASKED_RUNS ?? SHORT_RUNS),
      ...(ASKED_RUNS === undefined ? { interruptAfterTimeLimit: SHORT_TIME } : {}),
      reporter: report,
    },
  );
}

async function follow(history: readonly Command[], left: QueueSide, right: QueueSide): Promise<void> {
  let before: ReturnType<typeof statesIn> = new Map();
  for (const [index, command] of history.entries()) {
    try {
      const answers = [await left.run(command), await right.run(command)];
      expect(answers[1]).toEqual(answers[0]);
      const snapshots = await Promise.all([snapshotOf(left), snapshotOf(right)]);
      expect(snapshots[1]).toEqual(snapshots[0]);
      const after = statesIn(snapshots[0]);
      expect(illegalMoves(command, before, after)).toEqual([]);
      before = after;
    } catch (cause) {
      throw new Error(`They part at step ${index + 1}, ${command.kind}`, { cause });
    }
  }
}

function report(run: fc.RunDetails<[readonly Command[]]>): void {
  if (!run.failed || run.counterexample === null) {
    return;
  }
  const { cause, message } = run.errorInstance as Error;
  throw new Error(
    `${message}. JOBS_MODEL_SEED=${run.seed} repeats it.\n\n${describeHistory(run.counterexample[0])}\n\n${
      cause instanceof Error ? cause.message : String(cause)
    }`,
    { cause },
  );
}
