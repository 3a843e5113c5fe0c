import { VirtualClock } from '../../testing/virtual-clock.js';
import type { Claim } from '../ports/job-store.js';
import { type Held, IDLE_RECHECK, QueueLane } from './queue-lane.js';

const held = (id: string): Held => ({ job: { id }, token: 1 }) as unknown as Held;
const claim = (over: Partial<Claim> = {}): Claim => ({
  token: 0,
  jobs: [],
  more: false,
  moreSuspects: false,
  now: 1_000,
  ...over,
});

describe('QueueLane', () => {
  let clock: VirtualClock;
  let lane: QueueLane;

  beforeEach(() => {
    clock = new VirtualClock();
    lane = new QueueLane('q', clock);
  });

  describe('idle', () => {
    it('is known from an empty claim, believed briefly, and longer while a sleeper listens', async () => {
      expect(lane.idle(true)).toBe(false);
      lane.ask(5);
      lane.learn(claim(), 5);
      expect([lane.idle(true), lane.idle(false)]).toEqual([true, true]);
      await clock.advance(IDLE_RECHECK);
      expect([lane.idle(true), lane.idle(false)]).toEqual([true, false]);
      lane.wake();
      expect(lane.idle(true)).toBe(false);
    });

    it('ends when half of the room that the store knows of is used up by jobs that it handed over', () => {
      lane.ask(5);
      lane.learn(claim(), 5);
      lane.standBy(4);
      lane.handed({ jobs: ['one'] });
      expect(lane.idle(true)).toBe(true);
      lane.handed({ jobs: ['another'] });
      expect(lane.idle(true)).toBe(false);
    });

    it('is not learnt from a claim that brought all it asked for, or left more behind', () => {
      lane.ask(1);
      lane.learn(claim({ jobs: [held('a').job] }), 1);
      expect(lane.idle(true)).toBe(false);
      lane.learn(claim({ jobs: [held('a').job], more: true }), 5);
      expect([lane.idle(true), lane.cutShort]).toEqual([false, true]);
    });

    it('is not learnt from a claim during which the lane was woken: its answer may be older than the news', () => {
      lane.ask(5);
      lane.wake();
      lane.learn(claim(), 5);
      expect(lane.idle(true)).toBe(false);
      lane.ask(5);
      lane.learn(claim(), 5);
      expect(lane.idle(true)).toBe(true);
    });

    it('ends when the next job falls due, and a store that says "now" and gives nothing is not asked at once', async () => {
      lane.ask(5);
      lane.learn(claim({ dueIn: 200 }), 5);
      expect(lane.dueIn).toBe(200);
      await clock.advance(200);
      expect(lane.idle(true)).toBe(false);
      lane.learn(claim({ dueIn: 0 }), 5);
      expect(lane.idle(true)).toBe(true);
      lane.setDue(undefined);
      expect(lane.dueIn).toBe(Infinity);
    });
  });

  it('asks about each waiting job once when some are withdrawn, and keeps the others in order', () => {
    ['a', 'b', 'c', 'd'].forEach((id) => lane.hold(held(id)));
    let asked = 0;
    const withdrawn = lane.withdraw(() => ++asked > 2);
    expect(withdrawn.map(({ job }) => job.id)).toEqual(['c', 'd']);
    expect(lane.buffered.map(({ job }) => job.id)).toEqual(['a', 'b']);
    expect(asked).toBe(4);
    expect(lane.take(({ job }) => job.id === 'b')?.job.id).toBe('b');
    expect(lane.take(() => true)?.job.id).toBe('a');
    expect(lane.take(() => true)).toBeUndefined();
  });

  it('forgets a lease, and not a later one on the same job', () => {
    const [first, second] = [held('a'), held('a')];
    expect(lane.hold(first)).toBeUndefined();
    expect(lane.hold(second)).toBe(first);
    lane.drop(first);
    expect(lane.held.get('a')).toBe(second);
    second.cleared = true;
    expect(lane.leases()).toEqual([{ id: 'a', token: 1, cleared: true }]);
    lane.drop(second);
    expect(lane.leases()).toEqual([]);
  });

  it('runs claims and ticks one after another, also after one that failed', async () => {
    const order: string[] = [];
    const failed = lane.exclusive(async () => {
      await clock.settle();
      order.push('first');
      throw new Error('away');
    });
    const second = lane.exclusive(async () => void order.push('second'));
    await expect(failed).rejects.toThrow('away');
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it("knows the store's time from what it last said", async () => {
    lane.sync(50_000);
    const at = clock.monotonic();
    await clock.advance(70);
    expect(lane.storeTimeAt(at)).toBe(50_000);
    expect(lane.storeTimeAt(clock.monotonic())).toBe(50_070);
  });
});
