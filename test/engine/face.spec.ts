import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import type { JobRef } from '../../libs/jobs/src/application/submitting/job-ref.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { JOB_STATES } from '../../libs/jobs/src/domain/job-state.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate, passing } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';
import { withFaults } from './store-faults.js';

describe('the face of the engine', () => {
  let engine: TestEngine;
  const gate = new Gate();
  const handlers: EngineOptions['handlers'] = {
    good: [() => 'result', { queue: 'a' }],
    bad: [
      ({ code }: { code?: string }) => {
        throw Object.assign(new Error('no'), { code: code ?? 'E_NO' });
      },
      { queue: 'a', retry: { attempts: 1 } },
    ],
    flaky: [
      () => {
        throw new Error('again');
      },
      { queue: 'b', retry: { attempts: 3, initialDelay: '1h', jitter: 0 } },
    ],
    slow: [
      (_: unknown, job: JobContext) =>
        Promise.race([gate.opened, new Promise((resolve) => job.signal.addEventListener('abort', resolve))]),
      { queue: 'b' },
    ],
  };
  const over = (job: JobRef, state: string): Promise<void> =>
    engine.until(async () => (await job.get())?.state === state);

  afterEach(async () => {
    await engine.close();
  });

  it('gives the whole record of a job, by id, by reference, by queue and id', async () => {
    engine = await startEngine({ handlers });
    const job = await engine.jobs.submit('bad', { code: 'E_X' }, { tags: ['t'], metadata: { m: 1 } });
    await over(job, 'failed');
    const record = await engine.jobs.get(job.id);
    expect(record).toMatchObject({
      id: job.id,
      queue: 'a',
      type: 'bad',
      state: 'failed',
      payload: { code: 'E_X' },
      attempts: 1,
      maxAttempts: 1,
      tags: ['t'],
      metadata: { m: 1 },
      error: { code: 'E_X', message: 'no' },
    });
    expect(record?.finishedAt).toBeGreaterThanOrEqual(record?.startedAt ?? Infinity);
    expect(record?.startedAt).toBeGreaterThanOrEqual(record?.createdAt ?? Infinity);
    expect(await engine.jobs.get(job)).toEqual(record);
    expect(await engine.jobs.get({ queue: 'a', id: job.id })).toEqual(record);
    expect(await engine.jobs.get({ queue: 'b', id: job.id })).toBeUndefined();
    expect(await engine.jobs.get('nobody')).toBeUndefined();
    await expect(engine.jobs.get(42 as never)).rejects.toMatchObject({ code: 'invalid-option', option: 'job' });
    await expect(engine.jobs.get({ id: 'x', queue: '?' })).rejects.toMatchObject({ option: 'queue' });
  });

  it('moves jobs by hand: promote, reschedule, reprioritise, retry, remove', async () => {
    engine = await startEngine({ handlers });
    const scheduled = await engine.jobs.submit('good', {}, { delay: '1d' });
    expect(await engine.jobs.reschedule(scheduled, '2d')).toBe('scheduled');
    expect((await scheduled.get())?.scheduledAt).toBe(engine.clock.now() + 172_800_000);
    expect(await engine.jobs.reschedule(scheduled.id, new Date(engine.clock.now() + 5_000))).toBe('scheduled');
    expect((await scheduled.get())?.scheduledAt).toBe(engine.clock.now() + 5_000);
    expect(await engine.jobs.reprioritise(scheduled, 'critical')).toBe('scheduled');
    expect(await engine.jobs.promote(scheduled)).toBe('pending');
    await over(scheduled, 'completed');
    expect((await scheduled.get())?.priority).toBe(200);
    await expect(engine.jobs.promote(scheduled)).rejects.toMatchObject({ code: 'illegal-state', operation: 'promote' });
    await expect(engine.jobs.reschedule(scheduled, '1h')).rejects.toMatchObject({ code: 'illegal-state' });
    // A call that is wrong rejects; it does not throw.
    await expect(engine.jobs.reschedule(scheduled, 'soon' as never)).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(engine.jobs.reprioritise(scheduled, 'top' as never)).rejects.toMatchObject({ option: 'priority' });
    const retrying = await engine.jobs.submit('flaky');
    await over(retrying, 'retrying');
    expect(await engine.jobs.promote(retrying)).toBe('pending');
    await engine.until(async () => (await retrying.get())?.attempts === 2);
    await over(retrying, 'retrying');
    expect(await engine.jobs.cancel(retrying)).toBe('cancelled');
    expect(await engine.jobs.retry(retrying)).toBe('pending');
    await over(retrying, 'retrying');
    expect(await retrying.get()).toMatchObject({ attempts: 1, history: [{}, {}, {}] });
    expect(await engine.jobs.remove(retrying)).toBe('retrying');
    expect(await retrying.get()).toBeUndefined();
    await expect(engine.jobs.remove(retrying)).rejects.toMatchObject({ code: 'job-not-found', queue: 'b' });
    const running = await engine.jobs.submit('slow');
    await over(running, 'running');
    await expect(engine.jobs.remove(running)).rejects.toMatchObject({ code: 'illegal-state', state: 'running' });
  });

  it('lists by queue, state, type, tag and time, page by page', async () => {
    engine = await startEngine({ workers: [], handlers });
    const begun = engine.clock.now();
    for (let index = 0; index < 25; index++) {
      await engine.jobs.submit('good', { index }, { tags: [index % 2 === 0 ? 'even' : 'odd'] });
      await engine.clock.advance(10);
    }
    await engine.jobs.submit('slow', {}, { delay: '1h' });
    const { jobs, list } = { jobs: engine.jobs, list: engine.jobs.list.bind(engine.jobs) };
    expect((await list({ queue: 'a' })).jobs).toHaveLength(20);
    const second = await list({ queue: 'a', page: 2 });
    expect(second.jobs.map(({ payload }) => (payload as { index: number }).index)).toEqual([20, 21, 22, 23, 24]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ pageSize: 7, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.jobs.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(26);
    expect(new Set(seen).size).toBe(26);
    expect((await list({ tag: 'even', pageSize: 100 })).jobs).toHaveLength(13);
    expect((await list({ type: 'slow' })).jobs).toMatchObject([{ queue: 'b', state: 'scheduled' }]);
    expect((await list({ state: 'scheduled' })).jobs).toHaveLength(1);
    expect((await list({ queue: 'a', from: begun + 50, to: new Date(begun + 100) })).jobs).toHaveLength(5);
    expect((await list({ queue: 'nowhere' })).jobs).toEqual([]);
    expect(await jobs.list({ queue: 'a', state: 'failed' })).toEqual({ jobs: [], scanned: 0 });
    await expect(list({ status: 'failed' } as never)).rejects.toThrow(
      /^status: "failed" is an unknown option; .*state/,
    );
    await expect(list({ tag: 5 as never })).rejects.toMatchObject({ code: 'invalid-option', option: 'tag' });
  });

  it('counts in all, by state, by priority, by queue, and says when it last processed', async () => {
    engine = await startEngine({ handlers });
    expect(await engine.jobs.stats()).toMatchObject({ total: 0, byPriority: {} });
    expect((await engine.jobs.stats()).lastProcessedAt).toBeUndefined();
    const done = [await engine.jobs.submit('good'), await engine.jobs.submit('bad')];
    await over(done[0] as JobRef, 'completed');
    await over(done[1] as JobRef, 'failed');
    const processedAt = engine.clock.now();
    await engine.jobs.queue('a').pause();
    await engine.jobs.submit('good', {}, { priority: 'high' });
    await engine.jobs.submit('good', {}, { priority: 7 });
    await engine.jobs.submit('good', {}, { priority: 7, delay: '1h' });
    const stats = await engine.jobs.stats();
    expect(stats).toMatchObject({
      total: 5,
      byState: { pending: 2, scheduled: 1, completed: 1, failed: 1, running: 0 },
      byPriority: { high: 1, '7': 1 },
      byQueue: { a: { total: 5, paused: true }, b: { total: 0, paused: false } },
      processed: { completed: 1, failed: 1, cancelled: 0 },
    });
    expect(Object.keys(stats.byState)).toEqual([...JOB_STATES]);
    expect(stats.lastProcessedAt?.getTime()).toBeLessThanOrEqual(processedAt);
  });

  it('pauses, resumes, measures and clears a queue', async () => {
    engine = await startEngine({ handlers });
    const queue = engine.jobs.queue('a');
    const running = await engine.jobs.submit('slow');
    await over(running, 'running');
    await queue.pause();
    expect(await queue.isPaused()).toBe(true);
    const job = await engine.jobs.submit('good');
    await engine.jobs.submit('good', {}, { delay: '1h' });
    await engine.clock.advance(10_000);
    expect((await job.get())?.state).toBe('pending');
    expect(await queue.size()).toBe(2);
    expect(await queue.settings()).toMatchObject({ onFull: 'block' });
    await queue.resume();
    await engine.until(async () => (await job.get())?.state === 'completed', 1_000);
    expect(await queue.clear()).toBe(1);
    expect(await queue.size()).toBe(0);
    expect((await running.get())?.state).toBe('running');
    expect(() => engine.jobs.queue('no name')).toThrow(/queue/);
    expect(() => engine.jobs.deadLetters('no name')).toThrow(/queue/);
  });

  it('lists, retries and purges dead letters', async () => {
    engine = await startEngine({ handlers });
    const jobs: JobRef[] = [];
    for (let index = 0; index < 6; index++) {
      jobs.push(await engine.jobs.submit('bad', { code: index < 2 ? 'E_A' : 'E_B' }, { tags: [`t${index}`] }));
    }
    await engine.until(async () => (await engine.jobs.stats()).byState.failed === 6);
    const letters = engine.jobs.deadLetters('a');
    expect((await letters.list({ pageSize: 4 })).jobs).toHaveLength(4);
    expect(await letters.retryAll({ code: 'E_A' })).toBe(2);
    await engine.until(async () => (await jobs[0]?.get())?.history.length === 2);
    await letters.retry(jobs[5] as JobRef);
    await engine.until(async () => (await jobs[5]?.get())?.history.length === 2);
    await letters.retry(jobs[5]?.id ?? '');
    await engine.until(async () => (await jobs[5]?.get())?.history.length === 3);
    await expect(letters.retry('nobody')).rejects.toMatchObject({ code: 'job-not-found' });
    const good = await engine.jobs.submit('good');
    await over(good, 'completed');
    await expect(letters.retry(good)).rejects.toMatchObject({ code: 'illegal-state', state: 'completed' });
    expect(await letters.purge({ tag: 't5' })).toBe(1);
    expect(await letters.purge({ type: 'good' })).toBe(0);
    await expect(letters.purge({ typ: 'good' } as never)).rejects.toMatchObject({ option: 'typ' });
    expect(await letters.purge()).toBe(5);
    expect((await letters.list()).jobs).toEqual([]);
  });

  it('refuses a second handler of a type, naming both, and options it does not know', async () => {
    engine = await startEngine({ handlers: { one: function first() {} } });
    expect(() => engine.jobs.register('one', function second() {})).toThrow(/first.*second/);
    expect(() => engine.jobs.register('two', () => 1, { timout: '1s' } as never)).toThrow(/timout/);
    expect(() => engine.jobs.register('two', () => 1, { retry: { attempt: 5 } as never })).toThrow(
      /function for 'two'.retry.attempt/,
    );
    expect(() => engine.jobs.register('two', () => 1, { retry: { attempts: 0 } })).toThrow(
      /function for 'two'.retry.attempts/,
    );
    expect(() => engine.jobs.register('two', () => 1, { timeout: 0 })).toThrow(/timeout/);
    expect(() => engine.jobs.register('two', () => 1, { concurrency: 0 })).toThrow(/concurrency/);
    expect(() => engine.jobs.register('two', () => 1, { maxCrashes: 1.5 })).toThrow(/maxCrashes/);
    expect(() => engine.jobs.register('two', () => 1, { middleware: ['log'] as never })).toThrow(/middleware/);
    expect(() =>
      engine.jobs.register('two', () => 1, {
        middleware: [
          class {
            use(): void {}
          },
        ] as never,
      }),
    ).toThrow(/middleware/);
    expect(() => engine.jobs.register('two', () => 1, { retry: 5 as never })).toThrow(/retry/);
    expect(() => engine.jobs.register('two', undefined as never)).toThrow(/handle: undefined/);
    expect(() => engine.jobs.register('no name', () => 1)).toThrow(/type/);
  });

  it('tells listeners of every event of this process, whatever another listener does', async () => {
    engine = await startEngine({ handlers });
    const seen: string[] = [];
    engine.jobEvents.on('completed', () => {
      throw new Error('in a listener');
    });
    engine.jobEvents.on('completed', () => Promise.reject(new Error('later, in a listener')));
    engine.jobEvents.on('completed', () => {
      // A promise of another kind, as query builders have.
      // eslint-disable-next-line unicorn/no-thenable
      return { then: (_: unknown, no: (error: Error) => void) => no(new Error('odd')) };
    });
    const end = engine.jobEvents.on('completed', ({ id, result }) => seen.push(`${id} ${String(result)}`));
    const job = await engine.jobs.submit('good');
    await over(job, 'completed');
    expect(seen).toEqual([`${job.id} result`]);
    expect(engine.log.lines.filter(({ message }) => message.includes('listener'))).toHaveLength(3);
    end();
    end();
    await over(await engine.jobs.submit('good'), 'completed');
    expect(seen).toHaveLength(1);
  });

  it('says with each event what there is to say', async () => {
    engine = await startEngine({
      handlers: {
        good: () => ({ n: 1 }),
        bad: [
          () => {
            throw new TypeError('no');
          },
          { retry: { attempts: 2, initialDelay: '2s', jitter: 0 } },
        ],
        off: (_: unknown, job: JobContext) => job.snooze('1h'),
      },
    });
    const [good, bad, off] = [
      await engine.jobs.submit('good', {}, { priority: 3 }),
      await engine.jobs.submit('bad'),
      await engine.jobs.submit('off'),
    ];
    await over(good, 'completed');
    await over(bad, 'failed');
    await over(off, 'scheduled');
    const of = (id: string): unknown[] => engine.events.filter((event) => event.id === id);
    expect(of(good.id)).toMatchObject([
      { kind: 'submitted', queue: 'default', type: 'good', priority: 3, state: 'pending' },
      { kind: 'started', attempt: 1, worker: expect.any(String), job: { id: good.id } },
      { kind: 'completed', result: { n: 1 }, duration: 0 },
    ]);
    expect(of(bad.id)).toMatchObject([
      { kind: 'submitted' },
      { kind: 'started', attempt: 1 },
      { kind: 'retrying', attempt: 1, delay: 2_000, failure: { message: 'no' }, error: expect.any(TypeError) },
      { kind: 'started', attempt: 2 },
      { kind: 'failed', attempt: 2, failure: { message: 'no' }, error: expect.any(TypeError) },
    ]);
    expect(of(off.id)).toMatchObject([{}, {}, { kind: 'snoozed', delay: 3_600_000 }]);
  });

  it('warns of dead letters past a number, when it doubles, and anew after they were tidied up', async () => {
    engine = await startEngine({ handlers, settings: { deadLetterWarning: 3 } });
    const warnings = (): number => engine.log.lines.filter(({ message }) => message.includes('dead letters')).length;
    const fail = async (count: number): Promise<void> => {
      const before = (await engine.jobs.stats()).byState.failed;
      await engine.jobs.submitMany(Array.from({ length: count }, () => ({ type: 'bad', payload: {} })));
      await engine.until(async () => (await engine.jobs.stats()).byState.failed === before + count);
      await engine.clock.advance(130_000);
    };
    await fail(2);
    expect(warnings()).toBe(0);
    await fail(2);
    expect(warnings()).toBe(1);
    await fail(1);
    expect(warnings()).toBe(1);
    await fail(4);
    expect(warnings()).toBe(2);
    await engine.jobs.deadLetters('a').purge();
    await engine.clock.advance(70_000);
    await fail(3);
    expect(warnings()).toBe(3);
  });

  describe('waiting for a result', () => {
    it('hears of it at once, also of a job that keeps nothing', async () => {
      engine = await startEngine({ handlers: { slow: () => gateOf.opened.then(() => ({ big: true })) } });
      const gateOf = new Gate();
      const job = await engine.jobs.submit('slow', {}, { retain: 0 });
      const results = [job.result(), job.result()];
      await engine.clock.advance(500);
      const begun = engine.clock.now();
      gateOf.open();
      await engine.until(async () => (await job.get()) === undefined, 200);
      expect(await Promise.all(results)).toEqual([{ big: true }, { big: true }]);
      expect(engine.clock.now() - begun).toBeLessThanOrEqual(200);
      const late = job.result().catch((error: unknown) => error);
      await engine.clock.advance(1_000);
      expect(await late).toMatchObject({ code: 'job-not-found' });
    });

    it('gives undefined for a job that returned nothing and keeps nothing', async () => {
      const gateOf = new Gate();
      engine = await startEngine({ handlers: { void: () => gateOf.opened } });
      const job = await engine.jobs.submit('void', {}, { retain: 0 });
      const result = job.result();
      await engine.clock.advance(500);
      gateOf.open();
      await engine.clock.advance(500);
      expect(await result).toBeUndefined();
    });

    it('times out, and the job goes on', async () => {
      engine = await startEngine({ handlers: { later: () => 'there' } });
      const job = await engine.jobs.submit('later', {}, { delay: '1m' });
      const outcome = job.result({ timeout: '5s' }).catch((error: unknown) => error);
      await engine.clock.advance(5_500);
      expect(await outcome).toMatchObject({ code: 'result-timeout', timeout: 5_000 });
      await over(job, 'completed');
      expect(await job.result({ timeout: 0 })).toBe('there');
      await expect(job.result({ timeout: 'soon' as never })).rejects.toMatchObject({ code: 'invalid-option' });
    });

    it('finds out within seconds when the notice is lost', async () => {
      const clock = new VirtualClock();
      const store = createMemoryStore({ clock });
      store.notifier.onFinished = async () => async () => undefined;
      engine = await startEngine({ clock, ports: store, handlers: { later: () => 'found' } });
      const job = await engine.jobs.submit('later', {}, { delay: '10s' });
      let result: unknown;
      void job.result().then((value) => (result = value));
      await engine.until(async () => (await job.get())?.state === 'completed');
      await engine.until(() => result !== undefined, 2_100);
      expect(result).toBe('found');
    });

    it('waits a moment for a notice that travels more slowly than the record goes', async () => {
      const clock = new VirtualClock();
      const store = createMemoryStore({ clock });
      const { onFinished } = store.notifier;
      store.notifier.onFinished = (queue, listener) =>
        onFinished.call(store.notifier, queue, (finished) => void clock.after(300, () => listener(finished)));
      const gateOf = new Gate();
      engine = await startEngine({ clock, ports: store, handlers: { slow: () => gateOf.opened.then(() => 'told') } });
      const job = await engine.jobs.submit('slow', {}, { retain: 0 });
      const result = job.result();
      await clock.advance(1_950);
      gateOf.open();
      // The next look at the record, at two seconds, finds it gone.
      await clock.advance(1_000);
      expect(await result).toBe('told');
    });

    it('does not miss a notice that comes while the record is read', async () => {
      const clock = new VirtualClock();
      const store = createMemoryStore({ clock });
      const { get } = store.inspector;
      const gateOf = new Gate();
      engine = await startEngine({ clock, ports: store, handlers: { void: () => gateOf.opened } });
      const job = await engine.jobs.submit('void');
      await over(job, 'running');
      store.inspector.get = async (...asked) => {
        const records = await get.apply(store.inspector, asked);
        await passing(clock, 100);
        return records;
      };
      let done = false;
      void job.result().then(() => (done = true));
      await clock.advance(50);
      gateOf.open();
      await engine.until(() => done, 400);
    });

    it('gives the result though the store does not hear that nobody waits any more', async () => {
      const clock = new VirtualClock();
      const store = createMemoryStore({ clock });
      const { onFinished } = store.notifier;
      store.notifier.onFinished = async (queue, listener) => {
        await onFinished.call(store.notifier, queue, listener);
        return () => Promise.reject(new Error('gone'));
      };
      engine = await startEngine({ clock, ports: store, handlers: { any: () => 'kept' } });
      const job = await engine.jobs.submit('any');
      await over(job, 'completed');
      expect(await job.result()).toBe('kept');
    });

    it('rejects when the store cannot be asked', async () => {
      const clock = new VirtualClock();
      const { ports, faults } = withFaults(createMemoryStore({ clock }));
      engine = await startEngine({ clock, ports, workers: [] });
      const job = await engine.jobs.submit('any', {}, { queue: 'q' });
      faults.set('rejects');
      await expect(job.result()).rejects.toMatchObject({ code: 'store-unavailable' });
      await expect(job.result()).rejects.toMatchObject({ code: 'store-unavailable' });
      faults.set('up');
    });
  });
});
