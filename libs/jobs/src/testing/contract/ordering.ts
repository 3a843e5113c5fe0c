import { HOUR, OUTCOMES, type Subject } from './queue-under-test.js';

/** Priorities, and first in first out within one. */
export const ordering: Subject = (newQueue) => {
  describe('order', () => {
    it('is first in, first out within a priority', async () => {
      const queue = newQueue();
      const ids = await queue.addAll({}, {}, {}, {}, {});
      expect(await queue.claimIds({ limit: 2 })).toEqual(ids.slice(0, 2));
      expect(await queue.claimIds({ limit: 2, holder: 'b' })).toEqual(ids.slice(2, 4));
      expect(await queue.claimIds()).toEqual(ids.slice(4));
    });

    it('gives higher priorities first, any integer', async () => {
      const queue = newQueue();
      const priorities = [0, -100, 1_000_000, 200, -1_000_000, 100, 1, -1, 200];
      const ids = await queue.addAll(...priorities.map((priority) => ({ priority })));
      const expected = [2, 3, 8, 5, 6, 0, 7, 1, 4].map((index) => ids[index]);
      expect(await queue.list('pending')).toEqual(expected);
      await queue.check();
      expect(await queue.claimIds({ limit: 4 })).toEqual(expected.slice(0, 4));
      expect(await queue.claimIds()).toEqual(expected.slice(4));
    });

    it('gives a later job of a higher priority before what waits', async () => {
      const queue = newQueue();
      const [first] = await queue.addAll({}, {});
      expect(await queue.claimIds({ limit: 1 })).toEqual([first]);
      const urgent = await queue.add({ priority: 200 });
      expect(await queue.claimIds({ limit: 1 })).toEqual([urgent]);
    });

    it('puts promoted and retried jobs last in their level', async () => {
      const queue = newQueue();
      const [late, failing] = await queue.addAll({ due: { delay: HOUR } }, {});
      await queue.work(OUTCOMES.failed);
      const [waiting, lower] = await queue.addAll({}, { priority: -1 });
      await queue.ports.control.promote(queue.queue, [late as string]);
      await queue.ports.control.retry(queue.queue, [failing as string]);
      expect(await queue.claimIds()).toEqual([waiting, late, failing, lower]);
    });

    it('puts a job whose priority changed last in its new level', async () => {
      const queue = newQueue();
      const [moved, high, low] = await queue.addAll({}, { priority: 10 }, { priority: -10 });
      await queue.ports.control.reprioritise(queue.queue, [moved as string], 10);
      await queue.check();
      expect((await queue.record(moved as string)).priority).toBe(10);
      expect(await queue.list('pending')).toEqual([high, moved, low]);
      await queue.ports.control.reprioritise(queue.queue, [high as string], -10);
      await queue.check();
      const { jobs } = await queue.claim();
      expect(jobs.map(({ id, priority }) => [id, priority])).toEqual([
        [moved, 10],
        [low, -10],
        [high, -10],
      ]);
      await queue.check();
    });

    it('remembers the new priority of a job that waits for its time', async () => {
      const queue = newQueue();
      const [late, other] = await queue.addAll({ due: { delay: HOUR } }, {});
      const reprioritised = await queue.ports.control.reprioritise(queue.queue, [late as string], 5);
      expect(reprioritised).toEqual([{ status: 'ok', state: 'scheduled' }]);
      await queue.ports.control.promote(queue.queue, [late as string]);
      expect(await queue.claimIds()).toEqual([late, other]);
    });

    it('gives each job once, however many ask at the same time', async () => {
      const queue = newQueue();
      await queue.submit(Array.from({ length: 60 }, () => queue.spec()));
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, index) => queue.claimIds({ holder: `h${index}`, limit: 7 })),
      );
      const given = claims.flat();
      expect(given).toHaveLength(60);
      expect(new Set(given).size).toBe(60);
      await queue.check();
    });

    it('gives no more than the limit, and says whether there is more', async () => {
      const queue = newQueue();
      await queue.addAll({}, {}, {});
      expect(await queue.claim({ limit: 0 })).toMatchObject({ token: 0, jobs: [] });
      const two = await queue.claim({ limit: 2 });
      expect([two.jobs.length, two.more]).toEqual([2, true]);
      const one = await queue.claim({ limit: 2 });
      expect([one.jobs.length, one.more]).toEqual([1, false]);
      expect(one.token).toBeGreaterThan(two.token);
    });

    it('orders jobs that fall due by their due time', async () => {
      const queue = newQueue();
      const [third, first, second] = await queue.addAll(
        { due: { delay: 5 * HOUR } },
        { due: { delay: 2 * HOUR } },
        { due: { delay: 4 * HOUR } },
      );
      expect(await queue.list('scheduled')).toEqual([first, second, third]);
      await queue.advance(6 * HOUR);
      expect(await queue.claimIds()).toEqual([first, second, third]);
    });
  });
};
