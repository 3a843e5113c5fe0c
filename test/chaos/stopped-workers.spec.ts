import { waitFor } from '../servers/wait-for.js';
import { useStage } from './harness/stage.js';
import { HEIR, MORTAL } from './harness/worker-process.js';

const stage = useStage();

/** Leases of a process that is not dead and must outlive the test's own waits on a busy machine, until it is stopped. */
const STOPPABLE = { ...MORTAL, lease: '3s' } as const;

describe('a worker process that is stopped for longer than its lease', () => {
  it('loses the job to another, is told to stop, and its outcome is refused', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const zombie = await stage().worker({ module: STOPPABLE });
    const job = await jobs.submit('gated', { deaf: true });
    await journal.waitFor({ event: 'begun', pid: zombie.pid });
    await zombie.kill('SIGSTOP');

    const heir = await stage().worker({ module: HEIR });
    await journal.waitFor({ event: 'begun', pid: heir.pid });
    await zombie.kill('SIGCONT');
    await journal.waitFor({ event: 'aborted', detail: 'lost-lease', pid: zombie.pid });
    // Had it something to do when it was stopped, it cannot tell that from a job that computes.
    await zombie.waitForLine(
      /(This process was not let run|The event loop was blocked) for [\d.]+m?s, of a lease of 3s/,
    );
    zombie.open('gate');
    await journal.waitFor({ event: 'done', pid: zombie.pid });

    // The zombie has returned a result first, and it does not count.
    expect(await job.get()).toMatchObject({ state: 'running' });
    heir.open('gate');
    expect(await job.result({ timeout: '30s' })).toEqual({ by: heir.pid });
    await stage().settled();
    await journal.waitFor({ event: 'told' }, 2);
    expect(journal.entries({ event: 'told' }).map(({ pid, detail }) => [pid, detail])).toEqual([
      [zombie.pid, 'lost-lease'],
      [heir.pid, 'completed'],
    ]);
    expect(await job.get()).toMatchObject({ attempts: 1, crashes: 0 });
  });

  it.each(['while the other runs it', 'when the other has completed it'])(
    'has its outcome refused that arrives %s',
    async (when) => {
      const { journal } = stage();
      const { jobs } = await stage().submitter();
      const proxy = await stage().proxy();
      const cutOff = await stage().worker({ module: { ...STOPPABLE, redis: { url: proxy.url } } });
      const job = await jobs.submit('gated', {});
      await journal.waitFor({ event: 'begun', pid: cutOff.pid });

      // It works on, and what it says does not arrive.
      proxy.blackhole('requests');
      cutOff.open('gate');
      await journal.waitFor({ event: 'done', pid: cutOff.pid });
      const heir = await stage().worker({ module: HEIR });
      await journal.waitFor({ event: 'begun', pid: heir.pid });
      if (when.endsWith('completed it')) {
        heir.open('gate');
        await job.result({ timeout: '30s' });
      }

      proxy.blackhole(false);
      await journal.waitFor({ event: 'told', detail: 'lost-lease', pid: cutOff.pid });
      heir.open('gate');
      expect(await job.result({ timeout: '30s' })).toEqual({ by: heir.pid });
      await journal.waitFor({ event: 'told', detail: 'completed', pid: heir.pid });
      expect(journal.count({ event: 'aborted' })).toBe(0);
      expect(journal.count({ event: 'told', detail: 'completed' })).toBe(1);
      expect(await job.get()).toMatchObject({ state: 'completed', result: { by: heir.pid }, attempts: 1 });

      // And it goes on working.
      await heir.close();
      await heir.exited;
      const next = await jobs.submit('note', {});
      expect(await next.result({ timeout: '30s' })).toEqual({ by: cutOff.pid });
      await stage().settled();
    },
  );

  it('loses all that it held, and nothing of it counts', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const zombie = await stage().worker({ module: STOPPABLE });
    await jobs.submitMany(
      Array.from({ length: 12 }, () => ({ type: 'gated', payload: {}, options: { queue: 'work' } })),
    );
    await journal.waitFor({ event: 'begun', pid: zombie.pid }, 10);
    await zombie.kill('SIGSTOP');

    const heir = await stage().worker({ module: HEIR });
    heir.open('gate');
    await waitFor(() => new Set(journal.entries({ event: 'done', pid: heir.pid }).map(({ job }) => job)).size === 12, {
      what: 'the other process to work everything off',
    });
    await zombie.kill('SIGCONT');
    zombie.open('gate');
    await stage().settled();
    await journal.waitFor({ event: 'told', detail: 'completed', pid: heir.pid }, 12);
    // All that the zombie held it is told to have lost.
    await journal.waitFor({ event: 'told', detail: 'lost-lease', pid: zombie.pid }, 10);
    expect(journal.count({ event: 'told', detail: 'completed' })).toBe(12);
  });
});
