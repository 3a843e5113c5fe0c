import { BEYOND_LEASE, HOUR, LEASE, MINUTE, OUTCOMES, type Subject } from './queue-under-test.js';

const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly (keyof typeof OUTCOMES)[];

/** Fencing, heartbeats, reclaim, and leases that one side does not know of. */
export const leasing: Subject = (newQueue) => {
  describe('leases', () => {
    it('are settled once', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      const settlements = [
        { id, token: lease.token, outcome: OUTCOMES.retry },
        { id, token: lease.token, outcome: OUTCOMES.completed },
      ];
      const settled = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
      expect(settled).toEqual(['ok', 'lost-lease']);
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('lost-lease');
      expect(await queue.record(id)).toMatchObject({ state: 'retrying', attempts: 1 });
    });

    it.each(OUTCOME_NAMES)('are settled once when a call names a job twice: %s', async (outcome) => {
      const queue = newQueue();
      // Stores may keep UUIDs in another way than ids of any text.
      const ids = await queue.addAll({}, { id: '0190f4a1-7b2c-7d3e-8f40-123456789abc' });
      const { token } = await queue.claim();
      const settlements = ids.flatMap((id) => [1, 2].map(() => ({ id, token, outcome: OUTCOMES[outcome] })));
      const settled = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
      expect(settled).toEqual(['ok', 'lost-lease', 'ok', 'lost-lease']);
      for (const id of ids) {
        expect((await queue.record(id)).history.length).toBeLessThanOrEqual(1);
      }
      const { processed } = await queue.ports.inspector.counts(queue.queue);
      expect(processed.completed + processed.failed + processed.cancelled).toBeLessThanOrEqual(ids.length);
      await queue.check();
    });

    it.each(OUTCOME_NAMES)('are not ended by an older token or another holder: %s', async (outcome) => {
      const queue = newQueue();
      const id = await queue.add();
      const old = await queue.claimOne();
      await queue.settle(old, OUTCOMES.released);
      const current = await queue.claimOne();
      expect(await queue.settle(old, OUTCOMES[outcome])).toBe('lost-lease');
      expect(await queue.settle({ ...current, holder: 'b' }, OUTCOMES[outcome])).toBe('lost-lease');
      expect(await queue.record(id)).toMatchObject({ state: 'running', attempts: 0, history: [] });
      await queue.check();
      expect(await queue.settle(current, OUTCOMES.completed)).toBe('ok');
    });

    it('answer a batch in order, each job for itself', async () => {
      const queue = newQueue();
      const [done, other, released] = await queue.addAll({}, {}, {});
      const { token } = await queue.claim({ limit: 3 });
      const settlements = [
        { id: done as string, token, outcome: OUTCOMES.completed },
        { id: 'none', token, outcome: OUTCOMES.completed },
        { id: other as string, token: token + 5, outcome: OUTCOMES.completed },
        { id: released as string, token, outcome: OUTCOMES.released },
      ];
      const settled = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
      expect(settled).toEqual(['ok', 'lost-lease', 'lost-lease', 'ok']);
      expect(await Promise.all([done, other, released].map((id) => queue.state(id as string)))).toEqual([
        'completed',
        'running',
        'pending',
      ]);
      await queue.check();
    });

    it('draw a greater token for every claim', async () => {
      const queue = newQueue();
      await queue.addAll({}, {}, {});
      const tokens = [await queue.claimOne(), await queue.claimOne({ holder: 'b' }), await queue.claimOne()].map(
        ({ token }) => token,
      );
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
      expect(new Set(tokens).size).toBe(3);
    });

    it('are not held by an older token of the same holder', async () => {
      const queue = newQueue();
      await queue.add();
      const old = await queue.claimOne();
      await queue.settle(old, OUTCOMES.released);
      const current = await queue.claimOne();
      expect(current.id).toBe(old.id);
      expect(current.token).toBeGreaterThan(old.token);
      expect(await queue.settle(old, OUTCOMES.completed)).toBe('lost-lease');
      expect(await queue.settle(current, OUTCOMES.completed)).toBe('ok');
    });

    it('show who holds the job and since when', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.claimOne({ holder: 'host:123:abc' });
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'running', process: 'host:123:abc', attempts: 0 });
      expect(record.startedAt).toBeGreaterThanOrEqual(record.createdAt);
      expect(record).not.toHaveProperty('finishedAt');
    });

    it('pass when their holder is silent, and the job runs elsewhere', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lost = await queue.claimOne({ holder: 'a' });
      await queue.advance(LEASE + 10 * MINUTE);
      await queue.tick('b');
      expect(await queue.state(id)).toBe('pending');
      const lease = await queue.claimOne({ holder: 'b' });
      expect(lease.id).toBe(id);
      // The first holder wakes up again: its outcome counts for nothing.
      expect(await queue.settle(lost, OUTCOMES.completed)).toBe('lost-lease');
      expect((await queue.tick('a', [lost])).lost).toEqual([{ id, token: lost.token }]);
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
      expect(await queue.record(id)).toMatchObject({ state: 'completed', attempts: 1, crashes: 0 });
      await queue.check();
    });

    it('are told when the next of them passes', async () => {
      const queue = newQueue();
      expect((await queue.tick('b')).lapsesIn).toBe(LEASE);
      await queue.tick('a');
      await queue.advance(LEASE - MINUTE);
      const left = (await queue.tick('b')).lapsesIn;
      expect(left).toBeLessThanOrEqual(MINUTE);
      expect(left).toBeGreaterThan(0);
      await queue.advance(2 * MINUTE);
      // One that has passed is no news any more: also where it may not be taken back yet.
      expect((await queue.tick('b', [], 0)).lapsesIn).toBe(LEASE);
    });

    it('use no attempt by being reclaimed', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxAttempts: 1 });
      await queue.claimOne();
      await queue.holdersDie();
      const { jobs } = await queue.claim({ holder: 'b' });
      expect(jobs).toEqual([expect.objectContaining({ id, attempt: 1 })]);
      expect(await queue.record(id)).toMatchObject({ attempts: 0, history: [] });
    });

    it.each(['tick', 'claim'] as const)('live on by a %s', async (heartbeat) => {
      const queue = newQueue();
      await queue.add();
      const lease = await queue.claimOne({ holder: 'a' });
      for (let round = 0; round < 4; round++) {
        await queue.advance(LEASE / 2);
        await (heartbeat === 'tick' ? queue.tick('a', [lease]) : queue.claim({ holder: 'a' }));
        await queue.tick('b');
      }
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
    });

    it('that passed are not taken back by who comes too late to say who is dead', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.claimOne({ holder: 'a' });
      const { now } = await queue.tick('b');
      await queue.advance(BEYOND_LEASE);
      await queue.tick('b', [], now + LEASE);
      expect(await queue.state(id)).toBe('running');
      const later = await queue.tick('b', [], now + 2 * BEYOND_LEASE);
      expect(later.ready).toBe(true);
      expect(await queue.state(id)).toBe('pending');
      await queue.check();
    });

    it('that passed are kept when nobody took the job before their holder came back', async () => {
      const queue = newQueue();
      await queue.add();
      const lease = await queue.claimOne({ holder: 'a' });
      await queue.advance(LEASE + 10 * MINUTE);
      expect(await queue.tick('a', [lease])).toMatchObject({ lost: [], cancelled: [] });
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('ok');
    });

    it('that their holder does not know of go back, unharmed', async () => {
      const queue = newQueue();
      const [known, unknown] = await queue.addAll({}, {});
      const lease = await queue.claimOne();
      await queue.claimOne();
      expect(await queue.tick('a', [lease])).toMatchObject({ lost: [], ready: true });
      expect(await queue.state(known as string)).toBe('running');
      expect(await queue.record(unknown as string)).toMatchObject({ state: 'pending', attempts: 0, crashes: 0 });
      const { jobs } = await queue.claim({ holder: 'b' });
      expect(jobs).toEqual([expect.objectContaining({ id: unknown, attempt: 1, suspect: false })]);
      await queue.check();
    });

    it('within one claim go back one by one', async () => {
      const queue = newQueue();
      const [first, second, third] = await queue.addAll({}, {}, {});
      const { token } = await queue.claim({ limit: 3 });
      await queue.tick('a', [
        { id: first as string, token },
        { id: third as string, token },
      ]);
      expect(await queue.list('pending')).toEqual([second]);
      const settlements = [first, second, third].map((id) => ({
        id: id as string,
        token,
        outcome: OUTCOMES.completed,
      }));
      const settled = await queue.ports.jobs.settle({ queue: queue.queue, holder: 'a', settlements });
      expect(settled).toEqual(['ok', 'lost-lease', 'ok']);
      await queue.check();
    });

    it('are told to be lost when the job was settled, is elsewhere, or never was', async () => {
      const queue = newQueue();
      await queue.addAll({}, {});
      const settled = await queue.claimOne();
      await queue.settle(settled, OUTCOMES.completed);
      const kept = await queue.claimOne();
      const made = { id: 'none', token: 77 };
      const { lost } = await queue.tick('a', [settled, kept, made]);
      expect(lost).toHaveLength(2);
      expect(lost).toEqual(expect.arrayContaining([{ id: settled.id, token: settled.token }, made]));
    });

    it('go back at once when their holder retires', async () => {
      const queue = newQueue();
      const ids = await queue.addAll({}, {}, {});
      const lease = await queue.claimOne();
      await queue.claim({ limit: 1 });
      const other = await queue.claimOne({ holder: 'b' });
      await queue.ports.jobs.retire({ queue: queue.queue, holder: 'a' });
      expect((await queue.list('pending')).toSorted()).toEqual(ids.slice(0, 2).toSorted());
      expect(await queue.settle(lease, OUTCOMES.completed)).toBe('lost-lease');
      expect(await queue.settle(other, OUTCOMES.completed)).toBe('ok');
      const { jobs } = await queue.claim({ holder: 'c' });
      expect(jobs.map(({ suspect, attempt }) => [suspect, attempt])).toEqual([
        [false, 1],
        [false, 1],
      ]);
      await queue.check();
    });

    it('are counted by holder', async () => {
      const queue = newQueue();
      const holders = async (): Promise<number> => (await queue.ports.inspector.counts(queue.queue)).holders;
      expect(await holders()).toBe(0);
      await queue.claim({ holder: 'a' });
      await queue.tick('b');
      expect(await holders()).toBe(2);
      await queue.ports.jobs.retire({ queue: queue.queue, holder: 'a' });
      expect(await holders()).toBe(1);
      await queue.advance(2 * LEASE);
      expect(await holders()).toBe(0);
    });

    it('come back in bounded steps, all of them', async () => {
      const queue = newQueue();
      await queue.submit(Array.from({ length: 1_200 }, () => queue.spec()));
      for (let claimed = 0; claimed < 1_200;) {
        claimed += (await queue.claim({ limit: 400 })).jobs.length;
      }
      await queue.advance(LEASE + 10 * MINUTE);
      expect((await queue.tick('b')).more).toBe(true);
      await queue.upkeep();
      const { byState } = await queue.ports.inspector.counts(queue.queue);
      expect(byState).toMatchObject({ pending: 1_200, running: 0 });
    });

    it('do not disturb time: a job settled late keeps its times in order', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      await queue.advance(HOUR / 2);
      await queue.settle(lease, OUTCOMES.completed);
      const { createdAt, startedAt = 0, finishedAt = 0 } = await queue.record(id);
      expect(startedAt).toBeGreaterThanOrEqual(createdAt);
      expect(finishedAt - startedAt).toBeGreaterThanOrEqual(HOUR / 2);
    });
  });
};
