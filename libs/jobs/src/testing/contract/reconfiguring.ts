import { KEPT_CHANGES } from '../../application/ports/configuration-store.js';
import { MINUTE, type Subject } from './queue-under-test.js';

/** What of the configuration was changed at run time. */
export const reconfiguring: Subject = (newQueue) => {
  const change = (value: string, by = 'ada') => ({
    document: { section: { value } },
    by,
    changes: [{ path: 'section.value', to: value }],
  });

  describe('the configuration', () => {
    it('is replaced only by who knows its version, and says who changed it and when', async () => {
      const queue = newQueue();
      const { configuration } = queue.ports;
      const { version } = await configuration.read();
      expect(await configuration.write(version, change('one'))).toBe(version + 1);
      const one = await configuration.read();
      expect(one).toMatchObject({ version: version + 1, document: { section: { value: 'one' } }, changedBy: 'ada' });
      await queue.advance(MINUTE);
      expect(await configuration.write(version, change('lost'))).toBe('conflict');
      expect(await configuration.read()).toEqual(one);
      expect(await configuration.write(version + 1, change('two', 'bob'))).toBe(version + 2);
      const two = await configuration.read();
      expect(two).toMatchObject({ document: { section: { value: 'two' } }, changedBy: 'bob' });
      expect(two.changedAt).toBeGreaterThanOrEqual((one.changedAt ?? Infinity) + MINUTE);
    });

    it('is changed by one of two who come together', async () => {
      const { configuration } = newQueue().ports;
      const { version } = await configuration.read();
      const answers = await Promise.all([
        configuration.write(version, change('one')),
        configuration.write(version, change('two')),
      ]);
      expect(answers.toSorted()).toEqual([version + 1, 'conflict']);
    });

    it('remembers its last changes, each with what it came to', async () => {
      const { configuration } = newQueue().ports;
      let { version } = await configuration.read();
      for (let index = 0; index < KEPT_CHANGES + 5; index++) {
        version = (await configuration.write(version, change(`value ${index}`))) as number;
      }
      const history = await configuration.history();
      expect(history.map((each) => each.version)).toEqual(
        Array.from({ length: KEPT_CHANGES }, (_, index) => version - index),
      );
      expect(history[3]).toEqual({
        version: version - 3,
        by: 'ada',
        at: expect.any(Number),
        changes: [{ path: 'section.value', to: `value ${KEPT_CHANGES + 1}` }],
        document: { section: { value: `value ${KEPT_CHANGES + 1}` } },
      });
    });

    it('tells its version with every heartbeat', async () => {
      const queue = newQueue();
      const { configuration, processes } = queue.ports;
      const version = (await configuration.write((await configuration.read()).version, change('told'))) as number;
      const record = {
        holder: `host:1:${queue.queue}`,
        host: 'host',
        pid: 1,
        startedAt: 1,
        heartbeat: 5_000,
        queues: [],
        workers: [],
        schedules: [],
      };
      expect((await processes.publish(record, 0)).configuration).toBe(version);
      await processes.retire(record.holder);
    });
  });
};
