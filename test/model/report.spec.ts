import { runInNewContext } from 'node:vm';
import type { History } from './command.js';
import { follow } from './follow.js';
import { memoryStore, type OpenStore } from './stores.js';
import { tellHistories } from './tell-histories.js';

describe('a store that does other than the model', () => {
  let sound: OpenStore;
  let broken: OpenStore;

  beforeEach(() => {
    sound = memoryStore();
    const { ports, ...rest } = memoryStore();
    const jobs = Object.assign(Object.create(ports.jobs) as typeof ports.jobs, { retire: async () => undefined });
    broken = { ...rest, name: 'the forgetful store', ports: { ...ports, jobs } };
  });

  afterEach(() => Promise.all([sound.close(), broken.close()]));

  it('is told with a short history as a test, which fails with that store and passes with a sound one', async () => {
    const told = await tellHistories([sound, broken], { seed: 1, steps: 20_000 }).catch(
      (error: Error) => error.message,
    );
    expect(told).toMatch(/^the forgetful store is not as the model at step \d+, retire\. JOBS_MODEL_SEED=\d+ /);
    const { name, history } = readTest(String(told));
    expect(name).toMatch(/^the forgetful store is not as the model at step \d+, retire$/);
    expect(history.at(-1)?.kind).toBe('retire');
    expect(history.length).toBeLessThanOrEqual(3);
    await follow(history, [sound]);
    await expect(follow(history, [broken])).rejects.toThrow(name);
  });

  it('is one that answers otherwise, too', async () => {
    const control = Object.assign(Object.create(sound.ports.control) as typeof sound.ports.control, {
      promote: async () => [],
    });
    const silent = { ...sound, name: 'the silent store', ports: { ...sound.ports, control } };
    const history: History = [{ kind: 'promote', queue: 0, jobs: [1] }];
    await expect(follow(history, [silent])).rejects.toThrow(
      'the silent store answers other than the model at step 1, promote',
    );
  });
});

/** Runs the test that a report holds, with `it` and `follow` that note what they are given. */
function readTest(report: string): { readonly name: string; readonly history: History } {
  const text = /^it\([^]*\]\)\);$/m.exec(report)?.[0] ?? 'there is none';
  const noted: { name: string; history: History }[] = [];
  const it = (name: string, test: () => History): void => void noted.push({ name, history: test() });
  runInNewContext(text, { it, follow: (history: History) => history });
  const [found] = noted;
  if (found === undefined) {
    throw new Error(`No test is in the report: ${report}`);
  }
  return found;
}
