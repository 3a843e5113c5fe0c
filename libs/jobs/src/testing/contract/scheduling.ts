import { MANY, ScheduleUnderTest } from './schedule-under-test.js';
import { HOUR, MINUTE, SECOND, type Subject } from './queue-under-test.js';

/** Schedules: kept with revisions in one queue each, and found when they are due. */
export const scheduling: Subject = (newQueue) => {
  const newSchedule = (): ScheduleUnderTest => new ScheduleUnderTest(newQueue());

  describe('a schedule', () => {
    it('is kept as it was put, and known by its place', async () => {
      const schedule = newSchedule();
      const next = await schedule.at(HOUR);
      expect(await schedule.store.place(schedule.id)).toBeUndefined();
      const put = { id: schedule.id, queue: schedule.queue.queue, definition: '{"é":"|\\n"}', keepsWaiting: false };
      expect(await schedule.store.put({ ...put, next, max: MANY })).toEqual({ status: 'put', revision: 1 });
      expect(await schedule.find()).toEqual({
        id: schedule.id,
        queue: schedule.queue.queue,
        definition: '{"é":"|\\n"}',
        revision: 1,
        next,
        runCount: 0,
        recent: [],
      });
      expect(await schedule.store.place(schedule.id)).toBe(schedule.queue.queue);
      expect((await schedule.store.places()).get(schedule.id)).toBe(schedule.queue.queue);
      expect(await schedule.put(undefined, { definition: '2' })).toEqual({ status: 'put', revision: 2 });
      const replaced = await schedule.record();
      expect([replaced.definition, replaced.next]).toEqual(['2', undefined]);
    });

    it('is replaced only as it was read', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      const replaces = await schedule.record();
      await schedule.put(HOUR);
      const { id, store, queue } = schedule;
      const put = { id, queue: queue.queue, definition: '{}', keepsWaiting: true, max: MANY };
      expect(await store.put({ ...put, replaces })).toEqual({ status: 'conflict' });
      expect(await store.put(put)).toEqual({ status: 'conflict' });
      expect((await schedule.record()).revision).toBe(2);
    });

    it('is gone once it was removed', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      const replaces = await schedule.record();
      expect(await schedule.store.remove(schedule.id)).toBe(true);
      expect(await schedule.store.remove(schedule.id)).toBe(false);
      expect(await schedule.find()).toBeUndefined();
      expect(await schedule.store.place(schedule.id)).toBeUndefined();
      await schedule.queue.advance(MINUTE);
      expect((await schedule.store.due(schedule.queue.queue, 10)).due).toEqual([]);
      const { id, queue } = schedule;
      const put = { id, queue: queue.queue, definition: '{}', keepsWaiting: true, max: MANY, replaces };
      expect(await schedule.store.put(put)).toEqual({ status: 'conflict' });
    });

    it('stays gone when it is changed as it was read before it was removed', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      const replaces = await schedule.record();
      await schedule.store.remove(schedule.id);
      const { id, queue } = replaces;
      const put = { id, queue, definition: '{}', keepsWaiting: true, max: MANY, replaces };
      expect(await schedule.store.put(put)).toEqual({ status: 'conflict' });
      expect(await schedule.store.place(id)).toBeUndefined();
      expect(await schedule.store.remove(id)).toBe(false);
    });

    it('moves to another queue with its counts, and fires there only', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      await schedule.queue.advance(MINUTE);
      expect((await schedule.fire()).status).toBe('fired');
      const before = await schedule.record();
      const other = newQueue();
      const next = await schedule.at(SECOND);
      const put = { id: schedule.id, queue: other.queue, definition: '{}', keepsWaiting: true, max: MANY, next };
      expect(await schedule.store.put(put)).toEqual({ status: 'conflict' });
      expect((await schedule.store.put({ ...put, replaces: before })).status).toBe('put');
      expect(await schedule.find()).toBeUndefined();
      expect(await schedule.find(other.queue)).toMatchObject({ runCount: 1, lastRun: before.lastRun, recent: [] });
      await schedule.queue.advance(2 * HOUR);
      expect((await schedule.store.due(schedule.queue.queue, 10)).due).toEqual([]);
      expect((await schedule.store.due(other.queue, 10)).due).toHaveLength(1);
      expect(await schedule.store.put({ ...put, queue: schedule.queue.queue, replaces: before })).toEqual({
        status: 'conflict',
      });
    });

    it('is refused where there are too many', async () => {
      const schedule = newSchedule();
      const { size } = await schedule.store.places();
      expect(await schedule.put(SECOND, { max: size })).toEqual({ status: 'too-many' });
      expect(await schedule.find()).toBeUndefined();
      expect((await schedule.put(SECOND, { max: size + 1 })).status).toBe('put');
      expect((await schedule.put(SECOND, { max: size })).status).toBe('put');
    });
  });

  describe('schedules that are due', () => {
    it('are found by time, with the wait until the next', async () => {
      const queue = newQueue();
      const dues = new Map([
        ['late', 3 * SECOND],
        ['early', SECOND],
        ['tomorrow', 24 * HOUR],
        ['never', undefined],
      ]);
      for (const [name, dueIn] of dues) {
        await new ScheduleUnderTest(queue, `${queue.queue}/${name}`).put(dueIn);
      }
      const names = async (limit: number): Promise<readonly string[]> =>
        (await queue.ports.schedules.due(queue.queue, limit)).due.map(({ id }) => id.split('/')[1] ?? '');
      await queue.advance(HOUR);
      expect(await names(10)).toEqual(['early', 'late']);
      expect(await names(1)).toEqual(['early']);
      const { nextIn = 0, due, now } = await queue.ports.schedules.due(queue.queue, 10);
      expect(nextIn).toBeGreaterThan(22 * HOUR);
      expect(nextIn).toBeLessThanOrEqual(23 * HOUR);
      expect(due[0]?.definition).toBe('{"says":"this"}');
      expect(now).toBeGreaterThan(due[0]?.next?.due ?? Infinity);
    });

    it('are none where there are none', async () => {
      const queue = newQueue();
      const { now, ...rest } = await queue.ports.schedules.due(queue.queue, 10);
      expect(rest).toEqual({ due: [], released: [], waiting: 0 });
      expect(now).toBeGreaterThan(0);
    });
  });
};
