import { DEFAULT_QUEUE_SETTINGS } from '../../domain/queue-settings.js';
import { HOUR, OUTCOMES, type Subject } from './queue-under-test.js';

/** What a queue enforces as a whole: depth, concurrency, pause, clear. */
export const queueLimits: Subject = (newQueue) => {
  describe('a full queue', () => {
    it('refuses what is over its depth and keeps nothing of it', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 2, onFull: 'block' });
      const specs = [queue.spec(), queue.spec(), queue.spec()];
      expect(await queue.submit(specs)).toEqual([
        { status: 'added', state: 'pending' },
        { status: 'added', state: 'pending' },
        { status: 'rejected', maxDepth: 2 },
      ]);
      expect(await queue.find(specs[2]?.id as string)).toBeUndefined();
      await queue.claimOne();
      expect(await queue.submit([specs[2] as never])).toEqual([{ status: 'added', state: 'pending' }]);
      await queue.check();
    });

    it('knows a duplicate although it is full', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 1, onFull: 'block' });
      const id = await queue.add();
      expect(await queue.submit([queue.spec({ id })])).toEqual([{ status: 'duplicate', state: 'pending' }]);
    });

    it('counts jobs that wait for a time, and not those that run or are finished', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 3, onFull: 'block' });
      await queue.add();
      await queue.work(OUTCOMES.retry);
      await queue.add();
      await queue.work(OUTCOMES.failed);
      await queue.addAll({ due: { delay: HOUR } }, {});
      expect(await queue.submit([queue.spec()])).toEqual([{ status: 'rejected', maxDepth: 3 }]);
      await queue.claimOne();
      await queue.add();
    });

    it('drops the newest where told, and records it', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 1, onFull: 'drop-newest' });
      await queue.add();
      const spec = queue.spec({ payload: '[1]' });
      expect(await queue.submit([spec])).toEqual([{ status: 'dropped', maxDepth: 1 }]);
      expect(await queue.record(spec.id)).toMatchObject({ state: 'failed', error: { code: 'dropped' }, payload: [1] });
      expect(await queue.submit([spec])).toEqual([{ status: 'duplicate', state: 'failed' }]);
      await queue.check();
    });

    it('drops the oldest of the lowest priority where told, and records it', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 3, onFull: 'drop-oldest' });
      const [high, lowOld, lowNew] = await queue.addAll({ priority: 5 }, { priority: -5 }, { priority: -5 });
      const added = await queue.add({ priority: 100 });
      expect(await queue.record(lowOld as string)).toMatchObject({ state: 'failed', error: { code: 'dropped' } });
      expect(await queue.list('pending')).toEqual([added, high, lowNew]);
      await queue.check();
      await queue.add({ priority: 6 });
      expect(await queue.state(lowNew as string)).toBe('failed');
      expect(await queue.claimIds()).toHaveLength(3);
    });

    it('drops the new job where there is no pending one to drop', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 1, onFull: 'drop-oldest' });
      const waiting = await queue.add({ due: { delay: HOUR } });
      const spec = queue.spec();
      expect(await queue.submit([spec])).toEqual([{ status: 'dropped', maxDepth: 1 }]);
      expect(await queue.state(waiting)).toBe('scheduled');
      expect(await queue.record(spec.id)).toMatchObject({ state: 'failed', error: { code: 'dropped' } });
    });

    it('never refuses what comes back', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 1, onFull: 'block' });
      const [first] = await queue.addAll({});
      const lease = await queue.claimOne();
      await queue.add();
      expect(await queue.settle(lease, OUTCOMES.released)).toBe('ok');
      expect(await queue.state(first as string)).toBe('pending');
      await queue.claim({ holder: 'b' });
      await queue.add();
      await queue.holdersDie();
      expect((await queue.ports.inspector.counts(queue.queue)).byState.pending).toBe(3);
      await queue.check();
    });

    it('takes jobs again without a limit', async () => {
      const queue = newQueue();
      await queue.configure({ maxDepth: 1 });
      await queue.add();
      await queue.configure({});
      await queue.addAll({}, {});
      expect(await queue.claimIds()).toHaveLength(3);
    });
  });

  describe('concurrency', () => {
    it('holds over all holders', async () => {
      const queue = newQueue();
      await queue.configure({ concurrency: 3 });
      await queue.addAll({}, {}, {}, {}, {});
      expect(await queue.claimIds({ holder: 'a', limit: 2 })).toHaveLength(2);
      const one = await queue.claim({ holder: 'b', limit: 2 });
      expect([one.jobs.length, one.more]).toEqual([1, false]);
      expect(await queue.claim({ holder: 'c' })).toMatchObject({ jobs: [], token: 0, more: false });
      expect((await queue.tick('c')).ready).toBe(false);
      const lease = { id: one.jobs[0]?.id as string, holder: 'b', token: one.token };
      await queue.settle(lease, OUTCOMES.completed);
      expect(await queue.claimIds({ holder: 'c' })).toHaveLength(1);
      await queue.check();
    });

    it('is given back by jobs whose holder died', async () => {
      const queue = newQueue();
      await queue.configure({ concurrency: 1 });
      const [first] = await queue.addAll({}, {});
      await queue.claimOne();
      await queue.holdersDie();
      expect(await queue.claimIds({ holder: 'b' })).toEqual([first]);
      expect(await queue.claimIds({ holder: 'c' })).toEqual([]);
    });

    it('can be changed while jobs run', async () => {
      const queue = newQueue();
      await queue.addAll({}, {}, {}, {});
      await queue.claim({ limit: 2 });
      await queue.configure({ concurrency: 1 });
      expect(await queue.claimIds()).toEqual([]);
      await queue.configure({ concurrency: 3 });
      expect(await queue.claimIds()).toHaveLength(1);
      await queue.configure({});
      expect(await queue.claimIds()).toHaveLength(1);
    });
  });

  describe('settings', () => {
    it('are the defaults until given, then what was given last, whole', async () => {
      const queue = newQueue();
      const { queues } = queue.ports;
      expect(await queues.settings(queue.queue)).toEqual(DEFAULT_QUEUE_SETTINGS);
      const settings = {
        concurrency: 4,
        maxDepth: 10,
        maxScheduled: 8,
        onFull: 'drop-oldest',
        retainAge: 5_000,
        retainCount: 7,
      } as const;
      await queues.configure(queue.queue, settings);
      expect(await queues.settings(queue.queue)).toEqual(settings);
      await queues.configure(queue.queue, DEFAULT_QUEUE_SETTINGS);
      expect(await queues.settings(queue.queue)).toEqual(DEFAULT_QUEUE_SETTINGS);
    });
  });

  describe('a paused queue', () => {
    it('gives no jobs until it is resumed, to nobody, and takes submits', async () => {
      const queue = newQueue();
      const first = await queue.add();
      const lease = await queue.claimOne();
      const { queues, inspector } = queue.ports;
      await queues.pause(queue.queue);
      await queues.pause(queue.queue);
      expect((await inspector.counts(queue.queue)).paused).toBe(true);
      const second = await queue.add();
      expect(await queue.claim()).toMatchObject({ jobs: [], token: 0, more: false });
      expect((await queue.tick('b')).ready).toBe(false);
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
      await queues.resume(queue.queue);
      await queues.resume(queue.queue);
      expect((await inspector.counts(queue.queue)).paused).toBe(false);
      expect(await queue.claimIds()).toEqual([second]);
      expect(await queue.state(first)).toBe('completed');
      await queue.check();
    });

    it('keeps its order and gives what fell due meanwhile', async () => {
      const queue = newQueue();
      await queue.ports.queues.pause(queue.queue);
      const [late, low, high] = await queue.addAll({ due: { delay: HOUR } }, {}, { priority: 1 });
      await queue.advance(2 * HOUR);
      expect(await queue.claimIds()).toEqual([]);
      await queue.ports.queues.resume(queue.queue);
      expect(await queue.claimIds()).toEqual([high, low, late]);
    });

    it('stays paused when it is configured', async () => {
      const queue = newQueue();
      await queue.ports.queues.pause(queue.queue);
      await queue.configure({ concurrency: 5 });
      await queue.add();
      expect(await queue.claimIds()).toEqual([]);
    });
  });

  describe('clear', () => {
    it('forgets what waits and nothing else', async () => {
      const queue = newQueue();
      await queue.addAll({}, {}, {}, {}, {}, { priority: 9 }, { due: { delay: HOUR } });
      const lease = await queue.claimOne();
      await queue.work(OUTCOMES.completed);
      await queue.work(OUTCOMES.failed);
      await queue.work(OUTCOMES.retry);
      expect(await queue.ports.queues.clear(queue.queue)).toBe(4);
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ scheduled: 0, pending: 0, retrying: 0, running: 1, completed: 1, failed: 1 });
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
      await queue.advance(9 * HOUR);
      expect(await queue.claimIds()).toEqual([]);
      expect(await queue.ports.queues.clear(queue.queue)).toBe(0);
      await queue.check();
    });

    it('forgets suspects and jobs that were moved about', async () => {
      const queue = newQueue();
      const [moved, cancelled] = await queue.addAll({}, {}, {});
      await queue.ports.control.reprioritise(queue.queue, [moved as string], 4);
      await queue.ports.control.cancel(queue.queue, [cancelled as string]);
      await queue.claim();
      await queue.holdersDie();
      expect(await queue.ports.queues.clear(queue.queue)).toBe(2);
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
      await queue.check();
    });

    it('forgets many', async () => {
      const queue = newQueue();
      await queue.submit(Array.from({ length: 1_200 }, (_, index) => queue.spec({ priority: index % 3 })));
      await queue.submit(Array.from({ length: 2_400 }, () => queue.spec({ due: { delay: HOUR } })));
      expect(await queue.ports.queues.clear(queue.queue)).toBe(3_600);
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ pending: 0, scheduled: 0 });
      await queue.check();
    });
  });
};
