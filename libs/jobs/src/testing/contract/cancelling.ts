import { BEYOND_LEASE, HOUR, OUTCOMES, type Subject } from './queue-under-test.js';

/** Cancels of waiting and of running jobs, and what a cancelled job does when it is retried. */
export const cancelling: Subject = (newQueue) => {
  describe('cancel', () => {
    it('keeps a waiting job from ever running', async () => {
      const queue = newQueue();
      const [pending, scheduled, other] = await queue.addAll({}, { due: { delay: HOUR } }, {});
      const receipts = await queue.ports.control.cancel(queue.queue, [pending as string, scheduled as string]);
      expect(receipts).toEqual([
        { status: 'ok', state: 'cancelled' },
        { status: 'ok', state: 'cancelled' },
      ]);
      const { finishedAt, createdAt } = await queue.record(pending as string);
      expect(finishedAt).toBeGreaterThanOrEqual(createdAt);
      await queue.advance(2 * HOUR);
      expect(await queue.claimIds()).toEqual([other]);
      await queue.check();
    });

    it('asks a running job to stop: its holder is told by its tick, again and again', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      for (let asked = 0; asked < 2; asked++) {
        const receipts = await queue.ports.control.cancel(queue.queue, [id]);
        expect(receipts).toEqual([{ status: 'requested', state: 'running' }]);
      }
      expect(await queue.record(id)).toMatchObject({ state: 'running', cancelRequested: true });
      expect((await queue.tick('a', [lease])).cancelled).toEqual([id]);
      expect((await queue.tick('a', [lease])).cancelled).toEqual([id]);
      expect(await queue.settle(lease, OUTCOMES.cancelled)).toBe('ok');
      expect(await queue.record(id)).toMatchObject({ state: 'cancelled', cancelRequested: false });
      await queue.check();
    });

    it.each(['retry', 'retryAtOnce', 'snoozed', 'released', 'releasedForLater'] as const)(
      'ends a running job that would come back: %s',
      async (outcome) => {
        const queue = newQueue();
        const id = await queue.add();
        const lease = await queue.claimOne();
        await queue.ports.control.cancel(queue.queue, [id]);
        expect(await queue.settle(lease, OUTCOMES[outcome])).toBe('cancelled');
        expect(await queue.state(id)).toBe('cancelled');
        await queue.advance(6 * HOUR);
        expect(await queue.claimIds()).toEqual([]);
        await queue.check();
      },
    );

    it('says of each outcome whether it counts, came too late, or was replaced by a cancel', async () => {
      const queue = newQueue();
      for (let added = 0; added < 5; added++) {
        await queue.add();
      }
      const { token, jobs } = await queue.claim({ limit: 5 });
      const ids = jobs.map(({ id }) => id);
      await queue.ports.control.cancel(queue.queue, ids.slice(1, 4));
      const kinds = ['completed', 'retry', 'completed', 'snoozed', 'failed'] as const;
      const settlements = kinds.map((kind, index) => ({
        id: ids[index] as string, // five were claimed
        token: index === 4 ? token + 1 : token,
        outcome: OUTCOMES[kind],
      }));
      const receipts = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
      expect(receipts).toEqual(['ok', 'cancelled', 'ok', 'cancelled', 'lost-lease']);
      await queue.check();
    });

    it.each(['completed', 'failed'] as const)('lets a running job end by itself: %s', async (outcome) => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      await queue.ports.control.cancel(queue.queue, [id]);
      expect(await queue.settle(lease, OUTCOMES[outcome])).toBe('ok');
      expect(await queue.record(id)).toMatchObject({ state: outcome, cancelRequested: false });
    });

    it('ends a running job whose holder dies', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes: 0 });
      await queue.claimOne();
      await queue.ports.control.cancel(queue.queue, [id]);
      await queue.holdersDie();
      expect(await queue.record(id)).toMatchObject({ state: 'cancelled', crashes: 0 });
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
    });

    it('ends a running job whose holder retires or does not know of it', async () => {
      const queue = newQueue();
      const [retired, unknown] = await queue.addAll({}, {});
      await queue.claimOne({ holder: 'a' });
      await queue.claimOne({ holder: 'b' });
      await queue.ports.control.cancel(queue.queue, [retired as string, unknown as string]);
      await queue.ports.jobs.retire({ queue: queue.queue, holder: 'a' });
      await queue.tick('b', []);
      expect(await queue.state(retired as string)).toBe('cancelled');
      expect(await queue.state(unknown as string)).toBe('cancelled');
      await queue.check();
    });

    it('leaves no trace behind: a job that is retried by hand and claimed runs once', async () => {
      const queue = newQueue();
      const id = await queue.add();
      for (let round = 0; round < 3; round++) {
        await queue.ports.control.cancel(queue.queue, [id]);
        await queue.ports.control.retry(queue.queue, [id]);
      }
      await queue.check();
      const { jobs, token } = await queue.claim();
      expect(jobs.map((job) => job.id)).toEqual([id]);
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
      expect(await queue.settle({ id, holder: 'a', token }, OUTCOMES.completed)).toBe('ok');
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
      await queue.check();
    });

    it('leaves no entry behind by which a job could run before its new time', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.ports.control.reschedule(queue.queue, [id], { delay: 5 * HOUR });
      expect(await queue.claimIds()).toEqual([]);
      await queue.ports.control.promote(queue.queue, [id]);
      await queue.ports.control.reprioritise(queue.queue, [id], 10);
      await queue.ports.control.reprioritise(queue.queue, [id], 0);
      expect(await queue.claimIds()).toEqual([id]);
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
      await queue.check();
    });

    it('leaves no entry behind by which a new job of the same id could run twice', async () => {
      const queue = newQueue();
      const id = await queue.add({ payload: '1' });
      await queue.ports.control.remove(queue.queue, [id]);
      await queue.add({ id, payload: '2' });
      const { jobs } = await queue.claim();
      expect(jobs.map(({ payload }) => payload)).toEqual(['2']);
      expect(await queue.claimIds({ holder: 'b' })).toEqual([]);
      await queue.check();
    });

    it('gives a retried job its whole budget again and keeps its history', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxAttempts: 2 });
      await queue.work(OUTCOMES.retryAtOnce);
      await queue.work(OUTCOMES.failed);
      expect(await queue.record(id)).toMatchObject({ state: 'failed', attempts: 2 });
      await queue.ports.control.retry(queue.queue, [id]);
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'pending', attempts: 0, maxAttempts: 2 });
      expect(record.history).toHaveLength(2);
      expect(record).not.toHaveProperty('finishedAt');
      expect(record).not.toHaveProperty('error');
      const { jobs } = await queue.claim();
      expect(jobs).toEqual([expect.objectContaining({ id, attempt: 1 })]);
    });

    it('skips a long run of cancelled jobs at the head of the queue', async () => {
      const queue = newQueue();
      const specs = Array.from({ length: 700 }, () => queue.spec());
      await queue.submit(specs);
      const ids = specs.map(({ id }) => id);
      const receipts = await queue.ports.control.cancel(queue.queue, ids.slice(0, 699));
      expect(receipts.every(({ status }) => status === 'ok')).toBe(true);
      expect(await queue.claimIds()).toEqual([ids[699]]);
      expect((await queue.ports.inspector.counts(queue.queue)).byState).toMatchObject({
        pending: 0,
        cancelled: 699,
        running: 1,
      });
    });

    it('keeps jobs of a long line from running, and one that is retried from running twice', async () => {
      const queue = newQueue();
      const ids = Array.from({ length: 1_200 }, (_, index) => `long-${index}`);
      await queue.submit(ids.map((id) => queue.spec({ id })));
      await queue.ports.control.cancel(queue.queue, ids.slice(0, 3));
      await queue.ports.control.retry(queue.queue, ids.slice(0, 1));
      const given: string[] = [];
      for (let claims = 0; claims < 10; claims++) {
        given.push(...(await queue.claimIds({ limit: 400 })));
      }
      expect(given).toEqual([...ids.slice(3), ids[0]]);
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ pending: 0, running: 1_198, cancelled: 2 });
    });

    it('does not reach a job that was claimed again by its older request', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      await queue.ports.control.cancel(queue.queue, [id]);
      await queue.settle(lease, OUTCOMES.retry);
      await queue.ports.control.retry(queue.queue, [id]);
      const again = await queue.claimOne({ holder: 'b' });
      expect((await queue.record(id)).cancelRequested).toBe(false);
      expect((await queue.tick('b', [again])).cancelled).toEqual([]);
      await queue.advance(BEYOND_LEASE / 4);
      expect(await queue.settle(again, OUTCOMES.retry)).toBe('ok');
      expect(await queue.state(id)).toBe('retrying');
    });
  });
};
