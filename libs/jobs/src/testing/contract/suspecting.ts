import { BEYOND_LEASE, MINUTE, OUTCOMES, type Subject } from './queue-under-test.js';

/** A job that kills its process is found out, its neighbours are not blamed. */
export const suspecting: Subject = (newQueue) => {
  describe('suspects', () => {
    it('are all jobs that a dead holder held, and none is blamed yet', async () => {
      const queue = newQueue();
      const ids = await queue.addAll({}, {}, {});
      await queue.claim();
      await queue.holdersDie();
      for (const id of ids) {
        expect(await queue.record(id)).toMatchObject({ state: 'pending', crashes: 0 });
      }
      await queue.check();
    });

    it('are given one a claim, in front of all others', async () => {
      const queue = newQueue();
      const suspects = await queue.addAll({}, {});
      await queue.claim();
      await queue.holdersDie();
      const urgent = await queue.add({ priority: 200 });
      const { jobs } = await queue.claim({ holder: 'b' });
      expect(jobs.map(({ suspect }) => suspect)).toEqual([true, false]);
      expect(jobs[1]?.id).toBe(urgent);
      expect(suspects).toContain(jobs[0]?.id);
      const next = await queue.claim({ holder: 'c' });
      expect(next.jobs.map(({ suspect }) => suspect)).toEqual([true]);
      await queue.check();
    });

    it('are no reason to claim again for who does not take them, when their neighbours have left', async () => {
      const queue = newQueue();
      await queue.add();
      await queue.claim();
      await queue.holdersDie();
      const other = await queue.add();
      await queue.ports.control.cancel(queue.queue, [other]);
      expect(await queue.claim({ holder: 'b', suspects: false, limit: 0 })).toMatchObject({ jobs: [], more: false });
    });

    it('are not given to who does not take them', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.claim();
      await queue.holdersDie();
      const other = await queue.add();
      expect(await queue.claimIds({ holder: 'b', suspects: false })).toEqual([other]);
      expect(await queue.claim({ holder: 'b', suspects: false })).toMatchObject({ jobs: [], more: false });
      expect(await queue.claimIds({ holder: 'b' })).toEqual([id]);
    });

    it('are told to be left to who is not allowed one or got one, and not where none can run', async () => {
      const queue = newQueue();
      await queue.addAll({}, {});
      await queue.claim();
      await queue.holdersDie();
      const left = async (suspects: boolean): Promise<boolean> =>
        (await queue.claim({ holder: 'b', suspects })).moreSuspects;
      await queue.ports.queues.pause(queue.queue);
      expect([await left(false), await left(true)]).toEqual([false, false]);
      await queue.ports.queues.resume(queue.queue);
      expect([await left(false), await left(true), await left(false), await left(true)]).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect([await left(false), await left(true)]).toEqual([false, false]);
      await queue.check();
    });

    it.each([1, 3])('fail as crashed after %i deaths of their own', async (maxCrashes) => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes, maxAttempts: 1 });
      await queue.claimOne({ holder: 'first' });
      await queue.holdersDie();
      for (let death = 1; death <= maxCrashes; death++) {
        expect(await queue.record(id)).toMatchObject({ state: 'pending', crashes: death - 1 });
        const { jobs } = await queue.claim({ holder: `killed-${death}` });
        expect(jobs).toEqual([expect.objectContaining({ id, suspect: true, attempt: 1 })]);
        await queue.holdersDie();
      }
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'failed', crashes: maxCrashes });
      expect(record.error).toMatchObject({ code: 'crashed', process: `killed-${maxCrashes}` });
      expect(record.error).not.toHaveProperty('worker');
      expect(record.history).toHaveLength(1);
      expect(await queue.claimIds({ holder: 'c' })).toEqual([]);
      await queue.check();
    });

    it('fail at the first death when they must not run twice', async () => {
      const queue = newQueue();
      const [once, other] = await queue.addAll({ maxCrashes: 0 }, {});
      await queue.claim();
      await queue.holdersDie();
      expect((await queue.record(once as string)).error).toMatchObject({ code: 'crashed' });
      expect(await queue.state(once as string)).toBe('failed');
      expect(await queue.state(other as string)).toBe('pending');
    });

    it('do not put the blame on who runs beside them', async () => {
      const queue = newQueue();
      const killer = await queue.add();
      await queue.claim({ holder: 'first' });
      await queue.holdersDie();
      const neighbour = await queue.add();
      const { jobs } = await queue.claim({ holder: 'second' });
      expect(jobs.map(({ id }) => id)).toEqual([killer, neighbour]);
      await queue.holdersDie();
      expect(await queue.record(killer)).toMatchObject({ crashes: 1 });
      expect(await queue.record(neighbour)).toMatchObject({ crashes: 0 });
    });

    it('are cleared by outliving a heartbeat', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes: 1 });
      await queue.claimOne();
      await queue.holdersDie();
      const lease = await queue.claimOne({ holder: 'b' });
      await queue.tick('b', [{ ...lease, cleared: true }]);
      // This death is a first one again: nobody is blamed.
      await queue.holdersDie();
      expect(await queue.record(id)).toMatchObject({ state: 'pending', crashes: 0 });
      const { jobs } = await queue.claim({ holder: 'c' });
      expect(jobs).toEqual([expect.objectContaining({ id, suspect: true })]);
    });

    it('are not cleared by a heartbeat that does not say so', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes: 1 });
      await queue.claimOne();
      await queue.holdersDie();
      const lease = await queue.claimOne({ holder: 'b' });
      await queue.tick('b', [lease]);
      await queue.holdersDie();
      expect(await queue.record(id)).toMatchObject({ state: 'failed', crashes: 1 });
    });

    it.each(['retryAtOnce', 'completed'] as const)('are cleared by settling as %s', async (outcome) => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes: 1 });
      await queue.claimOne();
      await queue.holdersDie();
      await queue.work(OUTCOMES[outcome], 'b');
      if (outcome === 'completed') {
        expect(await queue.state(id)).toBe('completed');
        return;
      }
      const { jobs } = await queue.claim({ holder: 'c' });
      expect(jobs).toEqual([expect.objectContaining({ id, suspect: false, attempt: 2 })]);
    });

    it('stay suspect when they go back unharmed', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.claimOne();
      await queue.holdersDie();
      await queue.claimOne({ holder: 'b' });
      await queue.ports.jobs.retire({ queue: queue.queue, holder: 'b' });
      const { jobs } = await queue.claim({ holder: 'c' });
      expect(jobs).toEqual([expect.objectContaining({ id, suspect: true })]);
      expect((await queue.record(id)).crashes).toBe(0);
    });

    it('have a fresh record after a retry by hand', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes: 1 });
      await queue.claimOne();
      await queue.holdersDie();
      await queue.claimOne();
      await queue.holdersDie();
      expect(await queue.state(id)).toBe('failed');
      await queue.ports.control.retry(queue.queue, [id]);
      expect(await queue.record(id)).toMatchObject({ state: 'pending', crashes: 0 });
      const { jobs } = await queue.claim({ holder: 'c', suspects: false });
      expect(jobs).toEqual([expect.objectContaining({ id, suspect: false })]);
    });

    it('are given by the very claim that finds them due', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.claim();
      await queue.holdersDie();
      await queue.ports.control.reschedule(queue.queue, [id], { delay: MINUTE });
      await queue.advance(2 * MINUTE);
      const { jobs } = await queue.claim({ holder: 'b' });
      expect(jobs.map((job) => [job.id, job.suspect])).toEqual([[id, true]]);
      await queue.check();
    });

    it('can be cancelled and moved to another time while they wait', async () => {
      const queue = newQueue();
      const [cancelled, moved] = await queue.addAll({}, {});
      await queue.claim();
      await queue.holdersDie();
      expect(await queue.ports.control.cancel(queue.queue, [cancelled as string])).toEqual([
        { status: 'ok', state: 'cancelled' },
      ]);
      await queue.ports.control.reschedule(queue.queue, [moved as string], { delay: 10 * BEYOND_LEASE });
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
      await queue.check();
      await queue.ports.control.promote(queue.queue, [moved as string]);
      const { jobs } = await queue.claim({ holder: 'b' });
      expect(jobs).toEqual([expect.objectContaining({ id: moved, suspect: true })]);
      await queue.check();
    });
  });
};
