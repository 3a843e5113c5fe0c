import { MAX_HISTORY, MAX_LOG_LINES } from '../../domain/job.js';
import type { Report } from '../../application/ports/job-store.js';
import { FAILURE, HOUR, type HeldLease, OUTCOMES, type QueueUnderTest, type Subject } from './queue-under-test.js';

/** Progress, log lines, results and the history of failed attempts. */
export const reporting: Subject = (newQueue) => {
  describe('what a job leaves behind', () => {
    it('is its latest progress', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      expect(await report(queue, lease, { progress: 10 })).toBe('ok');
      expect((await queue.record(id)).progress).toBe(10);
      expect(await report(queue, lease, { progress: { done: 'ž', of: [1, null] } })).toBe('ok');
      expect((await queue.record(id)).progress).toEqual({ done: 'ž', of: [1, null] });
      expect(await report(queue, lease, { progress: 0 })).toBe('ok');
      expect((await queue.record(id)).progress).toBe(0);
    });

    it('is its log, the last lines of it, with their times and attempts', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      await report(queue, lease, { log: ['one', 'two | {}\n"three"'] });
      const { log, startedAt } = await queue.record(id);
      expect(log.map(({ message, attempt }) => [message, attempt])).toEqual([
        ['one', 1],
        ['two | {}\n"three"', 1],
      ]);
      expect(log[0]?.at).toBeGreaterThanOrEqual(startedAt as number);
      await report(queue, lease, { log: Array.from({ length: MAX_LOG_LINES - 1 }, (_, line) => `line ${line}`) });
      const bounded = (await queue.record(id)).log.map(({ message }) => message);
      expect(bounded).toHaveLength(MAX_LOG_LINES);
      expect([bounded[0], bounded.at(-1)]).toEqual(['two | {}\n"three"', `line ${MAX_LOG_LINES - 2}`]);
      await report(queue, lease, { log: Array.from({ length: 3 * MAX_LOG_LINES }, (_, line) => `last ${line}`) });
      expect((await queue.record(id)).log.map(({ message }) => message)).toEqual(
        Array.from({ length: MAX_LOG_LINES }, (_, line) => `last ${line + 2 * MAX_LOG_LINES}`),
      );
    });

    it('comes from its holder alone', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      expect(await report(queue, { ...lease, token: lease.token + 1 }, { progress: 1 })).toBe('lost-lease');
      expect(await report(queue, { ...lease, holder: 'b' }, { log: ['x'] })).toBe('lost-lease');
      await queue.settle(lease, OUTCOMES.completed);
      expect(await report(queue, lease, { progress: 1, log: ['x'] })).toBe('lost-lease');
      const record = await queue.record(id);
      expect(record.log).toEqual([]);
      expect(record).not.toHaveProperty('progress');
    });

    it('has lines that came late, whoever holds the job by then, and when it has ended', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxCrashes: 1 });
      const messages = async (): Promise<readonly string[]> =>
        (await queue.record(id)).log.map(({ message }) => message);
      const first = await queue.claimOne({ holder: 'a' });
      await queue.holdersDie();
      expect(await report(queue, first, { progress: 1, log: ['pending'], late: true })).toBe('ok');
      const second = await queue.claimOne({ holder: 'b', suspects: true });
      expect(await report(queue, first, { log: ['running elsewhere'], late: true })).toBe('ok');
      expect(await report(queue, second, { log: ['in time'] })).toBe('ok');
      await queue.holdersDie();
      expect(await report(queue, second, { log: ['given up'], late: true })).toBe('ok');
      expect(await messages()).toEqual(['pending', 'running elsewhere', 'in time', 'given up']);
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'failed', error: { code: 'crashed' } });
      expect(record).not.toHaveProperty('progress');
      await queue.ports.control.remove(queue.queue, [id]);
      expect(await report(queue, second, { log: ['gone'], late: true })).toBe('lost-lease');
      await queue.check();
    });

    it('stays with the job when it has finished', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      await report(queue, lease, { progress: 100, log: ['done'] });
      await queue.settle(lease, OUTCOMES.completed);
      expect(await queue.record(id)).toMatchObject({
        state: 'completed',
        attempts: 1,
        progress: 100,
        log: [{ message: 'done' }],
        result: { done: true },
      });
    });

    it.each(['null', '0', '""', '[]', '{"a":"ž|🚀"}', JSON.stringify('r'.repeat(300_000))])(
      'is its result',
      async (result) => {
        const queue = newQueue();
        const id = await queue.add();
        await queue.work({ kind: 'completed', result });
        expect((await queue.record(id)).result).toEqual(JSON.parse(result));
      },
    );

    it('is no result when there is none', async () => {
      const queue = newQueue();
      const id = await queue.add();
      await queue.work({ kind: 'completed' });
      const record = await queue.record(id);
      expect(record).not.toHaveProperty('result');
      expect(record).not.toHaveProperty('error');
      expect(record.finishedAt).toBeGreaterThanOrEqual(record.startedAt as number);
    });

    it('is every failed attempt, with who, when and why', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxAttempts: 2 });
      const first = await queue.claimOne({ holder: 'p1' });
      const startedAt = (await queue.record(id)).startedAt as number;
      await queue.settle(first, { kind: 'retry', delay: 0, failure: FAILURE });
      const second = await queue.claimOne({ holder: 'p2' });
      const failure = { ...FAILURE, code: 'E_LAST', message: 'ž "|" \n', stack: 'at x', causes: ['a', 'b'] };
      const settlements = [
        {
          id,
          token: second.token,
          worker: 'w2',
          startedAt: startedAt + 5,
          outcome: { kind: 'failed', failure } as const,
        },
      ];
      await queue.ports.jobs.settle({ queue: queue.queue, holder: 'p2', settlements });
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'failed', attempts: 2 });
      expect(record.history).toEqual([
        {
          ...FAILURE,
          attempt: 1,
          process: 'p1',
          worker: 'worker-1',
          startedAt: expect.any(Number),
          failedAt: expect.any(Number),
          delay: 0,
        },
        {
          ...failure,
          attempt: 2,
          process: 'p2',
          worker: 'w2',
          startedAt: startedAt + 5,
          failedAt: expect.any(Number),
        },
      ]);
      expect(record.error).toEqual(record.history[1]);
    });

    it('is a bounded history, the latest of it', async () => {
      const queue = newQueue();
      const id = await queue.add({ maxAttempts: 100 });
      for (let attempt = 1; attempt <= MAX_HISTORY + 3; attempt++) {
        await queue.work({ kind: 'retry', delay: 0, failure: { ...FAILURE, message: `attempt ${attempt}` } });
      }
      const { history, attempts } = await queue.record(id);
      expect(attempts).toBe(MAX_HISTORY + 3);
      expect(history.map(({ message }) => message)).toEqual(
        Array.from({ length: MAX_HISTORY }, (_, index) => `attempt ${index + 4}`),
      );
    });

    it('goes with the job when it is removed', async () => {
      const queue = newQueue();
      const id = await queue.add();
      const lease = await queue.claimOne();
      await report(queue, lease, { progress: 1, log: ['x'] });
      await queue.settle(lease, OUTCOMES.failed);
      expect(await queue.ports.control.remove(queue.queue, [id])).toEqual([{ status: 'ok', state: 'failed' }]);
      await queue.add({ id, due: { delay: HOUR } });
      const record = await queue.record(id);
      expect(record).toMatchObject({ state: 'scheduled', history: [], log: [], attempts: 0 });
      expect(record).not.toHaveProperty('progress');
      await queue.check();
    });
  });
};

async function report(
  queue: QueueUnderTest,
  { id, holder, token }: HeldLease,
  what: Pick<Report, 'progress' | 'log' | 'late'>,
): Promise<'ok' | 'lost-lease' | undefined> {
  const reports = [{ id, token, attempt: 1, ...what }];
  return (await queue.ports.jobs.report({ queue: queue.queue, holder, reports }))[0];
}
