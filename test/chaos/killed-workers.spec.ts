import { callOf } from './harness/scripts.js';
import { useStage } from './harness/stage.js';
import { HEIR, MORTAL, type WorkerProcess } from './harness/worker-process.js';

const stage = useStage();

const COUNT = 20;

/** A worker behind a proxy, which dies at the moment that a request's cut happens: before it can say anything else. */
async function workerKilledAt(moment: 'before' | 'after', script: 'claim' | 'settle'): Promise<WorkerProcess> {
  const proxy = await stage().proxy();
  const victim = await stage().worker({ module: { ...MORTAL, redis: { url: proxy.url } } });
  const cut = moment === 'after' ? proxy.cutAfterRequest(callOf(script)) : proxy.cutBeforeRequest(callOf(script));
  // The proxy is of this process: nothing that the victim sends can pass before this has run.
  void cut.happened.then(() => victim.kill());
  return victim;
}

describe('a worker process that is killed', () => {
  it('while claiming: what it was given runs elsewhere', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const proxy = await stage().proxy();
    await jobs.submitMany(Array.from({ length: COUNT }, () => ({ type: 'note', options: { queue: 'work' } })));
    const cut = proxy.cutAfterRequest(callOf('claim'));
    const victim = await stage().launch({ module: { ...MORTAL, redis: { url: proxy.url } } });
    await cut.happened;
    await victim.kill();
    expect((await stage().audit()).byState.get('running')).toBeGreaterThan(0);
    expect(journal.entries()).toEqual([]);

    const heir = await stage().worker({ module: HEIR });
    expect((await stage().settled()).byState).toEqual(new Map([['completed', COUNT]]));
    expect(journal.count({ event: 'begun', pid: heir.pid })).toBe(COUNT);
    expect(journal.repeated('begun').size).toBe(0);
  });

  it('while running: its jobs run elsewhere, as the attempt they were', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const victim = await stage().worker({ module: MORTAL });
    await jobs.submitMany(
      Array.from({ length: COUNT }, () => ({ type: 'gated', payload: {}, options: { queue: 'work' } })),
    );
    const begun = await journal.waitFor({ event: 'begun', pid: victim.pid }, 10);
    await victim.kill();

    const heir = await stage().worker({ module: HEIR });
    heir.open('gate');
    const audit = await stage().settled();
    expect(audit.byState).toEqual(new Map([['completed', COUNT]]));
    expect(new Set(journal.entries({ event: 'begun', pid: heir.pid }).map(({ job }) => job)).size).toBe(COUNT);
    expect(journal.repeated('done').size).toBe(0);
    // The first death is nobody's fault, and no death uses an attempt.
    const [first] = begun;
    expect(await jobs.get(first?.job ?? '')).toMatchObject({
      state: 'completed',
      attempts: 1,
      crashes: 0,
      history: [],
    });
  });

  it('before its outcomes reach Redis: its jobs run again elsewhere', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const victim = await workerKilledAt('before', 'settle');
    const job = await jobs.submit('note', {});
    await victim.exited;
    expect(journal.entries().map(({ event }) => event)).toEqual(['begun', 'done']);

    const heir = await stage().worker({ module: HEIR });
    expect(await job.result({ timeout: '30s' })).toEqual({ by: heir.pid });
    expect(journal.count({ event: 'done' })).toBe(2);
    await stage().settled();
  });

  it('after its outcomes have reached Redis: its jobs do not run again', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const victim = await workerKilledAt('after', 'settle');
    const job = await jobs.submit('note', {});
    await victim.exited;

    const heir = await stage().worker({ module: HEIR });
    expect(await job.result({ timeout: '30s' })).toEqual({ by: victim.pid });
    await (await jobs.submit('note', {})).result({ timeout: '30s' });
    await stage().settled();
    expect(journal.entries({ event: 'begun' }).map(({ pid }) => pid)).toEqual([victim.pid, heir.pid]);
  });

  it('with work that must not run twice: it lies in the dead letters as crashed', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter({ defaults: { maxCrashes: 0 } });
    const victim = await stage().worker({ module: { ...MORTAL, defaults: { maxCrashes: 0 } } });
    const job = await jobs.submit('gated', {});
    await journal.waitFor({ event: 'begun' });
    await victim.kill();

    const heir = await stage().worker({ module: HEIR });
    heir.open('gate');
    await stage().settled();
    const { jobs: dead } = await jobs.deadLetters('work').list();
    expect(dead).toMatchObject([{ id: job.id, state: 'failed', attempts: 0, error: { code: 'crashed' } }]);
    await expect(job.result()).rejects.toMatchObject({ code: 'job-failed' });
    expect(journal.count({ event: 'begun' })).toBe(1);
  });
});
