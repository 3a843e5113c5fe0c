import { writeFileSync } from 'node:fs';

import { waitFor } from '../servers/wait-for.js';
import { useStage } from './harness/stage.js';
import type { WorkerProcess } from './harness/worker-process.js';

const stage = useStage();

/** Short enough to be waited for, and long enough for the process that is not blocked on a busy machine. */
const BLOCKABLE = { lease: '2s', heartbeat: '500ms' } as const;

describe('a job that blocks the event loop for longer than the lease', () => {
  it('is named by each process that it blocks, its late outcomes are refused, its neighbours complete, and it is given up', async () => {
    const { journal } = stage();
    const blockUntil = `${journal.file}.released`;
    const release = ({ pid }: WorkerProcess): void => writeFileSync(`${blockUntil}.${pid}`, '');
    const { jobs } = await stage().submitter();
    const workers = [await stage().worker({ module: BLOCKABLE }), await stage().worker({ module: BLOCKABLE })];
    await jobs.submitMany(
      Array.from({ length: 8 }, () => ({ type: 'gated', payload: {}, options: { queue: 'work' } })),
    );
    await journal.waitFor({ event: 'begun', type: 'gated' }, 8);

    const job = await jobs.submit('blocking', { blockUntil }, { queue: 'work', maxCrashes: 1 });
    const runs = await journal.waitFor({ event: 'begun', job: job.id }, 2);
    const [first, second] = runs.map(({ pid }) => workers.find((worker) => worker.pid === pid) as WorkerProcess);
    if (first === undefined || second === undefined) throw new Error('two processes run it');
    expect(second).not.toBe(first);

    // It goes on, and finds that the other is blocked by the same job.
    release(first);
    await waitFor(async () => (await job.get())?.state === 'failed', { what: 'the job to be given up' });
    release(second);
    const report = `The event loop was blocked for [\\d.]+m?s, of a lease of 2s, by job ${job.id} of type 'blocking'`;
    for (const worker of [first, second]) {
      await worker.waitForLine(new RegExp(report));
      await journal.waitFor({ event: 'told', job: job.id, detail: 'lost-lease', pid: worker.pid });
      worker.open('gate');
    }

    const audit = await stage().settled();
    expect(audit.byState).toEqual(
      new Map([
        ['completed', 8],
        ['failed', 1],
      ]),
    );
    expect(audit.jobs.filter(({ state, crashes }) => state === 'completed' && crashes > 0)).toEqual([]);
    expect(journal.count({ event: 'told', job: job.id, detail: 'completed' })).toBe(0);
    const line = await waitFor(async () => (await job.get())?.log.length === 2 && (await job.get())?.log, {
      what: 'both reports to lie with the job',
    });
    expect(line.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        `^The event loop of \\S+:${first.pid}:\\S+ was blocked for \\S+, of a lease of 2s, by this job$`,
      ),
      expect.stringMatching(
        `^The event loop of \\S+:${second.pid}:\\S+ was blocked for \\S+, of a lease of 2s, by this job$`,
      ),
    ]);
    const { jobs: dead } = await jobs.deadLetters('work').list();
    expect(dead).toMatchObject([
      {
        type: 'blocking',
        attempts: 0,
        crashes: 1,
        error: {
          code: 'crashed',
          message:
            'The process that ran it died, or was blocked beyond its lease, 1 times with this job under suspicion',
        },
      },
    ]);
    // The neighbours are not blamed, wherever they ran.
    const blamed = [first, second].flatMap(({ lines }) => lines.filter((text) => text.includes("of type 'gated'")));
    expect(blamed).toEqual([]);
  });
});
