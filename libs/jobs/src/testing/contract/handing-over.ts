import type { HandedOver } from '../../application/ports/notifier.js';
import { eventually } from './eventually.js';
import { HOUR, OUTCOMES, type QueueUnderTest, SECOND, type Subject } from './queue-under-test.js';

/** Virtual time after which a holder's tick takes back what was handed to it and is not known to it. */
const TRAVELLED = 10 * SECOND;

/**
 * Jobs that a store may lease to a holder that stands by, unasked. A store that never does passes too: either way a job
 * is with exactly one, and what applies to leases applies to these.
 */
export const handingOver: Subject = (newQueue) => {
  it('a job that comes while a holder stands by is handed to it or ready for a claim, never both', async () => {
    const queue = newQueue();
    const { told, stop } = await standingBy(queue, 2);
    const ids = await queue.addAll({}, { retain: HOUR }, {});
    const claimed = await queue.claimIds({ holder: 'b' });
    await eventually(() => told.flatMap(({ jobs }) => jobs).length + claimed.length >= ids.length);
    const handed = told.flatMap(({ jobs }) => jobs.map(({ id }) => id));
    expect([...handed, ...claimed].toSorted()).toEqual([...ids].toSorted());
    for (const id of ids) {
      expect(await queue.state(id)).toBe('running');
    }
    for (const { token, jobs } of told) {
      for (const { id } of jobs) {
        expect(await queue.settle({ id, token, holder: 'a' }, OUTCOMES.completed)).toBe('ok');
      }
    }
    await queue.check();
    await stop();
  });

  it('a job that comes while others wait is not handed over', async () => {
    const queue = newQueue();
    const { told, stop } = await standingBy(queue, 5);
    await queue.ports.queues.pause(queue.queue);
    const first = await queue.add();
    await queue.ports.queues.resume(queue.queue);
    const second = await queue.add({ priority: 100 });
    expect(await queue.claimIds({ holder: 'b' })).toEqual([second, first]);
    expect(told).toEqual([]);
    await stop();
  });

  it.each([
    ['paused', async (queue: QueueUnderTest): Promise<void> => queue.ports.queues.pause(queue.queue)],
    ['at its concurrency', async (queue: QueueUnderTest): Promise<void> => atItsConcurrency(queue)],
  ])('nothing is handed over in a queue that is %s', async (_name, act) => {
    const queue = newQueue();
    const { told, stop } = await standingBy(queue, 5);
    await act(queue);
    const id = await queue.add();
    expect(await queue.state(id)).toBe('pending');
    expect(told.flatMap(({ jobs }) => jobs.map((job) => job.id))).not.toContain(id);
    await stop();
  });

  it('delayed jobs are not handed over', async () => {
    const queue = newQueue();
    const { told, stop } = await standingBy(queue, 5);
    const id = await queue.add({ due: { delay: HOUR } });
    expect(await queue.state(id)).toBe('scheduled');
    expect(told).toEqual([]);
    await stop();
  });

  it('what was handed over and is not known to the holder goes back, but not while the notice may travel', async () => {
    const queue = newQueue();
    const { stop } = await standingBy(queue, 5);
    const id = await queue.add();
    const before = await queue.state(id);
    await queue.tick('a');
    expect(await queue.state(id)).toBe(before);
    await queue.advance(TRAVELLED);
    await queue.tick('a');
    expect(await queue.state(id)).toBe('pending');
    expect(await queue.claimIds({ holder: 'b' })).toEqual([id]);
    await queue.check();
    await stop();
  });

  it('what was handed over and is known to the holder stays with it', async () => {
    const queue = newQueue();
    const { told, stop } = await standingBy(queue, 5);
    const id = await queue.add();
    const isRunning = (await queue.state(id)) === 'running';
    await eventually(() => !isRunning || told.length > 0);
    const held = told.flatMap(({ token, jobs }) => jobs.map((job) => ({ id: job.id, token })));
    await queue.advance(TRAVELLED);
    expect((await queue.tick('a', held)).lost).toEqual([]);
    expect(await queue.state(id)).toBe(isRunning ? 'running' : 'pending');
    await stop();
  });

  it('a holder that has ended stands by no more, and what it was handed goes back', async () => {
    const queue = newQueue();
    const { stop } = await standingBy(queue, 5);
    const before = await queue.add();
    await queue.ports.jobs.retire({ queue: queue.queue, holder: 'a' });
    const after = await queue.add();
    expect((await queue.claimIds({ holder: 'b' })).toSorted()).toEqual([before, after].toSorted());
    await queue.check();
    await stop();
  });

  it('a holder that has died is handed nothing', async () => {
    const queue = newQueue();
    const { told, stop } = await standingBy(queue, 5);
    await queue.holdersDie();
    const id = await queue.add();
    expect(await queue.state(id)).toBe('pending');
    expect(told).toEqual([]);
    await stop();
  });

  it('a holder that hears nothing is handed nothing', async () => {
    const queue = newQueue();
    expect((await queue.claim({ standBy: 5 })).jobs).toEqual([]);
    const id = await queue.add();
    expect(await queue.state(id)).toBe('pending');
    expect(await queue.claimIds({ holder: 'b' })).toEqual([id]);
  });
};

/** Holder `a` has found nothing to claim, and hears what is handed over to it. */
async function standingBy(
  queue: QueueUnderTest,
  room: number,
): Promise<{ readonly told: HandedOver[]; readonly stop: () => Promise<void> }> {
  const told: HandedOver[] = [];
  const stop = await queue.ports.notifier.onHandedOver([queue.queue], 'a', (name, handed) => {
    expect(name).toBe(queue.queue);
    told.push(handed);
  });
  expect((await queue.claim({ standBy: room })).jobs).toEqual([]);
  return { told, stop };
}

async function atItsConcurrency(queue: QueueUnderTest): Promise<void> {
  await queue.configure({ concurrency: 1 });
  // Whichever way it comes to its holder.
  await queue.add();
  await queue.claim({ holder: 'b', limit: 1 });
  await queue.claim({ standBy: 5 });
}
