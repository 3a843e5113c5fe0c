import { type QueueOrder, queueOrder } from './queue-order.js';

const weighted = (weights: Record<string, number>, handled = Object.keys(weights)): QueueOrder =>
  queueOrder({ order: 'weighted', weights: new Map(Object.entries(weights)) }, () => handled);
const starts = (order: QueueOrder, number: number, has: (queue: string) => boolean = () => true): string =>
  Array.from({ length: number }, () => order.next(has) ?? '-').join('');

describe('queueOrder', () => {
  describe('weighted', () => {
    it('starts 10:5:1 in turns, whatever the weights have in common', () => {
      expect(starts(weighted({ o: 10, m: 5, r: 1 }), 32)).toBe('oooooooooommmmmroooooooooommmmmr');
      expect(starts(weighted({ o: 100, m: 50, r: 10 }), 16)).toBe('oooooooooommmmmr');
      expect(starts(weighted({ o: 7, m: 3 }), 10)).toBe('ooooooommm');
    });

    it('gives the rest of a turn up when the queue has no jobs, and saves nothing for later', () => {
      const order = weighted({ a: 3, b: 2 });
      expect(starts(order, 1)).toBe('a');
      expect(starts(order, 3, (queue) => queue === 'b')).toBe('bbb');
      expect(starts(order, 5)).toBe('baaab');
      expect(starts(order, 2, () => false)).toBe('--');
    });

    it('starves none, however unequal the weights', () => {
      const seen = starts(weighted({ a: 1_000, b: 1 }), 2_002);
      expect(seen.split('').filter((each) => each === 'b')).toHaveLength(2);
    });

    it('plans as it would start, and counts nothing by planning', () => {
      const order = weighted({ o: 10, m: 5, r: 1 });
      starts(order, 8);
      const plan = order.plan(9, () => true);
      expect([...plan]).toEqual([
        ['o', 3],
        ['m', 5],
        ['r', 1],
      ]);
      expect(starts(order, 9)).toBe('oommmmmro');
      expect(order.plan(3, () => false).size).toBe(0);
      expect(order.plan(0, () => true).size).toBe(0);
      expect([...order.plan(4, (queue) => queue === 'r')]).toEqual([['r', 4]]);
    });
  });

  it('strict takes the first that has jobs, and plans for that alone', () => {
    const order = queueOrder({ order: 'strict', queues: ['a', 'b'] }, () => ['b', 'a']);
    expect(order.strict).toBe(true);
    expect(starts(order, 3)).toBe('aaa');
    expect(starts(order, 1, (queue) => queue === 'b')).toBe('b');
    expect(starts(order, 1, () => false)).toBe('-');
    expect([...order.plan(5, (queue) => queue === 'b')]).toEqual([['b', 5]]);
    expect(order.plan(5, () => false).size).toBe(0);
    expect(order.plan(0, () => true).size).toBe(0);
    expect(order.turns()).toEqual([
      ['a', Infinity],
      ['b', Infinity],
    ]);
  });

  it('all takes the queues with handlers in turn', () => {
    expect(
      starts(
        queueOrder({ order: 'all' }, () => ['x', 'y', 'z']),
        7,
      ),
    ).toBe('xyzxyzx');
    expect(
      starts(
        queueOrder({ order: 'all' }, () => []),
        1,
      ),
    ).toBe('-');
  });

  it('leaves out queues without handlers, until one is added', () => {
    let handled = ['b'];
    const strict = queueOrder({ order: 'strict', queues: ['a', 'b'] }, () => handled);
    const share = queueOrder(
      {
        order: 'weighted',
        weights: new Map([
          ['a', 2],
          ['b', 4],
        ]),
      },
      () => handled,
    );
    const all = queueOrder({ order: 'all' }, () => handled);
    expect([strict.queues(), share.queues(), all.queues()]).toEqual([['b'], ['b'], ['b']]);
    handled = ['b', 'a'];
    expect([strict.queues(), share.queues(), all.queues()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['b', 'a'],
    ]);
    expect(starts(share, 6)).toBe('abbabb');
  });
});
