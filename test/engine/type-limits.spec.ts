import { startEngine, type TestEngine } from './start-engine.js';

describe("a type's own limit in a process", () => {
  let engine: TestEngine;

  afterEach(() => engine.close());

  it('does not slow short jobs down: they wait here, not in the queue', async () => {
    let done = 0;
    let running = 0;
    let most = 0;
    engine = await startEngine({
      workers: [{ size: 10, concurrency: 5 }],
      handlers: {
        short: [
          async () => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => engine.clock.after(4, resolve));
            running--;
            done++;
          },
          { concurrency: 10 },
        ],
      },
    });
    await engine.jobs.submitMany(Array.from({ length: 300 }, () => ({ type: 'short' })));
    const began = engine.clock.now();
    await engine.until(() => done === 300);
    // 300 jobs of 4 ms, ten at a time, are 120 ms of work; putting them off would take seconds.
    expect(engine.clock.now() - began).toBeLessThan(1_000);
    expect(most).toBe(10);
    expect(engine.events.filter(({ kind }) => kind === 'released')).toEqual([]);
  });
});
