import { VirtualClock } from '../../testing/virtual-clock.js';
import { TypeLimits } from './type-limits.js';

describe('TypeLimits', () => {
  const clock = new VirtualClock();
  const limited = { type: 'narrow', concurrency: 2 };

  it('lets as many of a type begin as its limit is, and any number of one without', () => {
    const limits = new TypeLimits(clock);
    const free = { type: 'free' };
    for (let index = 0; index < 10; index++) {
      expect(limits.mayBegin(free)).toBe(true);
      limits.begun(free);
    }
    limits.begun(limited);
    expect(limits.mayBegin(limited)).toBe(true);
    limits.begun(limited);
    expect(limits.mayBegin(limited)).toBe(false);
    limits.ended(limited, 5);
    expect(limits.mayBegin(limited)).toBe(true);
    limits.ended(free, 5);
  });

  it('puts the first off for half a second, and a line one after another, up to a minute', () => {
    const limits = new TypeLimits(clock);
    const delays = Array.from({ length: 1_000 }, () => limits.deferral(limited));
    expect(delays.slice(0, 4)).toEqual([500, 500, 750, 1_000]);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...delays.slice(500))).toBeGreaterThanOrEqual(30_000);
  });

  it('brings quick ones back more densely, and starts anew once the line has passed', async () => {
    const limits = new TypeLimits(clock);
    for (let index = 0; index < 50; index++) {
      limits.begun(limited);
      limits.ended(limited, 2);
    }
    const delays = Array.from({ length: 400 }, () => limits.deferral(limited));
    expect(delays.at(-1)).toBeLessThanOrEqual(510);
    await clock.advance(10_000);
    expect(limits.deferral(limited)).toBe(500);
  });
});
