import type { JobState } from '../../domain/job-state.js';
import { HOUR, type HeldLease, OUTCOMES, type QueueUnderTest } from './queue-under-test.js';

/** A way to bring the one job of a queue into a state. */
export interface Route {
  readonly state: JobState;
  readonly how: string;
  /** Answers the lease that holds the job, or held it last, or a made-up one. */
  readonly bring: (queue: QueueUnderTest) => Promise<HeldLease>;
}

/** Every state a store can bring a job into today, each by all the ways that leave other traces behind. */
export const ROUTES: readonly Route[] = [
  route('scheduled', 'by a delay', async (queue) => unheld(await queue.add({ due: { delay: 5 * HOUR } }))),
  route('scheduled', 'by a snooze', (queue) => settled(queue, 'snoozed')),
  route('scheduled', 'by a release for later', (queue) => settled(queue, 'releasedForLater')),
  route('scheduled', 'by rescheduling a pending job', async (queue) => {
    const id = await queue.add();
    await queue.ports.control.reschedule(queue.queue, [id], { delay: 5 * HOUR });
    return unheld(id);
  }),
  route('pending', 'by a submit', async (queue) => unheld(await queue.add())),
  route('pending', 'by its due time', async (queue) => {
    const id = await queue.add({ due: { delay: 5 * HOUR } });
    await queue.advance(6 * HOUR);
    await queue.upkeep();
    return unheld(id);
  }),
  route('pending', 'by a promotion', async (queue) => {
    const id = await queue.add({ due: { delay: 5 * HOUR } });
    await queue.ports.control.promote(queue.queue, [id]);
    return unheld(id);
  }),
  route('pending', 'by a release', (queue) => settled(queue, 'released')),
  route('pending', 'by reclaim', async (queue) => {
    const lease = await running(queue);
    await queue.holdersDie();
    return lease;
  }),
  route('pending', 'by a retry by hand after failing', async (queue) => {
    const lease = await settled(queue, 'failed');
    await queue.ports.control.retry(queue.queue, [lease.id]);
    return lease;
  }),
  route('pending', 'by a retry by hand after a cancel', async (queue) => {
    const id = await queue.add();
    await queue.ports.control.cancel(queue.queue, [id]);
    await queue.ports.control.retry(queue.queue, [id]);
    return unheld(id);
  }),
  route('running', 'by a claim', (queue) => running(queue)),
  route('running', 'by a claim after a failed attempt', async (queue) => {
    await settled(queue, 'retryAtOnce');
    return queue.claimOne({ holder: 'b' });
  }),
  route('running', 'as a suspect', async (queue) => {
    await running(queue);
    await queue.holdersDie();
    return queue.claimOne({ holder: 'b' });
  }),
  route('retrying', 'by a failed attempt', (queue) => settled(queue, 'retry')),
  route('retrying', 'by a second failed attempt', async (queue) => {
    await settled(queue, 'retryAtOnce');
    const lease = await queue.claimOne({ holder: 'b' });
    await queue.settle(lease, OUTCOMES.retry);
    return lease;
  }),
  route('completed', 'by its handler', (queue) => settled(queue, 'completed')),
  route('failed', 'by its handler', (queue) => settled(queue, 'failed')),
  route('failed', 'by its expiry', async (queue) => {
    const id = await queue.add({ expiresIn: HOUR });
    await queue.advance(2 * HOUR);
    await queue.claim();
    return unheld(id);
  }),
  route('failed', 'by crashes', async (queue) => {
    const id = await queue.add({ maxCrashes: 0 });
    const lease = await queue.claimOne();
    await queue.holdersDie();
    return { ...lease, id };
  }),
  route('failed', 'by a full queue', async (queue) => {
    await queue.configure({ maxDepth: 0, onFull: 'drop-newest' });
    const spec = queue.spec();
    await queue.submit([spec]);
    await queue.configure({});
    return unheld(spec.id);
  }),
  route('cancelled', 'while it waited', async (queue) => {
    const id = await queue.add();
    await queue.ports.control.cancel(queue.queue, [id]);
    return unheld(id);
  }),
  route('cancelled', 'by its holder', (queue) => settled(queue, 'cancelled')),
];

function route(state: JobState, how: string, bring: Route['bring']): Route {
  return { state, how, bring };
}

async function running(queue: QueueUnderTest): Promise<HeldLease> {
  await queue.add();
  return queue.claimOne();
}

async function settled(queue: QueueUnderTest, outcome: keyof typeof OUTCOMES): Promise<HeldLease> {
  const lease = await running(queue);
  expect(await queue.settle(lease, OUTCOMES[outcome])).toBe('ok');
  return lease;
}

function unheld(id: string): HeldLease {
  return { id, holder: 'a', token: 1 };
}
