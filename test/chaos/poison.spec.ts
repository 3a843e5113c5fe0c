import { useStage } from './harness/stage.js';
import { MORTAL } from './harness/worker-process.js';

const stage = useStage();

describe('a job that takes its process with it', () => {
  it('is given up as crashed after maxCrashes, and its neighbours complete', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter({ defaults: { maxCrashes: 2 } });
    await jobs.submitMany(
      Array.from({ length: 10 }, () => ({ type: 'note', payload: {}, options: { queue: 'work' } })),
    );
    await jobs.submitMany([{ type: 'poison', payload: {}, options: { queue: 'work' } }]);
    await jobs.submitMany(
      Array.from({ length: 30 }, () => ({ type: 'note', payload: {}, options: { queue: 'work' } })),
    );

    const workers = [stage().supervised({ module: MORTAL }), stage().supervised({ module: MORTAL })];
    const audit = await stage().settled('work', 50_000);
    expect(workers.flatMap(({ deaths }) => deaths).map(({ code }) => code)).toEqual([7, 7, 7]);

    expect(audit.byState).toEqual(
      new Map([
        ['completed', 40],
        ['failed', 1],
      ]),
    );
    const { jobs: dead } = await jobs.deadLetters('work').list();
    expect(dead).toMatchObject([{ type: 'poison', attempts: 0, crashes: 2, error: { code: 'crashed' } }]);
    expect(journal.count({ event: 'begun', type: 'poison' })).toBe(3);
    expect(audit.jobs.filter(({ state, crashes }) => state === 'completed' && crashes > 0)).toEqual([]);
  });
});
