import { SystemClock } from './system-clock.js';

describe('the system clock', () => {
  it('tells time that the event loop waits from time in which it is blocked', async () => {
    const clock = new SystemClock();
    const before = clock.idle();
    const until = clock.monotonic() + 60;
    while (clock.monotonic() < until);
    expect(clock.idle()).toBe(before);
    await new Promise<void>((resolve) => void clock.after(60, resolve));
    expect(clock.idle()).toBeGreaterThan(before + 10);
  });
});
