import * as fc from 'fast-check';
import type { History } from './command.js';
import { follow, Parting } from './follow.js';
import { histories } from './histories.js';
import { testOf } from './report.js';
import { shorten } from './shorten.js';
import type { ToldStore } from './told-store.js';

/** How much is told, by either measure, and from which seed on. */
export type Telling = { readonly seed: number } & (
  | { readonly steps: number }
  /** Histories. */
  | { readonly runs: number }
);

/** Histories told between two looks at how many steps have been taken. */
const A_FEW = 2;
/** Seeds of a lane, before those of the next. */
const A_LANE = 100_000;

/**
 * Tells random histories to the stores until there were enough; answers how many steps they had.
 *
 * @param end is called when a store and the model part, and ends others that are told at the same time
 * @throws Error with the shortest history found at which they do, as a test
 */
export async function tellHistories(
  stores: readonly ToldStore[],
  telling: Telling,
  end = new AbortController(),
): Promise<number> {
  const runs = 'runs' in telling ? telling.runs : Infinity;
  const steps = 'steps' in telling ? telling.steps : Infinity;
  let told = 0;
  for (let run = 0; run < runs && told < steps && !end.signal.aborted; run += A_FEW) {
    const few = { steps: 0 };
    const property = fc.asyncProperty(histories, async (history) => {
      await follow(history, stores);
      few.steps += history.length;
    });
    const [seed, numRuns] = [telling.seed + run, Math.min(A_FEW, runs - run)];
    const { counterexample, errorInstance } = await fc.check(property, { seed, numRuns, endOnFailure: true });
    if (counterexample !== null && !end.signal.aborted) {
      end.abort();
      throw await reported(counterexample[0], errorInstance, seed);
    }
    told += few.steps;
  }
  return told;
}

/** The same in lanes side by side, each with stores of its own: most of a step is waiting for an answer. */
export async function tellInLanes(lanes: readonly (readonly ToldStore[])[], telling: Telling): Promise<number> {
  const end = new AbortController();
  const share = (all: number): number => Math.ceil(all / lanes.length);
  const part = 'runs' in telling ? { runs: share(telling.runs) } : { steps: share(telling.steps) };
  const told = await Promise.allSettled(
    lanes.map((stores, lane) => tellHistories(stores, { ...part, seed: telling.seed + lane * A_LANE }, end)),
  );
  return told.reduce((sum, lane) => {
    if (lane.status === 'rejected') {
      throw lane.reason;
    }
    return sum + lane.value;
  }, 0);
}

async function reported(history: History, error: unknown, seed: number): Promise<unknown> {
  if (!(error instanceof Parting)) {
    return error;
  }
  const { store } = error.place;
  let parting = error;
  const shortest = await shorten(history, async (candidate) => {
    const found = await follow(candidate, store === undefined ? [] : [store]).catch((reason: unknown) => reason);
    if (!(found instanceof Parting)) {
      return undefined;
    }
    parting = found;
    return found.place.step;
  });
  const { message, cause } = parting;
  const test = testOf(shortest, message);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `${message}. JOBS_MODEL_SEED=${seed} finds it first. As a test, for test/model/found.spec.ts:\n\n${test}\n${why}`,
    { cause },
  );
}
