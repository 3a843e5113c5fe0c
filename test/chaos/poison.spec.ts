import { useStage } from './harness/stage.js';
import { MORTAL, type WorkerProcess } from './harness/worker-process.js';

const stage = useStage();

/** Starts a worker again whenever it ends, as whatever supervises processes does. Answers how to stop that. */
function supervise(start: () => Promise<WorkerProcess>): { readonly deaths: () => number; stop(): Promise<void> } {
  let stopping = false;
  let deaths = 0;
  let current: WorkerProcess | undefined;
  const live = async (): Promise<void> => {
    current = await start();
    if (stopping) await current.kill();
    const { code } = await current.exited;
    if (code === 7) deaths += 1;
    if (!stopping) await live();
  };
  const life = live();
  const stop = async (): Promise<void> => {
    stopping = true;
    await current?.kill();
    await life;
  };
  stage().atEnd(stop);
  return { deaths: () => deaths, stop };
}

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

    const workers = [1, 2].map(() => supervise(() => stage().launch({ module: MORTAL })));
    const audit = await stage().settled('work', 50_000);
    expect(workers.reduce((sum, { deaths }) => sum + deaths(), 0)).toBe(3);
    await Promise.all(workers.map((worker) => worker.stop()));

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
