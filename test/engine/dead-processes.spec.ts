import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { startEngine, type TestEngine } from './start-engine.js';
import { withFaults } from './store-faults.js';

/** Those who look for the dead do not all look at the same moment. */
const SPREAD = 200;

describe('a job of a process that has died', () => {
  it.each([
    ['by default', 15_000, 5_000],
    ['with a lease of 1.8 s', 1_800, 600],
  ])('begins elsewhere as soon as the lease has passed: %s', async (_, lease, heartbeat) => {
    // Whenever it dies, early or late after a heartbeat of its own and of the other.
    for (const moment of [0, 0.3, 0.6, 0.9]) {
      const clock = new VirtualClock();
      const ports = createMemoryStore({ clock });
      const begun: string[] = [];
      const start = (name: string, reached = ports): Promise<TestEngine> =>
        startEngine({
          clock,
          ports: reached,
          settings: { lease, heartbeat },
          handlers: {
            long: () => {
              begun.push(name);
              return name === 'dead' ? new Promise(() => undefined) : undefined;
            },
          },
        });
      const { ports: itsPorts, faults } = withFaults(ports);
      const dead = await start('dead', itsPorts);
      await dead.jobs.submit('long');
      await dead.until(() => begun.length === 1);
      const other = await start('other');
      await clock.advance(heartbeat * (2 + moment));
      faults.set('rejects');

      await clock.advance(lease + SPREAD);
      expect(begun).toEqual(['dead', 'other']);

      faults.set('up');
      await Promise.all([dead.close(), other.close()]);
    }
  });

  it('costs those who live no more heartbeats', async () => {
    const clock = new VirtualClock();
    const ports = createMemoryStore({ clock });
    const [first, second] = [withFaults(ports), withFaults(ports)];
    const handlers = { idle: () => undefined };
    const engines = [
      await startEngine({ clock, ports: first.ports, handlers }),
      await startEngine({ clock, ports: second.ports, handlers }),
    ];
    const before = first.faults.count('tick');
    await clock.advance(60_000);
    expect(first.faults.count('tick') - before).toBeLessThanOrEqual(15);
    await Promise.all(engines.map((engine) => engine.close()));
  });
});
