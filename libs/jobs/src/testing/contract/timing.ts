import { HOUR, MINUTE, OUTCOMES, SECOND, type Subject } from './queue-under-test.js';

/** Delays, due times and expiry. */
export const timing: Subject = (newQueue) => {
  describe('time', () => {
    it('holds back a job until its delay has passed', async () => {
      const queue = newQueue();
      const id = await queue.add({ due: { delay: HOUR } });
      const { createdAt, scheduledAt } = await queue.record(id);
      expect(scheduledAt).toBe(createdAt + HOUR);
      await queue.advance(HOUR / 2);
      expect(await queue.claimIds()).toEqual([]);
      await queue.advance(HOUR);
      expect(await queue.claimIds()).toEqual([id]);
      expect(await queue.record(id)).not.toHaveProperty('scheduledAt');
      await queue.check();
    });

    it('takes an epoch time, and runs at once what is past', async () => {
      const queue = newQueue();
      const { now } = await queue.claim();
      const later = queue.spec({ due: { at: now + 2 * HOUR } });
      const past = queue.spec({ due: { at: now - HOUR } });
      expect(await queue.submit([later, past])).toEqual([
        { status: 'added', state: 'scheduled' },
        { status: 'added', state: 'pending' },
      ]);
      expect((await queue.record(later.id)).scheduledAt).toBe(now + 2 * HOUR);
      expect(await queue.claimIds()).toEqual([past.id]);
      await queue.advance(3 * HOUR);
      expect(await queue.claimIds()).toEqual([later.id]);
    });

    it('makes due jobs ready by a tick as well', async () => {
      const queue = newQueue();
      const id = await queue.add({ due: { delay: HOUR } });
      await queue.advance(2 * HOUR);
      expect((await queue.tick('a')).ready).toBe(true);
      expect(await queue.state(id)).toBe('pending');
      await queue.check();
    });

    it('tells since when a claimed job was pending: its submission, or the time it became ready', async () => {
      const queue = newQueue();
      await queue.add();
      await queue.advance(MINUTE);
      const { jobs: plain } = await queue.claim();
      expect(plain.map(({ pendingSince, createdAt }) => pendingSince - createdAt)).toEqual([0]);
      const id = await queue.add({ due: { delay: HOUR } });
      await queue.advance(HOUR);
      await queue.tick('a');
      await queue.advance(MINUTE);
      const { jobs, now } = await queue.claim();
      const delayed = jobs.filter((job) => job.id === id);
      expect(delayed).toHaveLength(1);
      for (const { pendingSince, createdAt } of delayed) {
        expect(pendingSince).toBeGreaterThanOrEqual(createdAt + HOUR);
        expect(pendingSince).toBeLessThanOrEqual(now - MINUTE);
      }
    });

    it('tells when the next job is due', async () => {
      const queue = newQueue();
      expect(await queue.claim()).not.toHaveProperty('dueIn');
      await queue.addAll({ due: { delay: 3 * HOUR } }, { due: { delay: 2 * HOUR } });
      const near = (dueIn: number | undefined, expected: number): void => {
        expect(dueIn).toBeLessThanOrEqual(expected);
        expect(dueIn).toBeGreaterThan(expected - 10 * MINUTE);
      };
      near((await queue.claim()).dueIn, 2 * HOUR);
      near((await queue.tick('a')).dueIn, 2 * HOUR);
      await queue.advance(HOUR);
      near((await queue.claim()).dueIn, HOUR);
    });

    it('brings back failed attempts after their delay, as the next attempt', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.work(OUTCOMES.retry);
      const { scheduledAt = 0, error } = await queue.record(id);
      expect(scheduledAt).toBeGreaterThan(0);
      expect(error).toMatchObject({ code: 'E_TEST', attempt: 1, delay: OUTCOMES.retry.delay });
      expect(await queue.claimIds()).toEqual([]);
      await queue.advance(6 * HOUR);
      expect((await queue.claim()).jobs).toEqual([expect.objectContaining({ id, attempt: 2 })]);
    });

    it('brings back a failed attempt without delay at once', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.work(OUTCOMES.retryAtOnce);
      expect((await queue.claim()).jobs).toEqual([expect.objectContaining({ id, attempt: 2 })]);
    });

    it.each(['snoozed', 'releasedForLater'] as const)('brings back a job %s, with no attempt used', async (outcome) => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.work(OUTCOMES[outcome]);
      expect(await queue.record(id)).toMatchObject({ state: 'scheduled', attempts: 0, history: [] });
      await queue.advance(6 * HOUR);
      const { jobs } = await queue.claim();
      expect(jobs).toEqual([expect.objectContaining({ id, attempt: 1, strays: outcome === 'snoozed' ? 0 : 1 })]);
    });

    it('counts only the releases for want of a handler', async () => {
      const queue = newQueue();
      await queue.add();
      await queue.work({ kind: 'released', reason: 'no-handler' });
      await queue.work({ kind: 'released', reason: 'shutdown' });
      await queue.work({ kind: 'released', reason: 'no-handler' });
      expect((await queue.claim()).jobs).toEqual([expect.objectContaining({ strays: 2 })]);
    });

    it('moves the due time of a waiting job, in both directions', async () => {
      const queue = newQueue();
      const [sooner, later, pending] = await queue.addAll({ due: { delay: 8 * HOUR } }, { due: { delay: HOUR } }, {});
      const { control } = queue.ports;
      const receipts = [
        await control.reschedule(queue.queue, [sooner as string], { delay: HOUR }),
        await control.reschedule(queue.queue, [later as string], { delay: 8 * HOUR }),
        await control.reschedule(queue.queue, [pending as string], { delay: HOUR + MINUTE }),
      ];
      expect(receipts.flat()).toEqual(Array.from({ length: 3 }, () => ({ status: 'ok', state: 'scheduled' })));
      expect(await queue.list('scheduled')).toEqual([sooner, pending, later]);
      expect(await queue.claimIds()).toEqual([]);
      await queue.check();
      await queue.advance(2 * HOUR);
      expect(await queue.claimIds()).toEqual([sooner, pending]);
      await queue.advance(8 * HOUR);
      expect(await queue.claimIds()).toEqual([later]);
    });

    it('moves the due time of a retrying job, which stays one', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.work(OUTCOMES.retry);
      const { now } = await queue.claim();
      const receipts = await queue.ports.control.reschedule(queue.queue, [id], { at: now + HOUR });
      expect(receipts).toEqual([{ status: 'ok', state: 'retrying' }]);
      expect((await queue.record(id)).scheduledAt).toBe(now + HOUR);
      await queue.advance(2 * HOUR);
      expect((await queue.claim()).jobs).toEqual([expect.objectContaining({ id, attempt: 2 })]);
    });

    it('makes a job that is rescheduled into the past ready by the next claim', async () => {
      const queue = newQueue();
      const id = await queue.add({ due: { delay: 9 * HOUR } });
      await queue.ports.control.reschedule(queue.queue, [id], { at: 1 });
      expect(await queue.claimIds()).toEqual([id]);
    });

    it('never goes back', async () => {
      const queue = newQueue();
      const times = [(await queue.claim()).now, (await queue.tick('a')).now];
      await queue.advance(SECOND);
      times.push((await queue.claim()).now, (await queue.tick('a')).now);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect((times[2] as number) - (times[1] as number)).toBeGreaterThanOrEqual(SECOND);
    });

    it('makes many due jobs ready, in bounded steps', async () => {
      const queue = newQueue();
      await queue.submit(Array.from({ length: 1_200 }, () => queue.spec({ due: { delay: HOUR } })));
      await queue.advance(2 * HOUR);
      await queue.upkeep();
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ pending: 1_200, scheduled: 0 });
    });
  });

  describe('expiry', () => {
    it('gives up a pending job that was not begun in time', async () => {
      const queue = newQueue();
      const [late, other] = await queue.addAll({ expiresIn: HOUR }, {});
      await queue.advance(2 * HOUR);
      expect(await queue.claimIds()).toEqual([other]);
      const record = await queue.record(late as string);
      expect(record).toMatchObject({ state: 'failed', error: { code: 'expired' }, attempts: 0 });
      expect(record.history).toHaveLength(1);
      expect(record.history[0]).not.toHaveProperty('delay');
      await queue.check();
    });

    it('gives up a scheduled job whose time comes too late', async () => {
      const queue = newQueue();
      const id = await queue.add({ expiresIn: HOUR, due: { delay: 2 * HOUR } });
      await queue.advance(3 * HOUR);
      expect(await queue.claimIds()).toEqual([]);
      expect(await queue.record(id)).toMatchObject({ state: 'failed', error: { code: 'expired' } });
    });

    it('gives it up by a tick as well, before anybody claims', async () => {
      const queue = newQueue();
      const id = await queue.add({ expiresIn: HOUR, due: { delay: 2 * HOUR } });
      await queue.advance(3 * HOUR);
      expect((await queue.tick('a')).ready).toBe(false);
      expect(await queue.record(id)).toMatchObject({ state: 'failed', error: { code: 'expired' } });
      await queue.check();
    });

    it('gives up a retrying job whose next attempt comes too late', async () => {
      const queue = newQueue();
      const id = await queue.add({ expiresIn: HOUR });
      await queue.work(OUTCOMES.retry);
      await queue.advance(6 * HOUR);
      expect(await queue.claimIds()).toEqual([]);
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'failed', error: { code: 'expired' } });
      expect(record.history.map(({ code }) => code)).toEqual(['E_TEST', 'expired']);
    });

    it('does not touch a job that has begun in time', async () => {
      const queue = newQueue();
      const id = await queue.add({ expiresIn: HOUR });
      const lease = await queue.claimOne();
      await queue.advance(HOUR / 2);
      await queue.tick('a', [lease]);
      await queue.advance((3 * HOUR) / 4);
      await queue.tick('a', [lease]);
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
      expect(await queue.state(id)).toBe('completed');
    });

    it('is lifted by a retry by hand: the job runs', async () => {
      const queue = newQueue();
      const id = await queue.add({ expiresIn: HOUR });
      await queue.advance(2 * HOUR);
      await queue.claim();
      expect(await queue.state(id)).toBe('failed');
      await queue.ports.control.retry(queue.queue, [id]);
      expect(await queue.claimIds()).toEqual([id]);
    });

    it('passes over a long run of expired jobs', async () => {
      const queue = newQueue();
      await queue.submit(Array.from({ length: 300 }, () => queue.spec({ expiresIn: HOUR })));
      const last = await queue.add();
      await queue.advance(2 * HOUR);
      // One claim gives up a bounded number of them.
      let given: readonly string[] = [];
      for (let claims = 0; claims < 20 && given.length === 0; claims++) {
        given = await queue.claimIds({ limit: 5 });
      }
      expect(given).toEqual([last]);
      expect((await queue.ports.inspector.counts(queue.queue)).byState).toMatchObject({ failed: 300, pending: 0 });
    });
  });
};
