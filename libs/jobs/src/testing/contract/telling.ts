import { KEPT_EVENTS, type ProcessEvent } from '../../application/ports/event-log.js';
import { eventually } from './eventually.js';
import { HOUR, MINUTE, type QueueUnderTest, SECOND, type Subject } from './queue-under-test.js';

/** The log of events that processes tell each other, and who asks for them. */
export const telling: Subject = (newQueue) => {
  const event = ({ queue }: QueueUnderTest, id: string): ProcessEvent => ({
    kind: 'started',
    state: 'running',
    queue,
    id,
    type: 'work',
    priority: 0,
    holder: 'host:1:x',
    attempt: 1,
    worker: 'host:1:x#1',
  });
  const newest = async ({ ports }: QueueUnderTest) => (await ports.events.read(0, 1)).newest;

  describe('the log of events', () => {
    it('keeps events in order, numbered without gaps, at the time of the store', async () => {
      const queue = newQueue();
      const { events: log } = queue.ports;
      const before = await newest(queue);
      await log.append([event(queue, 'one'), event(queue, 'two')]);
      await queue.advance(MINUTE);
      await log.append([event(queue, 'three')]);
      const page = await log.read(before, 10);
      expect(page.newest).toBe(before + 3);
      expect(page.events.map(({ number }) => number)).toEqual([before + 1, before + 2, before + 3]);
      expect(page.events.map((each) => each.event)).toEqual(['one', 'two', 'three'].map((id) => event(queue, id)));
      const [one, two, three] = page.events.map(({ at }) => at) as [number, number, number];
      expect(two).toBe(one);
      expect(three).toBeGreaterThanOrEqual(one + MINUTE);
    });

    it('is read in pages, and has nothing behind its newest', async () => {
      const queue = newQueue();
      const { events: log } = queue.ports;
      const before = await newest(queue);
      await log.append(['one', 'two', 'three'].map((id) => event(queue, id)));
      const first = await log.read(before, 2);
      expect([first.events.length, first.newest]).toEqual([2, before + 3]);
      const second = await log.read(before + 2, 2);
      expect(second.events.map(({ event: read }) => 'id' in read && read.id)).toEqual(['three']);
      expect(await log.read(before + 3, 2)).toEqual({ events: [], newest: before + 3 });
      expect(await log.read(before + 1_000, 2)).toEqual({ events: [], newest: before + 3 });
    });

    it('forgets the oldest, and keeps as many as it says', async () => {
      const queue = newQueue();
      const { events: log } = queue.ports;
      const before = await newest(queue);
      const more = Array.from({ length: 1_500 }, (_, index) => event(queue, `job-${index}`));
      for (let told = 0; told < KEPT_EVENTS + 3_000; told += more.length) {
        await log.append(more);
      }
      const { events, newest: last } = await log.read(before, 1);
      const oldest = events[0]?.number ?? 0;
      expect(oldest).toBeGreaterThan(before + 1);
      expect(last - oldest + 1).toBeGreaterThanOrEqual(KEPT_EVENTS);
      expect(last - oldest + 1).toBeLessThan(KEPT_EVENTS + 2_000);
    });

    it('wakes those who listen for new events', async () => {
      const queue = newQueue();
      const { events: log, notifier } = queue.ports;
      let woken = 0;
      const off = await notifier.onChanged('events', () => void woken++);
      await log.append([event(queue, 'one')]);
      await eventually(() => woken > 0);
      await off();
    });

    it('knows for which queues somebody asks, until they ask no more', async () => {
      const queue = newQueue();
      const { events: log, processes } = queue.ports;
      const asked = async () => (await log.listened()).filter((each) => each.queue === queue.queue);
      expect(await asked()).toEqual([]);
      expect(await log.listen([queue.queue, '*'], 10 * MINUTE)).toBe(await newest(queue));
      await log.listen([queue.queue], SECOND);
      const [left] = await asked();
      expect(left?.milliseconds).toBeLessThanOrEqual(10 * MINUTE);
      expect(left?.milliseconds).toBeGreaterThan(8 * MINUTE);
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
      const news = await processes.publish(record, 0);
      expect(news.listened.map((each) => each.queue)).toEqual(expect.arrayContaining([queue.queue, '*']));
      expect(news.newestEvent).toBe(await newest(queue));
      await queue.advance(HOUR);
      expect(await asked()).toEqual([]);
      expect((await processes.publish(record, 0)).listened).toEqual([]);
      await processes.retire(record.holder);
    });
  });
};
