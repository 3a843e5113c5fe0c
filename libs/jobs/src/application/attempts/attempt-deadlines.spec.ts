import { VirtualClock } from '../../testing/virtual-clock.js';
import { AttemptDeadlines } from './attempt-deadlines.js';

describe('AttemptDeadlines', () => {
  const clock = new VirtualClock();
  const expired: string[] = [];
  const timed = (name: string, milliseconds: number) => ({
    expiresAt: clock.monotonic() + milliseconds,
    expire: () => void expired.push(`${name} at ${clock.monotonic()}`),
  });

  beforeEach(() => expired.splice(0));

  it('expires each at its time, with one timer for all', async () => {
    const deadlines = new AttemptDeadlines(clock);
    const begun = clock.monotonic();
    deadlines.add(timed('late', 500));
    deadlines.add(timed('early', 100));
    deadlines.add(timed('also early', 100));
    const removed = timed('removed', 200);
    deadlines.add(removed);
    deadlines.remove(removed);
    await clock.advance(1_000);
    expect(expired).toEqual([`early at ${begun + 100}`, `also early at ${begun + 100}`, `late at ${begun + 500}`]);
    expect(clock.nextTimerIn).toBeUndefined();
  });

  it('takes new ones while it expires others, and after a rest', async () => {
    const deadlines = new AttemptDeadlines(clock);
    const begun = clock.monotonic();
    deadlines.add({
      expiresAt: begun + 10,
      expire: () => deadlines.add(timed('nested', 5)),
    });
    await clock.advance(100);
    deadlines.add(timed('rested', 50));
    await clock.advance(100);
    expect(expired).toEqual([`nested at ${begun + 15}`, `rested at ${begun + 150}`]);
  });

  it('waits longer than a timer can', async () => {
    const deadlines = new AttemptDeadlines(clock);
    const month = 31 * 86_400_000;
    const at = clock.monotonic() + month;
    deadlines.add(timed('a month', month));
    expect(clock.nextTimerIn).toBe(2 ** 31 - 1);
    await clock.advance(month);
    expect(expired).toEqual([`a month at ${at}`]);
  });

  it('leaves no timer behind', () => {
    const deadlines = new AttemptDeadlines(clock);
    deadlines.add(timed('never', 100));
    deadlines.close();
    expect(clock.nextTimerIn).toBeUndefined();
  });
});
