import type { QueueSelection } from '../settings.js';

/** A queue and its share. */
export type Weight = readonly [queue: string, weight: number];

/** Chooses the queue that a free slot of a group works next. */
export interface QueueOrder {
  /** In strict order a lower queue is asked only while all above it are known to be empty. */
  readonly strict: boolean;
  queues(): readonly string[];
  /** Each queue with the jobs it may start before another has its turn. */
  turns(): readonly Weight[];
  /** The queue to start from next among those for which `has` is true, and counts the start. */
  next(has: (queue: string) => boolean): string | undefined;
  /** How the next `slots` starts would spread over the queues for which `may` is true; counts nothing. */
  plan(slots: number, may: (queue: string) => boolean): ReadonlyMap<string, number>;
}

/**
 * Makes the order that a selection asks for, over those of its queues that have a handler here: another process's jobs
 * are not claimed only to be given back.
 *
 * @param handled the queues with handlers; asked each time, since handlers may be added
 */
export function queueOrder(selection: QueueSelection, handled: () => readonly string[]): QueueOrder {
  switch (selection.order) {
    case 'strict':
      return new StrictOrder(
        onChange(handled, (present) => selection.queues.filter((queue) => present.includes(queue))),
      );
    case 'weighted':
      return new WeightedOrder(
        onChange(handled, (present) => reduced([...selection.weights].filter(([queue]) => present.includes(queue)))),
      );
    case 'all':
      return new WeightedOrder(onChange(handled, (present) => present.map((queue) => [queue, 1])));
  }
}

/** Derives a value from a list, anew only when the list is another one: this is asked for every job. */
function onChange<T>(list: () => readonly string[], derive: (names: readonly string[]) => T): () => T {
  let from: readonly string[] | undefined;
  let derived: T;
  return () => {
    const names = list();
    if (names !== from) {
      from = names;
      derived = derive(names);
    }
    return derived;
  };
}

/** The first queue that has jobs. */
class StrictOrder implements QueueOrder {
  readonly strict = true;

  constructor(readonly queues: () => readonly string[]) {}

  turns(): readonly Weight[] {
    return this.queues().map((queue) => [queue, Infinity]);
  }

  next(has: (queue: string) => boolean): string | undefined {
    return this.queues().find(has);
  }

  plan(slots: number, may: (queue: string) => boolean): ReadonlyMap<string, number> {
    const first = slots > 0 ? this.queues().find(may) : undefined;
    return new Map(first === undefined ? [] : [[first, slots]]);
  }
}

/**
 * Deficit round-robin over jobs started (Shreedhar & Varghese 1995, with every job of cost 1): a queue may start as many
 * jobs in its turn as its weight, and a queue without jobs gives up what is left of its turn. No queue starves.
 */
class WeightedOrder implements QueueOrder {
  readonly strict = false;
  private turn: Turn = { queue: undefined, left: 0 };

  constructor(readonly turns: () => readonly Weight[]) {}

  queues(): readonly string[] {
    return this.turns().map(([queue]) => queue);
  }

  next(has: (queue: string) => boolean): string | undefined {
    const only = this.only;
    if (only !== undefined) {
      return has(only) ? only : undefined;
    }
    this.turn = step(this.turns(), this.turn, has);
    return this.turn.queue !== undefined && has(this.turn.queue) ? this.turn.queue : undefined;
  }

  plan(slots: number, may: (queue: string) => boolean): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const only = this.only;
    if (only !== undefined) {
      return slots > 0 && may(only) ? counts.set(only, slots) : counts;
    }
    const weights = this.turns();
    let turn = this.turn;
    for (let slot = 0; slot < slots; slot++) {
      turn = step(weights, turn, may);
      if (turn.queue === undefined || !may(turn.queue)) {
        break;
      }
      counts.set(turn.queue, (counts.get(turn.queue) ?? 0) + 1);
    }
    return counts;
  }

  /** The queue that has no other beside it, and so needs no turns. */
  private get only(): string | undefined {
    const weights = this.turns();
    return weights.length === 1 ? weights[0]?.[0] : undefined;
  }
}

/** 100:50:10 is served as 10:5:1, so that turns are short. */
function reduced(weights: readonly Weight[]): readonly Weight[] {
  const divisor = weights.reduce((sofar, [, weight]) => greatestCommonDivisor(sofar, weight), 0);
  return divisor <= 1 ? weights : weights.map(([queue, weight]) => [queue, weight / divisor]);
}

interface Turn {
  readonly queue: string | undefined;
  /** Starts left in the turn. */
  readonly left: number;
}

function step(weights: readonly Weight[], turn: Turn, has: (queue: string) => boolean): Turn {
  if (turn.queue !== undefined && turn.left > 0 && has(turn.queue)) {
    return { queue: turn.queue, left: turn.left - 1 };
  }
  const at = weights.findIndex(([queue]) => queue === turn.queue);
  for (let offset = 1; offset <= weights.length; offset++) {
    const candidate = weights[(at + offset + weights.length) % weights.length];
    if (candidate !== undefined && has(candidate[0])) {
      return { queue: candidate[0], left: candidate[1] - 1 };
    }
  }
  return turn;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
