import fc from 'fast-check';
import { every } from '../../libs/jobs/src/domain/timetable/builders.js';
import { ScheduleService } from '../../libs/jobs/src/application/scheduling/schedule-service.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { startEngine, type TestEngine } from './start-engine.js';
import { withFaults } from './store-faults.js';

const PROCESSES = 10;
const SECOND = 1_000;
/** Virtual time of one history. */
const LASTS = 60 * SECOND;

interface Mortal {
  readonly engine: TestEngine;
  /** Nothing it sends arrives any more, and nothing comes back: at whatever it was. */
  die(): void;
}

describe('ten processes that are killed all the time', () => {
  it('submit each occurrence of a schedule exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Which process dies next, and after how long.
        fc.array(fc.tuple(fc.nat(PROCESSES - 1), fc.integer({ min: 1, max: 4_000 })), { minLength: 20, maxLength: 40 }),
        async (deaths) => {
          const clock = new VirtualClock();
          const ports = createMemoryStore({ clock });
          const dead: Mortal[] = [];
          const boot = async (): Promise<Mortal> => {
            const wrapped = withFaults(ports);
            const engine = await startEngine({ clock, ports: wrapped.ports, handlers: { tick: () => undefined } });
            return { engine, die: () => wrapped.faults.set('hangs') };
          };
          const witness = await startEngine({ clock, ports, workers: [] });
          const living = await Promise.all(Array.from({ length: PROCESSES }, boot));
          const begun = clock.now();
          await witness
            .get(ScheduleService)
            .upsert({ id: 'tick', expression: every('1s'), type: 'tick', missed: 'all' });

          for (const [index, after] of deaths) {
            await clock.advance(after);
            living[index]?.die();
            dead.push(living[index] as Mortal);
            living[index] = await boot();
          }
          await clock.advance(Math.max(LASTS - (clock.now() - begun), 2 * SECOND));

          const last = Math.floor(clock.now() / SECOND) * SECOND;
          const expected: string[] = [];
          for (let time = begun + SECOND; time <= last - SECOND; time += SECOND) {
            expected.push(`tick@${new Date(time).toISOString()}`);
          }
          const records = await ports.inspector.get('default', expected);
          expect(records.filter((record) => record === undefined)).toEqual([]);
          const schedule = await witness.get(ScheduleService).get('tick');
          // Whatever was submitted twice would have been counted twice.
          const counts = await ports.inspector.counts('default');
          const jobs = Object.values(counts.byState).reduce((sum, each) => sum + each, 0);
          expect(schedule?.runCount).toBe(jobs);
          expect(jobs - expected.length).toBeLessThanOrEqual(2);

          await Promise.all(
            [witness, ...[...living, ...dead].map(({ engine }) => engine)].map((engine) => engine.close()),
          );
        },
      ),
      { numRuns: 4 },
    );
  });
});
