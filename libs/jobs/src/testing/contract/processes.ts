import type { ProcessRecord } from '../../domain/processes/process-record.js';
import { eventually } from './eventually.js';
import { HOUR, MINUTE, type QueueUnderTest, type Subject } from './queue-under-test.js';

/** Processes that publish themselves, orders to their workers, and news of the system. */
export const processes: Subject = (newQueue) => {
  /** A process whose name no other test has, in the queue's store. */
  const record = ({ queue }: QueueUnderTest, part: Partial<ProcessRecord> = {}): ProcessRecord => ({
    holder: `host:1:${queue}`,
    host: 'host',
    pid: 1,
    startedAt: 1_000,
    heartbeat: 5_000,
    queues: [queue],
    workers: [],
    schedules: ['nightly'],
    ...part,
  });
  const known = async ({ ports, queue }: QueueUnderTest) =>
    (await ports.processes.list()).filter(({ holder }) => holder.includes(queue));

  /** Orders that a heartbeat brings. */
  const orders = async (queue: QueueUnderTest, obeyed = 0) =>
    (await queue.ports.processes.publish(record(queue), obeyed)).orders;

  describe('a process', () => {
    it('is known as it published itself last, and how long ago', async () => {
      const queue = newQueue();
      const { processes: directory } = queue.ports;
      expect(await known(queue)).toEqual([]);
      await directory.publish(record(queue), 0);
      await queue.advance(MINUTE);
      await directory.publish(record(queue, { holder: `a:2:${queue.queue}`, pid: 2 }), 0);
      const [younger, older] = await known(queue);
      expect(younger).toMatchObject({ pid: 2, schedules: ['nightly'], queues: [queue.queue] });
      expect(older).toMatchObject(record(queue));
      expect(older?.silentFor).toBeGreaterThanOrEqual(MINUTE);
      expect(older?.silentFor).toBeLessThan(2 * MINUTE);
      await directory.publish(record(queue, { schedules: [] }), 0);
      const again = (await known(queue)).at(-1);
      expect(again).toMatchObject({ schedules: [] });
      expect(again?.silentFor).toBeLessThan(MINUTE);
    });

    it('is known no more once it has ended, or was not heard of for long', async () => {
      const queue = newQueue();
      const { processes: directory } = queue.ports;
      const [ended, lost] = [record(queue), record(queue, { holder: `lost:1:${queue.queue}` })];
      await directory.publish(ended, 0);
      await directory.publish(lost, 0);
      await directory.retire(ended.holder);
      expect((await known(queue)).map(({ holder }) => holder)).toEqual([lost.holder]);
      await queue.advance(HOUR);
      expect(await known(queue)).toEqual([]);
      expect(await directory.order(lost.holder, 'worker', 'pause')).toBe(false);
    });

    it('is told what its workers are asked, until it has obeyed', async () => {
      const queue = newQueue();
      const { processes: directory } = queue.ports;
      const { holder } = record(queue);
      expect(await directory.order(holder, 'w#1', 'pause')).toBe(false);
      expect(await orders(queue)).toEqual([]);
      expect(await directory.order(holder, 'w#1', 'pause')).toBe(true);
      expect(await directory.order(holder, 'w#2', 'stop')).toBe(true);
      const given = await orders(queue);
      expect(given.map(({ worker, order }) => [worker, order])).toEqual([
        ['w#1', 'pause'],
        ['w#2', 'stop'],
      ]);
      expect(await orders(queue)).toEqual(given);
      expect(await directory.order(holder, 'w#1', 'resume')).toBe(true);
      const rest = await orders(queue, given.at(-1)?.number);
      expect(rest).toEqual([{ number: expect.any(Number), worker: 'w#1', order: 'resume' }]);
      expect(rest[0]?.number).toBeGreaterThan(given.at(-1)?.number ?? 0);
      expect(await orders(queue, rest[0]?.number)).toEqual([]);
    });
  });

  describe('news of the system', () => {
    it('come to all who asked for the subject, until they ask no more', async () => {
      const { notifier } = newQueue().ports;
      const heard: string[] = [];
      const offs = await Promise.all([
        notifier.onChanged('schedules', () => void heard.push('one')),
        notifier.onChanged('schedules', () => void heard.push('two')),
        notifier.onChanged('configuration', () => void heard.push('other')),
      ]);
      await notifier.tellChanged('schedules');
      await eventually(() => heard.length >= 2);
      expect(heard.toSorted()).toEqual(['one', 'two']);
      await offs[0]?.();
      await notifier.tellChanged('schedules');
      await notifier.tellChanged('configuration');
      await eventually(() => heard.includes('other') && heard.length >= 4);
      expect(heard.toSorted()).toEqual(['one', 'other', 'two', 'two']);
      await Promise.all(offs.map((off) => off()));
    });
  });
};
