import { every } from 'nestjs-jobs';
import { setTimeout as pause } from 'node:timers/promises';

import { waitFor } from '../servers/wait-for.js';
import { QUEUE } from './fixtures/worker-options.js';
import { Seeded } from './harness/seeded.js';
import { useStage } from './harness/stage.js';
import { MORTAL } from './harness/worker-process.js';

const stage = useStage();

/** Real time, in milliseconds. */
const LASTS = 10_000;

describe('processes that are killed at random', () => {
  it('fire each second of a schedule exactly once', async () => {
    const { journal } = stage();
    const random = Seeded.fromEnvironment();
    const { seed } = random;
    const declared = [{ id: 'tick', expression: every('1s'), type: 'note', queue: QUEUE, missed: 'all' as const }];
    const workers = Array.from({ length: 3 }, () =>
      stage().supervised({ module: { ...MORTAL, schedules: { declared } } }),
    );
    await waitFor(() => journal.count({ event: 'done' }) > 0, { what: 'the first occurrence' });
    for (const until = Date.now() + LASTS; Date.now() < until;) {
      await pause(random.between(100, 900));
      await workers[random.between(0, workers.length - 1)]?.signal('SIGKILL');
    }
    const killedUntil = Date.now();
    await waitFor(() => times().at(-1) !== undefined && (times().at(-1) as number) > killedUntil, {
      what: 'an occurrence after the last death',
    });
    await Promise.all(workers.map((worker) => worker.stop()));

    // Every second from the first to the last has its job, and none has two: their ids tell the occurrence.
    const seconds = times();
    const first = seconds[0] as number;
    expect({ seed, seconds: seconds.map((time) => (time - first) / 1_000) }).toEqual({
      seed,
      seconds: seconds.map((_, index) => index),
    });
    const { jobs, problems } = await stage().audit();
    expect({ seed, problems }).toEqual({ seed, problems: [] });
    const ofSchedule = jobs.filter(({ id }) => id.startsWith('tick@'));
    expect(ofSchedule.length).toBeGreaterThanOrEqual(seconds.length);
    expect(new Set(ofSchedule.map(({ id }) => id)).size).toBe(ofSchedule.length);

    /** The occurrences whose jobs have begun. */
    function times(): readonly number[] {
      const ids = journal.entries({ event: 'begun' }).map(({ job }) => job);
      return [...new Set(ids)].map((id) => Date.parse(id.slice('tick@'.length))).sort((a, b) => a - b);
    }
  });
});
