import { MAX_PREFETCH, Prefetch } from './prefetch.js';

describe('Prefetch', () => {
  it('claims nothing ahead until something is known, nor without slots', () => {
    const prefetch = new Prefetch();
    expect(prefetch.ahead(10)).toBe(0);
    prefetch.record(1);
    expect(prefetch.ahead(0)).toBe(0);
  });

  it.each([
    [0, 1, MAX_PREFETCH],
    [0.01, 1, MAX_PREFETCH],
    [0.05, 1, 600],
    [1, 4, 120],
    [10, 4, 12],
    [100, 3, 0],
    [60_000, 100, 0],
  ])('holds, for attempts of %d ms on %d slots, %d jobs ahead', (duration, slots, ahead) => {
    const prefetch = new Prefetch();
    prefetch.record(duration);
    expect(prefetch.ahead(slots)).toBe(ahead);
  });

  it('follows the durations, and forgets them', () => {
    const prefetch = new Prefetch();
    prefetch.record(1);
    prefetch.record(10_000);
    expect(prefetch.ahead(10)).toBe(0);
    for (let index = 0; index < 200; index++) {
      prefetch.record(1);
    }
    expect(prefetch.ahead(10)).toBeGreaterThan(200);
    prefetch.forget();
    expect(prefetch.ahead(10)).toBe(0);
  });
});
