import { type JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import { startEngine, type TestEngine } from './start-engine.js';

describe('the engine, on the memory store and a virtual clock', () => {
  let engine: TestEngine;

  afterEach(async () => {
    await engine.close();
  });

  it('runs a submitted job and gives its result', async () => {
    engine = await startEngine({ handlers: { add: ({ a, b }: { a: number; b: number }) => a + b } });
    const job = await engine.jobs.submit('add', { a: 1, b: 2 });
    expect(job).toMatchObject({ queue: 'default', receipt: 'added', state: 'pending' });
    await engine.until(async () => (await job.get())?.state === 'completed');
    expect(await job.result()).toBe(3);
    expect(engine.events.map(({ kind }) => kind)).toEqual(['submitted', 'started', 'completed']);
  });

  it('retries with the backoff of the handler, and keeps each failure', async () => {
    let runs = 0;
    engine = await startEngine({
      handlers: {
        flaky: [
          () => {
            runs++;
            if (runs < 3) {
              throw new Error(`no ${runs}`);
            }
            return 'done';
          },
          { retry: { attempts: 5, backoff: 'fixed', initialDelay: '10s', jitter: 0 } },
        ],
      },
    });
    const job = await engine.jobs.submit('flaky');
    await engine.until(() => runs === 1);
    await engine.until(async () => (await job.get())?.state === 'retrying');
    await engine.clock.advance(9_000);
    expect(runs).toBe(1);
    await engine.until(async () => (await job.get())?.state === 'completed');
    const record = await job.get();
    expect(record).toMatchObject({ attempts: 3, result: 'done' });
    expect(record?.history).toMatchObject([
      { attempt: 1, message: 'no 1', delay: 10_000 },
      { attempt: 2, message: 'no 2', delay: 10_000 },
    ]);
  });

  it('aborts the signal on timeout, and the slot of a handler that ignores it stays busy', async () => {
    let signal: AbortSignal | undefined;
    let finish: () => void = () => undefined;
    engine = await startEngine({
      workers: [{ size: 1, concurrency: 1 }],
      handlers: {
        deaf: [
          (_: unknown, job: JobContext) => {
            signal = job.signal;
            return new Promise<void>((resolve) => (finish = resolve));
          },
          { timeout: '2s', retry: { attempts: 1 } },
        ],
        quick: () => 'quick',
      },
    });
    const deaf = await engine.jobs.submit('deaf');
    await engine.until(() => signal !== undefined);
    const quick = await engine.jobs.submit('quick');
    await engine.until(async () => (await deaf.get())?.state === 'failed');
    expect(signal?.reason).toMatchObject({ code: 'timeout' });
    expect((await deaf.get())?.error).toMatchObject({ code: 'timeout' });
    await engine.clock.advance(10_000);
    expect((await quick.get())?.state).toBe('pending');
    expect(engine.pool.workers()[0]).toMatchObject({ overdue: 1 });
    finish();
    await engine.until(async () => (await quick.get())?.state === 'completed');
  });

  it('cancels a running job through its signal', async () => {
    engine = await startEngine({
      handlers: {
        slow: (_: unknown, job: JobContext) =>
          new Promise((_resolve, reject) =>
            job.signal.addEventListener('abort', () => reject(job.signal.reason as Error)),
          ),
      },
    });
    const job = await engine.jobs.submit('slow');
    await engine.until(async () => (await job.get())?.state === 'running');
    expect(await engine.jobs.cancel(job)).toBe('running');
    await engine.until(async () => (await job.get())?.state === 'cancelled', 1_000);
    await expect(job.result()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('releases what runs at the shutdown deadline, without using an attempt', async () => {
    engine = await startEngine({
      workers: [{ size: 1, concurrency: 1 }],
      handlers: { endless: () => new Promise(() => undefined) },
    });
    const jobs = [await engine.jobs.submit('endless'), await engine.jobs.submit('endless')];
    await engine.until(async () => (await jobs[0]?.get())?.state === 'running');
    const begun = engine.clock.now();
    await engine.close();
    expect(engine.clock.now() - begun).toBeLessThanOrEqual(30_000);
    const records = await engine.ports.inspector.get(
      'default',
      jobs.map(({ id }) => id),
    );
    expect(records).toMatchObject([
      { state: 'pending', attempts: 0 },
      { state: 'pending', attempts: 0 },
    ]);
  });
});
