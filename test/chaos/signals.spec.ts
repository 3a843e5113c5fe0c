import { useStage } from './harness/stage.js';
import { HEIR } from './harness/worker-process.js';

const stage = useStage();

describe.each(['SIGTERM', 'SIGINT'] as const)('%s, with shutdown hooks', (signal) => {
  it('lets running jobs end, gives back what had not begun, and takes nothing new', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const module = { worker: { size: 1, concurrency: 3 }, shutdown: { deadline: '30s' } } as const;
    const leaving = await stage().worker({ module, shutdownHooks: true });
    await jobs.submitMany(
      Array.from({ length: 5 }, () => ({ type: 'gated', payload: {}, options: { queue: 'work' } })),
    );
    await journal.waitFor({ event: 'begun' }, 3);
    await leaving.kill(signal);
    await leaving.waitForLine(`told ${signal}`);
    const late = await jobs.submit('note', {});
    leaving.open('gate');
    expect(await leaving.exited).toEqual({ code: null, signal });
    expect(leaving.stderr).toBe('');

    expect(journal.count({ event: 'begun', pid: leaving.pid })).toBe(3);
    const audit = await stage().audit();
    expect(audit.problems).toEqual([]);
    expect(audit.byState).toEqual(
      new Map([
        ['completed', 3],
        ['pending', 3],
      ]),
    );

    const next = await stage().worker({ module: HEIR });
    next.open('gate');
    expect((await stage().settled()).byState).toEqual(new Map([['completed', 6]]));
    expect(journal.repeated('begun').size).toBe(0);
    expect(await late.get()).toMatchObject({ state: 'completed', attempts: 1 });
  });

  it('aborts at the deadline what runs too long: it goes on elsewhere, with no attempt used', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const leaving = await stage().worker({ module: { shutdown: { deadline: '1s' } }, shutdownHooks: true });
    const job = await jobs.submit('gated', {}, { retry: { attempts: 1 } });
    await journal.waitFor({ event: 'begun' });
    await leaving.kill(signal);
    expect(await leaving.exited).toEqual({ code: null, signal });
    expect(journal.entries({ event: 'aborted' })).toMatchObject([{ detail: 'shutdown', attempt: 1 }]);
    expect(await job.get()).toMatchObject({ state: 'pending', attempts: 0, crashes: 0, history: [] });

    const next = await stage().worker({ module: HEIR });
    next.open('gate');
    expect(await job.result({ timeout: '30s' })).toEqual({ by: next.pid });
    expect(journal.entries({ event: 'begun' }).map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await job.get()).toMatchObject({ attempts: 1, crashes: 0 });
    await stage().settled();
  });
});
