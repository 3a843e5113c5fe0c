import { JOB_STATES } from '../../domain/job-state.js';
import { OPERATIONS, targets } from './operations.js';
import type { Subject } from './queue-under-test.js';
import { ROUTES } from './routes.js';

/** Every state by every operation, legal and not, as the table of transitions has it. */
export const stateTable: Subject = (newQueue) => {
  describe('every state by every operation', () => {
    it('reaches every state but blocked, into which nothing leads yet', () => {
      const reached = new Set(ROUTES.map(({ state }) => state));
      expect(JOB_STATES.filter((state) => !reached.has(state))).toEqual(['blocked']);
    });

    describe.each(ROUTES)('$state, $how', ({ state, bring }) => {
      it('is in that state', async () => {
        const queue = newQueue();
        const { id } = await bring(queue);
        expect(await queue.state(id)).toBe(state);
        await queue.check();
      });

      it.each(OPERATIONS)('$name', async ({ causes, from = JOB_STATES, accepts = [], ...operation }) => {
        const queue = newQueue();
        const lease = await bring(queue);
        const before = await queue.record(lease.id);

        const receipt = await operation.apply(queue, lease);

        const possible = from.includes(state) ? targets(state, causes) : [];
        const after = await queue.find(lease.id);
        if (possible.length === 0 && !accepts.includes(state)) {
          expect(receipt).toEqual(operation.refused(state));
          expect(after).toEqual(before);
        } else if (operation.forgets === true) {
          expect(receipt).toEqual(operation.done(state));
          expect(after).toBeUndefined();
        } else {
          expect(receipt).toEqual(operation.done(state, possible[0]));
          const stays = possible.length === 0 || operation.asksOnly?.includes(state) === true;
          expect(stays ? [state] : possible).toContain(after?.state);
        }
        await queue.check();
      });
    });

    it('answers missing for a job that is not there', async () => {
      const queue = newQueue();
      await queue.add();
      const { control, jobs } = queue.ports;
      for (const receipts of [
        await control.cancel(queue.queue, ['none']),
        await control.retry(queue.queue, ['none']),
        await control.promote(queue.queue, ['none']),
        await control.reschedule(queue.queue, ['none'], { delay: 1 }),
        await control.reprioritise(queue.queue, ['none'], 1),
        await control.remove(queue.queue, ['none']),
      ]) {
        expect(receipts).toEqual([{ status: 'missing' }]);
      }
      const settlements = [{ id: 'none', token: 1, outcome: { kind: 'completed' } as const }];
      expect(await jobs.settle({ queue: queue.queue, holder: 'a', settlements })).toEqual(['lost-lease']);
      expect(await queue.find('none')).toBeUndefined();
      await queue.check();
    });
  });
};
