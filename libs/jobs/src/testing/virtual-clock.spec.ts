import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = new VirtualClock(1_000);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250]);
  });

  it('fires timers in order of time, then of setting, each at its own time', async () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const note = (name: string) => (): void => void fired.push(`${name}@${clock.now()}`);
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    clock.after(31, note('never'));
    expect(clock.nextTimerIn).toBe(10);
    await clock.advance(30);
    expect(fired).toEqual(['first@10', 'second@10', 'late@20']);
    expect(clock.nextTimerIn).toBe(1);
  });

  it('fires timers that promises set on the way', async () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    const sleep = (milliseconds: number) => new Promise<void>((resolve) => void clock.after(milliseconds, resolve));
    const worker = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        await sleep(10);
        fired.push(clock.now());
      }
    };
    const done = worker();
    await clock.advance(30);
    await done;
    expect(fired).toEqual([10, 20, 30]);
  });

  it('does not fire what was called off', async () => {
    const clock = new VirtualClock();
    const fired = jest.fn();
    clock.after(10, fired)();
    await clock.advance(10);
    expect(fired).not.toHaveBeenCalled();
    expect(clock.nextTimerIn).toBeUndefined();
  });

  it('fires late what falls due while it is blocked, and counts that as no waiting', async () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    clock.after(10, () => fired.push(clock.now()));
    await clock.advance(5);
    clock.block(30);
    expect([clock.now(), clock.monotonic(), clock.idle(), fired]).toEqual([35, 35, 5, []]);
    await clock.advance(1);
    expect([clock.now(), clock.idle(), fired]).toEqual([36, 6, [35]]);
  });

  it('refuses to go back', async () => {
    await expect(new VirtualClock().advance(-1)).rejects.toThrow('time goes forward');
    expect(() => new VirtualClock().block(-1)).toThrow('time goes forward');
  });
});
