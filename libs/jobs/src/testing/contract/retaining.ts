import { BEYOND_LEASE, HOUR, OUTCOMES, type QueueUnderTest, type Subject } from './queue-under-test.js';

/** How long finished jobs are kept. */
export const retaining: Subject = (newQueue) => {
  describe('retention', () => {
    it('keeps completed and cancelled jobs for the time of the queue', async () => {
      const queue = newQueue();
      await queue.configure({ retainAge: 3 * HOUR });
      const [completed, cancelled] = await queue.addAll({}, {});
      await queue.work(OUTCOMES.completed);
      await queue.ports.control.cancel(queue.queue, [cancelled as string]);
      await queue.advance(HOUR);
      await queue.upkeep();
      expect(await queue.state(completed as string)).toBe('completed');
      expect(await queue.state(cancelled as string)).toBe('cancelled');
      await queue.advance(3 * HOUR);
      await queue.upkeep();
      expect(await queue.find(completed as string)).toBeUndefined();
      expect(await queue.find(cancelled as string)).toBeUndefined();
      await queue.check();
    });

    it('keeps them for a day unless told', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.work(OUTCOMES.completed);
      await queue.advance(20 * HOUR);
      await queue.upkeep();
      expect(await queue.state(id)).toBe('completed');
      await queue.advance(5 * HOUR);
      await queue.upkeep();
      expect(await queue.find(id)).toBeUndefined();
    });

    it('keeps as many completed jobs as told, and as many cancelled ones, the newest', async () => {
      const queue = newQueue();
      await queue.configure({ retainCount: 2 });
      const completed = await workOff(queue, 4);
      const cancelled = await queue.addAll({}, {}, {});
      await queue.ports.control.cancel(queue.queue, cancelled);
      await queue.upkeep();
      expect(await queue.list('completed')).toEqual([completed[3], completed[2]]);
      expect((await queue.list('cancelled')).toSorted()).toEqual(cancelled.slice(1).toSorted());
      await queue.check();
    });

    it('keeps failed jobs whatever the queue says', async () => {
      const queue = newQueue();
      await queue.configure({ retainAge: HOUR, retainCount: 1 });
      const ids = await queue.addAll({}, {}, {});
      for (let failed = 0; failed < 3; failed++) {
        await queue.work(OUTCOMES.failed);
      }
      await queue.advance(5 * HOUR);
      await queue.upkeep();
      expect((await queue.list('failed')).toSorted()).toEqual([...ids].toSorted());
    });

    it.each(['completed', 'failed', 'cancelled'] as const)('lets a %s job have its own', async (outcome) => {
      const queue = newQueue();
      await queue.configure({ retainAge: HOUR, retainCount: 1 });
      const [longer, shorter] = await queue.addAll({ retain: 9 * HOUR }, { retain: HOUR / 2 });
      await queue.work(OUTCOMES[outcome]);
      await queue.work(OUTCOMES[outcome]);
      await queue.advance(2 * HOUR);
      await queue.upkeep();
      expect(await queue.state(longer as string)).toBe(outcome);
      expect(await queue.find(shorter as string)).toBeUndefined();
      await queue.advance(9 * HOUR);
      await queue.upkeep();
      expect(await queue.find(longer as string)).toBeUndefined();
      await queue.check();
    });

    it('keeps nothing of a completed job with retain 0, from the moment it ends', async () => {
      const queue = newQueue();
      const id = await queue.add({ retain: 0 });
      await queue.work(OUTCOMES.retryAtOnce);
      const lease = await queue.claimOne();
      const reports = [{ id, token: lease.token, attempt: 2, progress: 50, log: ['half'] }];
      await queue.ports.jobs.report({ queue: queue.queue, holder: 'a', reports });
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
      expect(await queue.find(id)).toBeUndefined();
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('lost-lease');
      const { byState, processed } = await queue.ports.inspector.counts(queue.queue);
      expect([byState.completed, processed.completed]).toEqual([0, 1]);
      // A new job under its id knows nothing of it.
      await queue.add({ id });
      const fresh = await queue.record(id);
      expect(fresh).toMatchObject({ attempts: 0, history: [], log: [] });
      expect(fresh).not.toHaveProperty('progress');
      await queue.check();
    });

    it.each([{ retainAge: 0 }, { retainCount: 0 }])('keeps nothing of completed jobs with %j', async (settings) => {
      const queue = newQueue();
      await queue.configure(settings);
      const [gone, own] = await queue.addAll({}, { retain: 9 * HOUR });
      await queue.work(OUTCOMES.completed);
      await queue.work(OUTCOMES.completed);
      await queue.upkeep();
      expect(await queue.find(gone as string)).toBeUndefined();
      expect(await queue.state(own as string)).toBe('completed');
      await queue.check();
    });

    it('keeps a failed job with retain 0: a dead letter does not vanish', async () => {
      const queue = newQueue();
      const id = await queue.add({ retain: 0 });
      await queue.work(OUTCOMES.failed);
      await queue.advance(30 * HOUR);
      await queue.upkeep();
      expect(await queue.state(id)).toBe('failed');
    });

    it('begins anew when a job is retried by hand and finishes again', async () => {
      const queue = newQueue();
      await queue.configure({ retainAge: 3 * HOUR });
      const id = await queue.add();
      await queue.ports.control.cancel(queue.queue, [id]);
      await queue.advance(2 * HOUR);
      await queue.ports.control.retry(queue.queue, [id]);
      await queue.advance(2 * HOUR);
      await queue.upkeep();
      expect(await queue.state(id)).toBe('pending');
      await queue.work(OUTCOMES.completed, 'b');
      await queue.advance(2 * HOUR);
      await queue.upkeep();
      expect(await queue.state(id)).toBe('completed');
      await queue.check();
      await queue.advance(2 * HOUR);
      await queue.upkeep();
      expect(await queue.find(id)).toBeUndefined();
    });

    it('drops many in bounded steps', async () => {
      const queue = newQueue();
      const specs = Array.from({ length: 1_100 }, () => queue.spec());
      await queue.submit(specs);
      const ids = specs.map(({ id }) => id);
      await queue.ports.control.cancel(queue.queue, ids);
      await queue.advance(25 * HOUR);
      await queue.upkeep();
      expect((await queue.ports.inspector.counts(queue.queue)).byState.cancelled).toBe(0);
      expect(await queue.find(ids[0] as string)).toBeUndefined();
    });

    it('does not touch what is not finished', async () => {
      const queue = newQueue();
      await queue.configure({ retainAge: 0, retainCount: 0 });
      const [running, retrying, pending, scheduled] = await queue.addAll(
        { retain: 0 },
        { retain: 0 },
        { retain: 0 },
        { retain: 0, due: { delay: 5 * HOUR } },
      );
      const lease = await queue.claimOne();
      await queue.work(OUTCOMES.retry);
      await queue.advance(BEYOND_LEASE / 4);
      await queue.tick('a', [lease]);
      await queue.upkeep();
      const states = await Promise.all([running, retrying, pending, scheduled].map((id) => queue.state(id as string)));
      expect(states).toEqual(['running', 'retrying', 'pending', 'scheduled']);
    });
  });
};

async function workOff(queue: QueueUnderTest, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let done = 0; done < count; done++) {
    ids.push(await queue.add());
    await queue.work(OUTCOMES.completed);
  }
  return ids;
}
