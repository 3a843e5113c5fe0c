import * as fc from 'fast-check';
import type { ChangeOptions, ConfigurationPatch } from 'nestjs-jobs';
import { startEngine, type TestEngine } from '../engine/start-engine.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judged } from './judge.js';
import { nastyText } from './nasty-texts.js';
import { mostlyRight, nasty } from './nasty-values.js';
import { duration, queueName } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

const limit = fc.constantFrom<unknown>(1, 100, 'unlimited', null);
const change = mostlyRight({
  workers: fc.dictionary(
    fc.oneof(fc.constant('team1'), nastyText),
    mostlyRight({ size: fc.constantFrom(1, 2, null), concurrency: fc.constant(2) }),
    { maxKeys: 2 },
  ),
  queues: fc.dictionary(
    queueName,
    mostlyRight({
      concurrency: limit,
      maxDepth: limit,
      maxScheduled: limit,
      onFull: fc.constant('reject'),
      retain: mostlyRight({ age: duration, count: fc.nat() }),
      paused: fc.boolean(),
    }),
    { maxKeys: 2 },
  ),
  defaults: mostlyRight({
    timeout: duration,
    retry: mostlyRight({ attempts: fc.constant(3), backoff: fc.constant('fixed'), jitter: fc.constant(0.2) }),
  }),
  log: mostlyRight({ level: fc.constantFrom('error', 'debug') }),
});
const options = mostlyRight({
  by: fc.oneof({ weight: 5, arbitrary: fc.constant('somebody') }, { weight: 1, arbitrary: nastyText }),
}).map((told) =>
  told !== null && typeof told === 'object' && Object.keys(told).length === 0 ? { by: 'somebody' } : told,
);

describe('any change of the configuration', () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine({ listens: false, handlers: { known: () => undefined } });
  });

  afterAll(() => engine.close());

  it('is in force and can be taken back, or leaves the configuration as it was', async () => {
    const { configuration } = engine;
    await fuzz(fc.tuple(change, options), 2_000, async ([patch, told]) => {
      const before = await configuration.current();
      const changed = await judged(() => configuration.change(patch as ConfigurationPatch, told as ChangeOptions));
      const now = await configuration.current();
      if (changed.ok) {
        expect(now).toEqual(changed.value);
        await configuration.effective();
        await configuration.revert(0, { by: 'the test' });
        expect((await configuration.current()).changed).toEqual({});
      } else {
        expect(now).toEqual(before);
      }
    });
  });

  it('of any version is gone back to, or refused', async () => {
    await fuzz(fc.tuple(nasty, options), 500, async ([version, told]) => {
      await judged(() => engine.configuration.revert(version as number, told as ChangeOptions));
    });
  });
});
