import { setTimeout as pause } from 'node:timers/promises';

import { waitFor } from '../servers/wait-for.js';
import { useStage } from './harness/stage.js';
import type { WorkerProcess } from './harness/worker-process.js';

const stage = useStage();

const WORKERS = 3;
/** Rounds in which each worker is replaced. */
const ROUNDS = 2;
/** Between two restarts, in milliseconds: a rolling deploy that is in a hurry. */
const BETWEEN = 2_000;

describe('rolling restarts under load: every worker in turn is told SIGTERM and replaced, again and again', () => {
  it('use up no attempt, and run no job twice but those whose handler outlived the deadline', async () => {
    const { journal } = stage();
    // With one attempt, one that was used up could not be made up for.
    const defaults = { retry: { attempts: 1 }, maxCrashes: 0 };
    const { jobs } = await stage().submitter({ defaults });
    const module = {
      defaults,
      worker: { size: 2, concurrency: 5 },
      lease: '60s',
      heartbeat: '1s',
      shutdown: { deadline: '1500ms' },
    } as const;
    const start = (): Promise<WorkerProcess> => stage().worker({ module, shutdownHooks: true });
    const workers = await Promise.all(Array.from({ length: WORKERS }, start));

    // Handlers that take as long as they are told, most of them less than a shutdown has; and a few that never end there.
    const ending = new AbortController();
    let submitted = 0;
    const load = (async () => {
      while (!ending.signal.aborted) {
        const batch = Array.from({ length: 20 }, (_, index) => ({
          type: 'slow',
          payload: { takes: index * 10 },
          options: { queue: 'work' },
        }));
        const receipts = await jobs.submitMany(batch);
        submitted += receipts.filter(({ status }) => status === 'added').length;
        await pause(250);
      }
    })();
    const outliving = await jobs.submitMany(
      Array.from({ length: 3 }, () => ({ type: 'gated', payload: {}, options: { queue: 'work' } })),
    );
    await journal.waitFor({ event: 'begun', type: 'gated' }, 3);

    const left: WorkerProcess[] = [];
    for (let turn = 0; turn < WORKERS * ROUNDS; turn += 1) {
      const leaving = workers.shift() as WorkerProcess;
      await leaving.kill('SIGTERM');
      // The next one is there before this one has gone, as deploys have it.
      workers.push(await start());
      left.push(leaving);
      await pause(BETWEEN);
    }
    for (const worker of left) {
      expect(await worker.exited).toEqual({ code: null, signal: 'SIGTERM' });
      expect(worker.stderr).toBe('');
    }
    ending.abort();
    await load;
    for (const worker of workers) worker.open('gate');
    await waitFor(async () => (await jobs.stats()).byState.completed === submitted + outliving.length, {
      what: 'every job to be done',
      timeout: 60_000,
    });

    const { jobs: all, problems } = await stage().audit();
    expect(problems).toEqual([]);
    expect(all.filter(({ attempts, crashes, flags }) => attempts !== 1 || crashes > 0 || flags !== '')).toEqual([]);
    const released = new Set(journal.entries({ event: 'aborted', detail: 'shutdown' }).map(({ job }) => job));
    expect(released.size).toBeGreaterThanOrEqual(outliving.length);
    // Those that were begun more than once were all told to end before, and each attempt was the first.
    const twice = [...journal.repeated('begun').keys()];
    expect(twice.filter((job) => !released.has(job))).toEqual([]);
    expect(new Set(journal.entries({ event: 'begun' }).map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(journal.count({ event: 'begun', type: 'gated' })).toBeGreaterThan(outliving.length);
    expect(journal.repeated('done').size).toBe(0);
    expect(journal.count({ event: 'told', detail: 'lost-lease' })).toBe(0);
  }, 180_000);
});
