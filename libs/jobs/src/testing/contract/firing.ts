import { HOUR, MINUTE, OUTCOMES, SECOND, type Subject } from './queue-under-test.js';
import { ScheduleUnderTest } from './schedule-under-test.js';

/** Occurrences of schedules: fired once each, whoever decides on it, with what they do about a job before them. */
export const firing: Subject = (newQueue) => {
  const newSchedule = (): ScheduleUnderTest => new ScheduleUnderTest(newQueue());

  describe('a firing', () => {
    it('submits its job, keeps the books and sets the next time', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      await schedule.queue.advance(MINUTE);
      const next = await schedule.at(HOUR);
      const job = schedule.queue.spec({ id: 'made', priority: 7, settings: { tags: ['schedule:x'] } });
      expect(await schedule.fire({ job, next })).toEqual({ status: 'fired', state: 'pending' });
      expect(await schedule.queue.record('made')).toMatchObject({
        state: 'pending',
        priority: 7,
        tags: ['schedule:x'],
        type: 'work',
      });
      const { lastRun, ...rest } = await schedule.record();
      expect(rest).toMatchObject({ revision: 2, next, runCount: 1, recent: ['made'] });
      expect(lastRun).toBeGreaterThan(next.time - 2 * HOUR);
      expect(await schedule.queue.claimIds()).toEqual(['made']);
      await schedule.queue.check();
    });

    it('is done once, however many decide on it', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      await schedule.queue.advance(MINUTE);
      const { revision } = await schedule.record();
      const receipts = await Promise.all(Array.from({ length: 10 }, () => schedule.fire({ revision })));
      expect(receipts.map(({ status }) => status).toSorted()).toEqual(['fired', ...Array(9).fill('stale')]);
      expect(await schedule.queue.claimIds()).toHaveLength(1);
    });

    it('comes to nothing when it is not due, was changed, or is not there', async () => {
      const schedule = newSchedule();
      await schedule.put(HOUR);
      expect(await schedule.fire()).toEqual({ status: 'stale' });
      await schedule.queue.advance(2 * HOUR);
      const { revision } = await schedule.record();
      await schedule.put(SECOND);
      await schedule.queue.advance(MINUTE);
      expect(await schedule.fire({ revision })).toEqual({ status: 'stale' });
      await schedule.put(undefined);
      expect(await schedule.fire()).toEqual({ status: 'stale' });
      const fire = { queue: schedule.queue.queue, id: 'nobody', revision: 1, maxRuns: 0 } as const;
      expect(await schedule.store.fire({ ...fire, cause: 'due', overlap: 'allow' })).toEqual({ status: 'stale' });
      expect((await schedule.queue.ports.inspector.counts(schedule.queue.queue)).byState.pending).toBe(0);
    });

    it('may pass an occurrence over', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      await schedule.queue.advance(MINUTE);
      const { id, queue, store } = schedule;
      const [{ revision }, next] = [await schedule.record(), await schedule.at(HOUR)];
      const fire = { queue: queue.queue, id, cause: 'due', overlap: 'allow', maxRuns: 1 } as const;
      expect(await store.fire({ ...fire, revision, next })).toEqual({ status: 'passed' });
      expect(await schedule.record()).toMatchObject({ next, runCount: 0, recent: [], revision: revision + 1 });
      expect(await queue.claimIds()).toEqual([]);
    });

    it('leaves a job of its id that is there, and goes on', async () => {
      const schedule = newSchedule();
      const id = await schedule.queue.add();
      await schedule.put(SECOND);
      const job = schedule.queue.spec({ id });
      expect(await schedule.fireAnHourLater({ job })).toEqual({ status: 'duplicate', state: 'pending' });
      expect(await schedule.record()).toMatchObject({ runCount: 0, next: { time: expect.any(Number) } });
      await schedule.queue.check();
    });

    it('changes nothing while its queue has no room, and drops what the queue says', async () => {
      const schedule = newSchedule();
      const { queue } = schedule;
      await queue.add();
      await queue.configure({ maxDepth: 1 });
      await schedule.put(SECOND);
      await queue.advance(MINUTE);
      const before = await schedule.record();
      expect(await schedule.fire()).toEqual({ status: 'full', maxDepth: 1 });
      expect(await schedule.record()).toEqual(before);
      await queue.configure({ maxDepth: 1, onFull: 'drop-newest' });
      expect(await schedule.fire()).toEqual({ status: 'fired', state: 'failed' });
      await queue.configure({ maxDepth: 1, onFull: 'drop-oldest' });
      expect(await schedule.fireAnHourLater()).toEqual({ status: 'fired', state: 'pending' });
      expect(await queue.list('failed')).toHaveLength(2);
      await queue.check();
    });

    it('is done however many jobs are scheduled in its queue', async () => {
      const schedule = newSchedule();
      const { queue } = schedule;
      await queue.configure({ maxScheduled: 1 });
      await queue.add({ due: { delay: 5 * HOUR } });
      await schedule.put(SECOND);
      expect(await schedule.fireAnHourLater()).toEqual({ status: 'fired', state: 'pending' });
      await queue.check();
    });

    it('is the last one when it has run as often as it may', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      expect((await schedule.fireAnHourLater({ maxRuns: 2 })).status).toBe('fired');
      expect((await schedule.record()).next).toBeDefined();
      expect((await schedule.fireAnHourLater({ maxRuns: 2 })).status).toBe('fired');
      expect(await schedule.record()).toMatchObject({ runCount: 2 });
      expect((await schedule.record()).next).toBeUndefined();
    });

    it('by hand changes neither times nor counts', async () => {
      const schedule = newSchedule();
      await schedule.put(HOUR);
      const before = await schedule.record();
      const job = schedule.queue.spec({ id: 'by-hand' });
      const fire = { cause: 'by-hand', revision: 0, job, maxRuns: 1, overlap: 'skip' } as const;
      expect(await schedule.fire(fire)).toEqual({ status: 'fired', state: 'pending' });
      const { revision, recent, ...rest } = await schedule.record();
      expect({ ...rest, revision: 1, recent: [] }).toEqual(before);
      expect([revision, recent]).toEqual([2, ['by-hand']]);
      expect((await schedule.fire(fire)).status).toBe('duplicate');
    });

    it('by hand changes nothing where a job of its id is there', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      const id = await schedule.queue.add();
      const before = await schedule.record();
      const job = schedule.queue.spec({ id });
      expect(await schedule.fire({ cause: 'by-hand', job })).toEqual({ status: 'duplicate', state: 'pending' });
      expect(await schedule.record()).toEqual(before);
    });

    it('keeps the ids of the last 20 jobs', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      for (let run = 0; run < 22; run++) {
        expect((await schedule.fireAnHourLater()).status).toBe('fired');
      }
      const { recent, runCount } = await schedule.record();
      expect([recent.length, runCount]).toEqual([20, 22]);
      expect([recent[0], recent.at(-1)]).toEqual([`${schedule.id}@22`, `${schedule.id}@3`]);
    });
  });

  describe('an occurrence while a job before it has not ended', () => {
    it('cancels it once, though its id was fired before and removed', async () => {
      const schedule = newSchedule();
      const { queue, id } = schedule;
      const [overlap, job] = ['cancel-previous', queue.spec({ id: 'again' })] as const;
      await schedule.put(SECOND);
      await schedule.fireAnHourLater({ overlap, job });
      await queue.ports.control.remove(queue.queue, ['again']);
      await schedule.fireAnHourLater({ overlap });
      expect(await schedule.fireAnHourLater({ overlap, job })).toEqual({ status: 'fired', state: 'pending' });
      expect(await schedule.record()).toMatchObject({ recent: ['again', `${id}@2`], runCount: 3 });
      expect(await schedule.fireAnHourLater({ overlap })).toEqual({ status: 'fired', state: 'pending' });
      expect(await queue.state('again')).toBe('cancelled');
      await queue.check();
    });

    it('is fired all the same: allow', async () => {
      const schedule = newSchedule();
      await schedule.put(SECOND);
      await schedule.fireAnHourLater();
      expect((await schedule.fireAnHourLater()).status).toBe('fired');
      expect(await schedule.queue.list('pending')).toHaveLength(2);
    });

    it('is left out: skip', async () => {
      const schedule = newSchedule();
      const { queue } = schedule;
      await schedule.put(SECOND);
      expect((await schedule.fireAnHourLater({ overlap: 'skip' })).status).toBe('fired');
      const next = await schedule.at(3 * HOUR);
      expect(await schedule.fireAnHourLater({ overlap: 'skip', next })).toEqual({ status: 'skipped' });
      expect(await schedule.record()).toMatchObject({ runCount: 1, next });
      await queue.advance(HOUR);
      // Retrying is not an end yet.
      await queue.work(OUTCOMES.retry);
      expect(await schedule.fireAnHourLater({ overlap: 'skip' })).toEqual({ status: 'skipped' });
      await queue.advance(5 * HOUR);
      await queue.work(OUTCOMES.completed);
      expect((await schedule.fire({ overlap: 'skip' })).status).toBe('fired');
    });

    it('takes its place: cancel-previous', async () => {
      const schedule = newSchedule();
      const { queue, id } = schedule;
      await schedule.put(SECOND);
      await schedule.fireAnHourLater({ overlap: 'cancel-previous' });
      const running = await queue.claimOne();
      await schedule.fireAnHourLater({ overlap: 'cancel-previous' });
      await schedule.fireAnHourLater({ overlap: 'cancel-previous' });
      expect(await queue.state(`${id}@2`)).toBe('cancelled');
      expect(await queue.record(`${id}@1`)).toMatchObject({ state: 'running', cancelRequested: true });
      expect((await queue.tick('a', [running])).cancelled).toEqual([running.id]);
      expect(await queue.list('pending')).toEqual([`${id}@3`]);
      await queue.check();
    });

    it('waits for it, and no second one does: queue-one', async () => {
      const schedule = newSchedule();
      const { queue, store, id } = schedule;
      const overlap = 'queue-one';
      await schedule.put(SECOND);
      expect((await schedule.fireAnHourLater({ overlap })).status).toBe('fired');
      const { next: occurrence } = await schedule.record();
      expect(await schedule.fireAnHourLater({ overlap })).toEqual({ status: 'waits' });
      expect((await schedule.record()).waiting).toBe(occurrence?.time);
      expect(await schedule.fireAnHourLater({ overlap })).toEqual({ status: 'skipped' });
      expect((await schedule.record()).waiting).toBe(occurrence?.time);
      expect(await store.due(queue.queue, 10)).toMatchObject({ waiting: 1, released: [] });
      expect(await schedule.fire({ overlap, cause: 'released' })).toEqual({ status: 'stale' });

      await queue.work(OUTCOMES.completed);
      const { released, waiting } = await store.due(queue.queue, 10);
      expect([released.map((each) => each.id), waiting]).toEqual([[id], 0]);
      const before = await schedule.record();
      const again = await Promise.all([1, 2, 3].map(() => schedule.fire({ overlap, cause: 'released' })));
      expect(again.map(({ status }) => status).toSorted()).toEqual(['fired', 'stale', 'stale']);
      const after = await schedule.record();
      expect([after.runCount, after.next, after.waiting]).toEqual([2, before.next, undefined]);
      expect(await store.due(queue.queue, 10)).toMatchObject({ waiting: 0, released: [] });
    });

    it('that waits is forgotten when an edit says so, and with its schedule', async () => {
      const schedule = newSchedule();
      const { queue, store } = schedule;
      await schedule.put(SECOND);
      await schedule.fireAnHourLater({ overlap: 'queue-one' });
      await schedule.fireAnHourLater({ overlap: 'queue-one' });
      await schedule.put(undefined, { keepsWaiting: true });
      expect((await schedule.record()).waiting).toBeDefined();
      await schedule.put(undefined, { keepsWaiting: false });
      expect((await schedule.record()).waiting).toBeUndefined();
      await store.remove(schedule.id);
      await queue.work(OUTCOMES.completed);
      expect(await store.due(queue.queue, 10)).toMatchObject({ due: [], released: [], waiting: 0 });
    });
  });
};
