import { isDeepStrictEqual } from 'node:util';
import { JOB_STATES } from '../../libs/jobs/src/domain/job-state.js';
import type { Command, History } from './command.js';
import { illegalMoves } from './legal-moves.js';
import { referenceStore } from './reference/reference-store.js';
import { Side } from './side.js';
import { narrowed, type Snapshot, snapshotOf, statesIn, statesOf } from './snapshot.js';
import type { ToldStore } from './told-store.js';

/** A store and the model do not agree, or the model moves a job as the table of transitions does not allow. */
export class Parting extends Error {
  constructor(
    problem: string,
    readonly place: Place,
    difference: unknown,
  ) {
    super(`${problem} at step ${place.step + 1}, ${place.kind}`, { cause: difference });
  }
}

interface Place {
  /** From 0 on. */
  readonly step: number;
  readonly kind: Command['kind'];
  /** Absent when it is the model's own fault. */
  readonly store?: ToldStore;
}

let histories = 0;

/**
 * Tells a history to stores, and to a reference model of its own.
 *
 * @throws Parting at the first step at which a store answers or shows other than the model
 */
export async function follow(history: History, stores: readonly ToldStore[]): Promise<void> {
  const name = `model-${process.pid}-${++histories}`;
  const model = new Side(referenceStore(), name);
  const sides = stores.map((store) => new Side(store, name));
  await Promise.all([model, ...sides].map((side) => side.begin()));
  const queues = model.queues.filter((_, number) => history.some(({ queue }) => queue === number));
  const seen = new Map<string, Snapshot>();
  for (const [step, command] of history.entries()) {
    const isLast = step === history.length - 1;
    const place: Place = { step, kind: command.kind };
    const shown = isLast || reachesAll(command) ? queues : model.queues.slice(command.queue, command.queue + 1);
    const answer = await model.run(command);
    for (const queue of shown) {
      const snapshot = await snapshotOf(model, queue);
      const before = seen.get(queue);
      seen.set(queue, snapshot);
      const illegal = illegalMoves(command, before === undefined ? new Map() : statesIn(before), statesIn(snapshot));
      agree('The model makes illegal moves', place, illegal, []);
    }
    const wanted = shown.map((queue) => lookedAt(seen.get(queue) as Snapshot, isLast));
    const told = await Promise.allSettled(
      sides.map(async (side) => {
        const there: Place = { ...place, store: side.store };
        const given = await side.run(command).catch((error: unknown) => {
          throw new Parting(`${side.name} fails`, there, error);
        });
        agree(`${side.name} answers other than the model`, there, given, answer);
        const found = await Promise.all(shown.map((queue, at) => snapshotOf(side, queue, wanted[at]?.states)));
        for (const [at, snapshot] of found.entries()) {
          agree(`${side.name} is not as the model`, there, snapshot, wanted[at]?.snapshot);
        }
      }),
    );
    // Not before all have ended: the stores may be told another history next.
    for (const one of told) {
      if (one.status === 'rejected') {
        throw one.reason;
      }
    }
  }
}

/** Lists that are empty in the model are read at the end only: until then counts tell whether there is anything in them. */
function lookedAt(snapshot: Snapshot, isLast: boolean) {
  const states = isLast ? JOB_STATES : statesOf(snapshot);
  return { states, snapshot: narrowed(snapshot, states) };
}

/** Time is every queue's, and a schedule may lie in another queue than the one that the step names. */
function reachesAll({ kind }: Command): boolean {
  return ['advance', 'put-schedule', 'remove-schedule', 'fire'].includes(kind);
}

function agree(problem: string, place: Place, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) {
    return;
  }
  try {
    // Absent is as good as undefined, and this shows what differs.
    expect(found).toEqual(wanted);
  } catch (cause) {
    throw new Parting(problem, place, cause);
  }
}
