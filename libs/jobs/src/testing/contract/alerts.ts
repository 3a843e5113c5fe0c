import { HOUR, MINUTE, type Subject } from './queue-under-test.js';

/** What is known of alerts: read by all, written by the one whose turn it is. */
export const alerts: Subject = (newQueue) => {
  describe('what is known of alerts', () => {
    it('is written by who has the turn, and read by all', async () => {
      const queue = newQueue();
      const store = queue.ports.alerts;
      await queue.advance(HOUR);
      const { mine, version, now } = await store.watch({ holder: 'a', lease: HOUR });
      expect(mine).toBe(true);
      expect(now).toBeGreaterThan(0);
      expect(await store.save({ holder: 'a', version, book: '{"é":1}' })).toBe('saved');
      const other = await store.watch({ holder: 'b', lease: HOUR });
      expect(other).toMatchObject({ mine: false, version: version + 1, book: '{"é":1}' });
      expect(await store.save({ holder: 'b', version: version + 1, book: 'no' })).toBe('lost');
      expect(await store.watch({ holder: 'a', lease: HOUR })).toMatchObject({ mine: true, book: '{"é":1}' });
    });

    it('is not written over what was not read', async () => {
      const queue = newQueue();
      const store = queue.ports.alerts;
      await queue.advance(2 * HOUR);
      const { version } = await store.watch({ holder: 'a', lease: HOUR });
      expect(await store.save({ holder: 'a', version, book: 'one' })).toBe('saved');
      expect(await store.save({ holder: 'a', version, book: 'two' })).toBe('lost');
      expect(await store.save({ holder: 'a', version: version + 1, book: 'two' })).toBe('saved');
      expect(await store.watch({ holder: 'a', lease: HOUR })).toMatchObject({ book: 'two', version: version + 2 });
    });

    it('passes to another when the turn has not been kept, or was left', async () => {
      const queue = newQueue();
      const store = queue.ports.alerts;
      await queue.advance(2 * HOUR);
      const { version } = await store.watch({ holder: 'a', lease: 10 * MINUTE });
      await queue.advance(11 * MINUTE);
      expect(await store.save({ holder: 'a', version, book: 'late' })).toBe('lost');
      expect((await store.watch({ holder: 'b', lease: HOUR })).mine).toBe(true);
      expect((await store.watch({ holder: 'a', lease: HOUR })).mine).toBe(false);
      // Who does not have it cannot leave it.
      await store.watch({ holder: 'a', lease: 0 });
      expect((await store.watch({ holder: 'c', lease: HOUR })).mine).toBe(false);
      expect((await store.watch({ holder: 'b', lease: 0 })).mine).toBe(false);
      expect((await store.watch({ holder: 'c', lease: HOUR })).mine).toBe(true);
    });
  });
};
