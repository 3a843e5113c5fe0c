import type { MoveReceipt } from '../../application/ports/job-control.js';
import type { Outcome } from '../../domain/outcome.js';
import { JOB_STATES, type JobState, type MoveCause, TRANSITIONS } from '../../domain/job-state.js';
import { HOUR, type HeldLease, OUTCOMES, type QueueUnderTest } from './queue-under-test.js';

/** One operation on the one job of a queue, and what the table of transitions says of it. */
export interface Operation {
  readonly name: string;
  /** The causes of the moves it makes. */
  readonly causes: readonly MoveCause[];
  /** The states in which it can make them; every state unless told. */
  readonly from?: readonly JobState[];
  /** The states it accepts without a move. */
  readonly accepts?: readonly JobState[];
  /** Applies it and answers its receipt: what it says where it worked, and where it did not. */
  readonly apply: (queue: QueueUnderTest, lease: HeldLease) => Promise<unknown>;
  /** The receipt where it worked. */
  readonly done: (from: JobState, to?: JobState) => unknown;
  /** The receipt where it did not. */
  readonly refused: (from: JobState) => unknown;
  /** A running job stays in its state for now. */
  readonly asksOnly?: readonly JobState[];
  /** The job is there no more. */
  readonly forgets?: boolean;
}

const WAITING: readonly JobState[] = ['scheduled', 'blocked', 'pending', 'retrying'];

/** Every operation of the ports that may change a job. */
export const OPERATIONS: readonly Operation[] = [
  {
    ...byHand('cancel', ['cancelled'], (queue, id) => queue.ports.control.cancel(queue.queue, [id])),
    done: (from, to) => ({ status: from === 'running' ? 'requested' : 'ok', state: from === 'running' ? from : to }),
    asksOnly: ['running'],
  },
  byHand('retry', ['retried-by-hand'], (queue, id) => queue.ports.control.retry(queue.queue, [id])),
  byHand('promote', ['promoted'], (queue, id) => queue.ports.control.promote(queue.queue, [id])),
  byHand('reschedule', ['rescheduled'], (queue, id) =>
    queue.ports.control.reschedule(queue.queue, [id], { delay: 10 * HOUR }),
  ),
  {
    ...byHand('reprioritise', [], (queue, id) => queue.ports.control.reprioritise(queue.queue, [id], 50)),
    accepts: WAITING,
  },
  {
    ...byHand('remove', [], (queue, id) => queue.ports.control.remove(queue.queue, [id])),
    accepts: JOB_STATES.filter((state) => state !== 'running'),
    forgets: true,
  },
  settle('completed', ['completed'], OUTCOMES.completed),
  settle('retry', ['retry'], OUTCOMES.retry),
  settle('failed', ['failed'], OUTCOMES.failed),
  settle('cancelled', ['cancelled'], OUTCOMES.cancelled),
  settle('snoozed', ['snoozed'], OUTCOMES.snoozed),
  settle('released', ['released'], OUTCOMES.released),
  settle('released for later', ['released'], OUTCOMES.releasedForLater),
  {
    name: 'settle with another token',
    causes: [],
    done: () => 'ok',
    refused: () => 'lost-lease',
    apply: (queue, lease) => queue.settle({ ...lease, token: lease.token + 1 }, OUTCOMES.completed),
  },
  {
    name: 'settle by another holder',
    causes: [],
    done: () => 'ok',
    refused: () => 'lost-lease',
    apply: (queue, lease) => queue.settle({ ...lease, holder: 'stranger' }, OUTCOMES.completed),
  },
  {
    name: 'report by another holder',
    causes: [],
    done: () => 'ok',
    refused: () => 'lost-lease',
    apply: async (queue, { id, token }) => {
      const reports = [{ id, token, attempt: 1, progress: 1, log: ['line'] }];
      return (await queue.ports.jobs.report({ queue: queue.queue, holder: 'stranger', reports }))[0];
    },
  },
  {
    name: 'claim',
    causes: ['claimed'],
    apply: async (queue) => (await queue.claim({ holder: 'claimer' })).jobs.length,
    done: () => 1,
    refused: () => 0,
  },
  {
    name: 'the retirement of its holder',
    causes: ['reclaimed'],
    apply: (queue, { holder }) => queue.ports.jobs.retire({ queue: queue.queue, holder }),
    done: () => undefined,
    refused: () => undefined,
  },
  {
    name: 'the death of its holder',
    causes: ['reclaimed'],
    apply: (queue) => queue.holdersDie(),
    done: () => undefined,
    refused: () => undefined,
  },
  {
    name: 'a tick of its holder that does not know of it',
    causes: ['reclaimed'],
    apply: async (queue, { holder }) => (await queue.tick(holder)).lost,
    done: () => [],
    refused: () => [],
  },
];

/** The states the table allows from this one for the causes. */
export function targets(from: JobState, causes: readonly MoveCause[]): readonly JobState[] {
  return JOB_STATES.filter((to) => TRANSITIONS[from][to]?.some((cause) => causes.includes(cause)) === true);
}

function byHand(
  name: string,
  causes: readonly MoveCause[],
  move: (queue: QueueUnderTest, id: string) => Promise<readonly MoveReceipt[]>,
): Operation {
  return {
    name,
    causes,
    apply: async (queue, { id }) => (await move(queue, id))[0],
    done: (from, to = from) => ({ status: 'ok', state: to }),
    refused: (state) => ({ status: 'illegal', state }),
  };
}

function settle(name: string, causes: readonly MoveCause[], outcome: Outcome): Operation {
  return {
    name: `settle as ${name}`,
    causes,
    // Only who holds a job may settle it, whatever else could have this cause.
    from: ['running'],
    apply: (queue, lease) => queue.settle(lease, outcome),
    done: () => 'ok',
    refused: () => 'lost-lease',
  };
}
