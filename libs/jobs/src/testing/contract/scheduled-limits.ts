import type { JobSpec } from '../../domain/job.js';
import { HOUR, OUTCOMES, type Subject } from './queue-under-test.js';

/** How many jobs may lie scheduled in a queue, and what happens to one that is too many. */
export const scheduledLimits: Subject = (newQueue) => {
  describe('a queue with as many scheduled jobs as it may have', () => {
    const delayed = { due: { delay: HOUR } };
    const scheduled = { status: 'added', state: 'scheduled' };
    const refused = { status: 'too-many-scheduled', maxScheduled: 2 };

    it('refuses one more, keeps nothing of it, and takes what is due', async () => {
      const queue = newQueue();
      await queue.configure({ maxScheduled: 2 });
      const specs = [delayed, delayed, delayed, {}, { due: { at: 1 } }].map((part) => queue.spec(part));
      const [first, , third] = specs as [JobSpec, JobSpec, JobSpec];
      const pending = { status: 'added', state: 'pending' };
      expect(await queue.submit(specs)).toEqual([scheduled, scheduled, refused, pending, pending]);
      expect(await queue.find(third.id)).toBeUndefined();
      expect(await queue.submit([third, third])).toEqual([refused, refused]);
      expect(await queue.submit([first])).toEqual([{ status: 'duplicate', state: 'scheduled' }]);
      await queue.check();
    });

    it('takes another for each that is promoted, cancelled, removed, or falls due', async () => {
      const queue = newQueue();
      const { control } = queue.ports;
      await queue.configure({ maxScheduled: 2 });
      const [first, second] = await queue.addAll(delayed, delayed);
      const another = async () => queue.submit([queue.spec(delayed), queue.spec(delayed)]);
      await control.promote(queue.queue, [first as string]);
      expect(await another()).toEqual([scheduled, refused]);
      await control.cancel(queue.queue, [second as string]);
      expect(await another()).toEqual([scheduled, refused]);
      await control.remove(queue.queue, (await queue.list('scheduled')).slice(0, 1));
      expect(await another()).toEqual([scheduled, refused]);
      await queue.advance(2 * HOUR);
      await queue.upkeep();
      expect(await another()).toEqual([scheduled, scheduled]);
      await queue.check();
    });

    it('keeps those that were there before the limit, and never refuses what comes back', async () => {
      const queue = newQueue();
      const running = await queue.addAll({}, {}, {}, {});
      await queue.addAll(delayed, delayed, delayed);
      await queue.configure({ maxScheduled: 2 });
      const { token } = await queue.claim();
      const outcomes = [OUTCOMES.retry, OUTCOMES.snoozed, OUTCOMES.releasedForLater, OUTCOMES.retryAtOnce];
      for (const [index, outcome] of outcomes.entries()) {
        expect(await queue.settle({ id: running[index] as string, holder: 'a', token }, outcome)).toBe('ok');
      }
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ scheduled: 5, retrying: 2, pending: 0, running: 0 });
      expect(await queue.submit([queue.spec(delayed)])).toEqual([refused]);
      await queue.configure({});
      expect(await queue.submit([queue.spec(delayed)])).toEqual([scheduled]);
      await queue.check();
    });

    it('drops nothing for the sake of one that it refuses', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 3, maxScheduled: 2, onFull: 'drop-oldest' });
      const [oldest] = await queue.addAll({}, delayed, delayed);
      expect(await queue.submit([queue.spec(delayed)])).toEqual([refused]);
      expect(await queue.state(oldest as string)).toBe('pending');
      await queue.configure({ maxDepth: 3, maxScheduled: 3, onFull: 'drop-oldest' });
      const both = await queue.submit([queue.spec(delayed), queue.spec(delayed)]);
      expect(both).toEqual([scheduled, { status: 'too-many-scheduled', maxScheduled: 3 }]);
      expect(await queue.state(oldest as string)).toBe('failed');
      await queue.check();
    });

    it('counts over many submits', async () => {
      const queue = newQueue();
      await queue.configure({ maxScheduled: 700 });
      const specs = Array.from({ length: 1_200 }, (_, index) => queue.spec({ ...delayed, priority: index % 3 }));
      const receipts = await queue.submit(specs);
      expect(receipts.map(({ status }) => status)).toEqual([
        ...Array(700).fill('added'),
        ...Array(500).fill('too-many-scheduled'),
      ]);
    });
  });
};
