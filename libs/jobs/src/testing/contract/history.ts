import { OTHER, type SeriesFigures } from '../../domain/history/job-figures.js';
import type { HistoryDelta, MinuteFigures } from '../../application/ports/history-store.js';
import { HOUR, MINUTE, type QueueUnderTest, type Subject } from './queue-under-test.js';

/** What happened to jobs, minute by minute: added up over recorders, each delta once, and forgotten after a day. */
export const history: Subject = (newQueue) => {
  let recorders = 0;

  const now = async ({ ports }: QueueUnderTest): Promise<number> =>
    (await ports.history.add({ recorder: 'clock', number: 1, minute: 0, most: 1, series: [] })).now;
  const minuteOf = (time: number): number => Math.floor(time / MINUTE) * MINUTE;
  const figures = (queue: string, part: Partial<SeriesFigures> = {}): SeriesFigures => ({
    queue,
    type: 'work',
    counts: [3, 2, 1],
    wait: [0, 1, 40, 1],
    duration: [13, 1],
    ...part,
  });
  const add = async (
    queue: QueueUnderTest,
    series: readonly SeriesFigures[],
    part: Partial<HistoryDelta> = {},
  ): Promise<HistoryDelta> => {
    const minute = minuteOf(await now(queue));
    const delta = { recorder: `recorder-${++recorders}`, number: 1, minute, most: 1_000, series, ...part };
    await queue.ports.history.add(delta);
    return delta;
  };
  const read = async (queue: QueueUnderTest, from = 0, type?: string): Promise<readonly MinuteFigures[]> =>
    queue.ports.history.read({ from, to: Infinity, queue: queue.queue, ...(type === undefined ? {} : { type }) });

  /** Buckets in order: a store may keep them in any. */
  const inOrder = (pairs: readonly number[]): readonly (readonly number[])[] =>
    pairs.flatMap((_, at) => (at % 2 === 0 ? [pairs.slice(at, at + 2)] : [])).toSorted(([a = 0], [b = 0]) => a - b);

  describe('the history', () => {
    it('adds up what recorders count of a series in a minute', async () => {
      const queue = newQueue();
      const { minute } = await add(queue, [figures(queue.queue)]);
      await add(queue, [figures(queue.queue, { counts: [1, 1, 1, 7], wait: [40, 2, 3, 1], duration: [] })], { minute });
      const [sum, ...rest] = await read(queue);
      expect(rest).toEqual([]);
      expect(sum).toMatchObject({ minute, queue: queue.queue, type: 'work', counts: expect.any(Array) });
      expect(sum?.counts.slice(0, 4)).toEqual([4, 3, 2, 7]);
      expect(inOrder(sum?.wait ?? [])).toEqual([
        [0, 1],
        [3, 1],
        [40, 3],
      ]);
      expect(sum?.duration).toEqual([13, 1]);
    });

    it('counts a delta once, however often it is told, and however late', async () => {
      const queue = newQueue();
      const first = await add(queue, [figures(queue.queue)]);
      const second = { ...first, number: 2, series: [figures(queue.queue, { counts: [10] })] };
      await queue.ports.history.add(first);
      await queue.ports.history.add(second);
      await queue.ports.history.add(second);
      await queue.ports.history.add(first);
      const [sum] = await read(queue);
      expect(sum?.counts[0]).toBe(13);
      expect(sum?.duration).toEqual([13, 2]);
    });

    it('keeps minutes and series apart, and reads a span, a queue and a type of them, oldest first', async () => {
      const queue = newQueue();
      const { minute } = await add(queue, [
        figures(queue.queue),
        figures(queue.queue, { type: 'mail' }),
        figures(`${queue.queue}-2`),
      ]);
      await add(queue, [figures(queue.queue)], { minute: minute - 5 * MINUTE });
      const found = (await read(queue)).map(({ minute: at, type }) => `${(at - minute) / MINUTE} ${type}`);
      expect(found[0]).toBe('-5 work');
      expect(found.slice(1).toSorted()).toEqual(['0 mail', '0 work']);
      expect(await read(queue, minute)).toHaveLength(2);
      expect(await read(queue, 0, 'mail')).toHaveLength(1);
      expect(await queue.ports.history.read({ from: 0, to: minute, queue: queue.queue })).toHaveLength(1);
      const everywhere = await queue.ports.history.read({ from: 0, to: Infinity, type: 'work' });
      expect(everywhere.filter((each) => each.queue.startsWith(queue.queue))).toHaveLength(3);
      expect(await read(queue, 0, 'nothing')).toEqual([]);
    });

    it('reads more minutes than one answer holds', async () => {
      const queue = newQueue();
      const minute = minuteOf(await now(queue));
      for (let ago = 0; ago < 70; ago++) {
        await add(queue, [figures(queue.queue)], { minute: minute - ago * MINUTE });
      }
      const found = await read(queue);
      expect(found.map(({ minute: at }) => at)).toEqual(
        Array.from({ length: 70 }, (_, index) => minute - (69 - index) * MINUTE),
      );
    });

    it('adds what is beyond the most series of a minute to one other', async () => {
      const queue = newQueue();
      // A minute of its own: the other tests' series count too.
      const minute = minuteOf(await now(queue)) - 10 * HOUR - recorders * MINUTE;
      const types = ['a', 'b', 'c', 'd'].map((type) => figures(queue.queue, { type, counts: [1], wait: [] }));
      await add(queue, types, { minute, most: 2 });
      await add(queue, types, { minute, most: 2 });
      const found = (await queue.ports.history.read({ from: minute, to: minute + 1 })).map(
        ({ type, counts }) => [type, counts[0]] as const,
      );
      expect(new Map(found)).toEqual(
        new Map([
          ['a', 2],
          ['b', 2],
          [OTHER, 4],
        ]),
      );
    });

    it('forgets a minute after a day, and takes none that is older', async () => {
      const queue = newQueue();
      const { minute } = await add(queue, [figures(queue.queue)]);
      await queue.advance(20 * HOUR);
      expect(await read(queue)).toHaveLength(1);
      await queue.advance(5 * HOUR);
      await add(queue, [figures(queue.queue)], { minute });
      expect(await read(queue)).toEqual([]);
    });
  });
};
