import type { FinishedJob } from '../../application/ports/notifier.js';
import { eventually } from './eventually.js';
import { HOUR, MINUTE, OUTCOMES, type QueueUnderTest, SECOND, type Subject } from './queue-under-test.js';
import { ScheduleUnderTest } from './schedule-under-test.js';

/** Wake-ups, cancels and finished jobs told; the directory; the connection. */
export const notifying: Subject = (newQueue) => {
  describe('sleep', () => {
    it.each([
      ['a submit', (queue: QueueUnderTest): Promise<unknown> => queue.add()],
      ['an earlier due time', (queue: QueueUnderTest): Promise<unknown> => queue.add({ due: { delay: MINUTE } })],
      ['a firing of a schedule', fired],
    ])('is ended by %s', async (_name, act) => {
      const queue = newQueue();
      const { sleeping } = await asleep(queue);
      await act(queue);
      expect(await sleeping).toBe('woken');
    });

    it('is ended by a submit to any of its queues', async () => {
      const [one, other] = [newQueue(), newQueue()];
      const { sleeping } = await asleep(one, [one.queue, other.queue]);
      await other.add();
      expect(await sleeping).toBe('woken');
    });

    it('is ended by jobs that a resumed queue has', async () => {
      const queue = newQueue();
      await queue.ports.queues.pause(queue.queue);
      await queue.add();
      const { sleeping } = await asleep(queue);
      await queue.ports.queues.resume(queue.queue);
      expect(await sleeping).toBe('woken');
    });

    it('does not begin while there is work that nobody was woken for', async () => {
      const queue = newQueue();
      await queue.add();
      expect(await queue.ports.notifier.sleep([queue.queue], HOUR, new AbortController().signal)).toBe('woken');
    });

    it('is ended by who claims and leaves work behind', async () => {
      const queue = newQueue();
      await queue.addAll({}, {}, {});
      const { sleeping } = await asleep(queue);
      await queue.claim({ limit: 1 });
      expect(await sleeping).toBe('woken');
    });

    it('is ended by a submit beside suspects that nobody may take now', async () => {
      const queue = newQueue();
      await queue.add();
      await queue.claimOne({ holder: 'dying' });
      await queue.holdersDie();
      expect(await queue.claimIds({ suspects: false })).toEqual([]);
      const { sleeping } = await asleep(queue);
      await queue.add();
      expect(await sleeping).toBe('woken');
    });

    it.each(['retryAtOnce', 'retry', 'snoozed'] as const)(
      'is ended by an outcome that brings a due time where there was none: %s',
      async (outcome) => {
        const queue = newQueue();
        await queue.add();
        const lease = await queue.claimOne();
        const { sleeping } = await asleep(queue);
        expect(await queue.settle(lease, OUTCOMES[outcome])).toBe('ok');
        expect(await sleeping).toBe('woken');
      },
    );

    it('is ended by its time', async () => {
      const queue = newQueue();
      const sleeping = queue.ports.notifier.sleep([queue.queue], 200, new AbortController().signal);
      await queue.advance(300);
      expect(await sleeping).toBe('timeout');
    });

    it('is ended by its signal, also one that has aborted before', async () => {
      const queue = newQueue();
      const { sleeping, abort } = await asleep(queue);
      abort();
      expect(await sleeping).toBe('aborted');
      expect(await queue.ports.notifier.sleep([queue.queue], HOUR, AbortSignal.abort())).toBe('aborted');
    });
  });

  describe('cancels', () => {
    it('are told for running jobs of the queues that were asked for', async () => {
      const [queue, other] = [newQueue(), newQueue()];
      const told: unknown[] = [];
      const unsubscribe = await queue.ports.notifier.onCancel([queue.queue], (name, id) => void told.push([name, id]));
      await other.add();
      const elsewhere = await other.claimOne();
      await other.ports.control.cancel(other.queue, [elsewhere.id]);
      await queue.addAll({}, {});
      const lease = await queue.claimOne();
      await queue.ports.control.cancel(queue.queue, [lease.id]);
      await eventually(() => told.length > 0);
      expect(told).toEqual([[queue.queue, lease.id]]);
      await unsubscribe();
    });

    it('are told no more after unsubscribing', async () => {
      const queue = newQueue();
      const [gone, there]: unknown[][] = [[], []];
      const unsubscribe = await queue.ports.notifier.onCancel([queue.queue], (_queue, id) => void gone?.push(id));
      const stop = await queue.ports.notifier.onCancel([queue.queue], (_queue, id) => void there?.push(id));
      await unsubscribe();
      await queue.add();
      const lease = await queue.claimOne();
      await queue.ports.control.cancel(queue.queue, [lease.id]);
      await eventually(() => (there as unknown[]).length > 0);
      expect(gone).toEqual([]);
      await stop();
    });
  });

  describe('finished jobs', () => {
    it('are told with their state, and a result that is short enough', async () => {
      const queue = newQueue();
      const told: FinishedJob[] = [];
      const unsubscribe = await queue.ports.notifier.onFinished(queue.queue, (finished) => void told.push(finished));
      const [completed, dropped, failed, cancelled, waiting, long] = await queue.addAll(
        {},
        { retain: 0 },
        {},
        {},
        {},
        {},
      );
      for (const outcome of ['completed', 'completed', 'failed', 'cancelled'] as const) {
        await queue.work(OUTCOMES[outcome]);
      }
      await queue.ports.control.cancel(queue.queue, [waiting as string]);
      await queue.work({ kind: 'completed', result: JSON.stringify('r'.repeat(200_000)) });
      await eventually(() => told.length >= 6);
      expect(told).toEqual([
        { id: completed, state: 'completed', result: OUTCOMES.completed.result },
        { id: dropped, state: 'completed', result: OUTCOMES.completed.result },
        { id: failed, state: 'failed' },
        { id: cancelled, state: 'cancelled' },
        { id: waiting, state: 'cancelled' },
        { id: long, state: 'completed', resultOmitted: true },
      ]);
      await unsubscribe();
    });

    it('are not told for attempts that come back, or other queues', async () => {
      const [queue, other] = [newQueue(), newQueue()];
      const told: FinishedJob[] = [];
      const unsubscribe = await queue.ports.notifier.onFinished(queue.queue, (finished) => void told.push(finished));
      await other.add();
      await other.work(OUTCOMES.completed);
      const [id] = await queue.addAll({}, {});
      await queue.work(OUTCOMES.retry);
      await queue.work(OUTCOMES.completed);
      await eventually(() => told.length > 0);
      expect(told.map((finished) => finished.id)).not.toContain(id);
      expect(told).toHaveLength(1);
      await unsubscribe();
    });

    it('are told when the store gives them up', async () => {
      const queue = newQueue();
      const told: FinishedJob[] = [];
      const unsubscribe = await queue.ports.notifier.onFinished(queue.queue, (finished) => void told.push(finished));
      const [expired, crashed] = await queue.addAll({ expiresIn: HOUR, priority: -1 }, { maxCrashes: 0 });
      await queue.claimOne();
      await queue.holdersDie();
      await queue.claim({ holder: 'b' });
      await eventually(() => told.length >= 2);
      expect(told).toEqual([
        { id: crashed, state: 'failed' },
        { id: expired, state: 'failed' },
      ]);
      await unsubscribe();
    });
  });

  describe('the directory', () => {
    it('knows the types and queues that were announced', async () => {
      const queue = newQueue();
      const { directory } = queue.ports;
      const [mail, image] = [`mail.${queue.queue}`, `image.${queue.queue}`];
      const entry = { type: mail, queue: queue.queue, priority: 5, maxAttempts: 7, maxCrashes: 1, retain: 60_000 };
      expect(await directory.type(mail)).toBeUndefined();
      await directory.announce({ types: [entry], queues: [`${queue.queue}-2`] });
      expect(await directory.type(mail)).toEqual(entry);
      const replaced = { type: mail, queue: `${queue.queue}-3`, priority: 0, maxAttempts: 1, maxCrashes: 3 };
      const other = { ...replaced, type: image };
      await directory.announce({ types: [replaced, other], queues: [] });
      expect(await directory.type(mail)).toEqual(replaced);
      expect(await directory.types()).toEqual(expect.arrayContaining([replaced, other]));
      const queues = await directory.queues();
      expect(queues).toEqual(expect.arrayContaining([queue.queue, `${queue.queue}-2`, `${queue.queue}-3`]));
      expect(queues).toEqual(queues.toSorted());
      expect(new Set(queues).size).toBe(queues.length);
    });
  });

  describe('the connection', () => {
    it('answers, and says what it is without a secret', async () => {
      const { connection } = newQueue().ports;
      expect(await connection.ping()).toBeGreaterThanOrEqual(0);
      expect(connection.description).not.toBe('');
    });
  });
};

/** A schedule of the queue that is due is fired. */
async function fired(queue: QueueUnderTest): Promise<void> {
  const schedule = new ScheduleUnderTest(queue);
  await schedule.put(SECOND);
  await queue.advance(MINUTE);
  expect((await schedule.fire()).status).toBe('fired');
}

/** A sleep that has taken up every mark that was left for it. */
async function asleep(queue: QueueUnderTest, queues: readonly string[] = [queue.queue]) {
  const { notifier } = queue.ports;
  const controller = new AbortController();
  // What was done to the queue before may have left a mark: it ends one sleep, and this is not the one.
  let sleeping = notifier.sleep(queues, HOUR, controller.signal);
  while ((await Promise.race([sleeping, patience()])) === 'woken') {
    sleeping = notifier.sleep(queues, HOUR, controller.signal);
  }
  return { sleeping, abort: () => controller.abort() };
}

/** Long enough for a mark that is there to be seen; where it is not, the test that follows still holds. */
function patience(): Promise<'patient'> {
  return new Promise((resolve) => {
    setTimeout(resolve, 50, 'patient');
  });
}
