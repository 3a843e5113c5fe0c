import { declareHandler } from '../../libs/jobs/src/application/handlers/handler.js';
import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import { PayloadValidator } from '../../libs/jobs/src/application/ports/payload-validator.js';
import type { QueueProfile } from '../../libs/jobs/src/application/settings.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { InvalidPayloadError, TooManyScheduledError } from '../../libs/jobs/src/domain/errors/errors.js';
import type { QueueSettings } from '../../libs/jobs/src/domain/queue-settings.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../libs/jobs/src/domain/queue-settings.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { startEngine, type TestEngine } from './start-engine.js';
import { withFaults } from './store-faults.js';

function queue(settings: Partial<QueueSettings>, profile: Partial<QueueProfile> = {}): QueueProfile {
  return { settings: { ...DEFAULT_QUEUE_SETTINGS, ...settings }, defaults: {}, blockTimeout: 30_000, ...profile };
}

/** Needs a number `n`. */
class NeedsNumber extends PayloadValidator {
  override compile(jobType: string): (payload: unknown) => unknown {
    return (payload) => {
      if (typeof (payload as { n?: unknown } | null)?.n !== 'number') {
        throw new InvalidPayloadError(jobType, [{ path: 'n', message: 'must be a number' }]);
      }
      return { ...(payload as object), checked: true };
    };
  }
}

class Payload {
  n = 0;
}

describe('submitting', () => {
  const started: TestEngine[] = [];
  const start = async (...options: Parameters<typeof startEngine>): Promise<TestEngine> => {
    const engine = await startEngine(...options);
    started.push(engine);
    return engine;
  };

  afterEach(async () => {
    for (const engine of started.splice(0)) {
      await engine.close();
    }
  });

  it('refuses a type that nobody has published, unless a queue is named', async () => {
    const engine = await start({ workers: [] });
    await expect(engine.jobs.submit('nobody')).rejects.toMatchObject({ code: 'unknown-job-type' });
    const job = await engine.jobs.submit('nobody', { a: 1 }, { queue: 'later' });
    expect(job).toMatchObject({ queue: 'later', receipt: 'added' });
    // The queue is known from then on: to those who look for the job without naming it, list and count.
    expect(await engine.jobs.get(job.id)).toMatchObject({ id: job.id, queue: 'later', type: 'nobody' });
    expect((await engine.jobs.list()).jobs).toHaveLength(1);
    expect((await engine.jobs.stats()).byQueue).toMatchObject({ later: { total: 1 } });
  });

  it('submits by name to the queue, and with the defaults, that another process has published', async () => {
    const clock = new VirtualClock();
    const ports = createMemoryStore({ clock });
    const worker = await start({ clock, ports, settings: { queues: new Map([['mail', queue({})]]) } });
    // Registered while it runs: published as well.
    worker.jobs.register('email', () => 'sent', {
      queue: 'mail',
      priority: 'high',
      retry: { attempts: 7 },
      maxCrashes: 1,
      retain: '1h',
      expiresIn: '2h',
    });
    await clock.settle();
    const web = await start({ clock, ports, workers: [] });
    const job = await web.jobs.submit('email');
    expect(job.queue).toBe('mail');
    expect(await job.get()).toMatchObject({ priority: 100, maxAttempts: 7, maxCrashes: 1, retain: 3_600_000 });
    const { createdAt, expiresAt } = (await job.get()) ?? {};
    expect((expiresAt ?? 0) - (createdAt ?? 0)).toBe(7_200_000);
    const result = job.result();
    await worker.until(async () => (await job.get())?.state === 'completed');
    expect(await result).toBe('sent');
  });

  it('publishes what is registered between opening and starting', async () => {
    const clock = new VirtualClock();
    const ports = createMemoryStore({ clock });
    await start({
      clock,
      ports,
      handlers: { early: () => 1 },
      betweenOpenAndStart: (jobs) => jobs.register('late', () => 2),
    });
    expect((await ports.directory.types()).map(({ type }) => type)).toEqual(['early', 'late']);
  });

  it('answers a second submit of an id with the job that is there', async () => {
    const engine = await start({ handlers: { once: () => 'done' } });
    const first = await engine.jobs.submit('once', { n: 1 }, { id: 'order-1' });
    const second = await engine.jobs.submit('once', { n: 2 }, { id: 'order-1' });
    expect(first).toMatchObject({ id: 'order-1', receipt: 'added' });
    expect(second).toMatchObject({ id: 'order-1', receipt: 'duplicate' });
    expect((await second.get())?.payload).toEqual({ n: 1 });
    await engine.until(async () => (await first.get())?.state === 'completed');
    expect(await engine.jobs.submit('once', {}, { id: 'order-1' })).toMatchObject({
      receipt: 'duplicate',
      state: 'completed',
    });
    expect(await second.result()).toBe('done');
    expect(engine.events.filter(({ kind }) => kind === 'submitted')).toHaveLength(1);
  });

  it('gives each of many its receipt, in order, one invalid among them', async () => {
    const engine = await start({
      workers: [],
      validator: new NeedsNumber(),
      handlers: { strict: [() => 1, { payload: Payload }], loose: () => 2 },
    });
    await engine.jobs.submit('loose', {}, { id: 'there' });
    const receipts = await engine.jobs.submitMany([
      { type: 'strict', payload: { n: 1 } },
      { type: 'strict', payload: { n: 'one' } },
      { type: 'nobody' },
      { type: 'loose', payload: 10n },
      { type: 'loose', options: { id: 'there' } },
      { type: 'loose', options: { queue: 'other' } },
      { type: 'loose', options: { delay: '-5s' as never } },
      { type: 'loose', data: 1 } as never,
      null as never,
    ]);
    expect(receipts.map(({ status }) => status)).toEqual([
      'added',
      'rejected',
      'rejected',
      'rejected',
      'duplicate',
      'added',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(receipts.map((receipt) => ('error' in receipt ? (receipt.error as { code?: string }).code : ''))).toEqual([
      '',
      'invalid-payload',
      'unknown-job-type',
      'invalid-payload',
      '',
      '',
      'invalid-option',
      'invalid-option',
      'invalid-option',
    ]);
    await expect(engine.jobs.submitMany({ type: 'loose' } as never)).rejects.toMatchObject({ option: 'submissions' });
    expect(receipts[4]).toMatchObject({ job: { id: 'there', state: 'pending' } });
    expect(receipts[5]).toMatchObject({ job: { queue: 'other' } });
  });

  it('hands thousands over in chunks, in order, without waiting for each', async () => {
    const clock = new VirtualClock();
    const memory = createMemoryStore({ clock });
    let [underWay, most] = [0, 0];
    const submit = memory.jobs.submit.bind(memory.jobs);
    memory.jobs.submit = async (request) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return submit(request);
    };
    const engine = await start({ clock, ports: memory, workers: [], handlers: { any: () => 1 } });
    const receipts = await engine.jobs.submitMany(
      Array.from(
        { length: 3_000 },
        (_, n) => (n === 1_500 ? { type: 'any', data: 1 } : { type: 'any', payload: n }) as never,
      ),
    );
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
    expect(receipts.map(({ status }) => status)).toEqual(
      Array.from({ length: 3_000 }, (_, n) => (n === 1_500 ? 'rejected' : 'added')),
    );
    const { jobs } = await engine.jobs.list({ queue: 'default', state: 'pending', pageSize: 100 });
    const submitted = receipts.flatMap((receipt) => ('job' in receipt ? [receipt.job.id] : []));
    expect(new Set(submitted).size).toBe(2_999);
    expect(jobs.every(({ id }) => submitted.includes(id))).toBe(true);
  });

  it('sends no chunk behind one that the store did not take', async () => {
    const clock = new VirtualClock();
    const { ports, faults } = withFaults(createMemoryStore({ clock }));
    const engine = await start({ clock, ports, workers: [], handlers: { any: () => 1 } });
    faults.set('rejects');
    const many = Array.from({ length: 10_000 }, () => ({ type: 'any' }));
    const before = faults.count('submit');
    await expect(engine.jobs.submitMany(many)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(faults.count('submit') - before).toBeLessThanOrEqual(4);
  });

  it('fails as a whole when the store is away, and keeps nothing back', async () => {
    const clock = new VirtualClock();
    const { ports, faults } = withFaults(createMemoryStore({ clock }));
    const engine = await start({ clock, ports, workers: [], handlers: { any: () => 1 } });
    faults.set('rejects');
    await expect(engine.jobs.submit('any')).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(engine.jobs.submitMany([{ type: 'any' }, { type: 'unheard-of' }])).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    await expect(engine.jobs.submit('any', {}, { queue: 'new' })).rejects.toMatchObject({ code: 'store-unavailable' });
    faults.set('up');
    expect(await engine.jobs.submit('any')).toMatchObject({ receipt: 'added' });
    expect(await engine.jobs.submit('any', {}, { queue: 'new' })).toMatchObject({ receipt: 'added' });
  });

  it('checks the payload at submit, naming each field', async () => {
    const engine = await start({
      workers: [],
      validator: new NeedsNumber(),
      handlers: { strict: [() => 1, { payload: Payload }] },
    });
    await expect(engine.jobs.submit('strict', { n: 'x' })).rejects.toMatchObject({
      code: 'invalid-payload',
      issues: [{ path: 'n' }],
    });
    expect((await engine.jobs.stats()).total).toBe(0);
  });

  it('submits by a class that is no provider here, with what it declares', async () => {
    class SendMail {
      handle(payload: { to: string }): string {
        return payload.to;
      }
    }
    declareHandler(SendMail, { type: 'mail', options: { queue: 'mails', priority: 'low', retry: { attempts: 2 } } });
    const engine = await start({ workers: [] });
    const job = await engine.jobs.submit(SendMail, { to: 'a@b.c' });
    expect(job).toMatchObject({ type: 'mail', queue: 'mails' });
    expect(await job.get()).toMatchObject({ priority: -100, maxAttempts: 2 });
    class Undeclared {
      handle(): void {}
    }
    await expect(engine.jobs.submit(Undeclared as never, {} as never)).rejects.toMatchObject({
      code: 'invalid-option',
      option: 'handler',
    });
  });

  it('refuses payloads over the limit, and options it does not know', async () => {
    const engine = await start({ workers: [], settings: { maxPayloadSize: 100 }, handlers: { any: () => 1 } });
    await expect(engine.jobs.submit('any', 'x'.repeat(200))).rejects.toMatchObject({ code: 'payload-too-large' });
    await expect(engine.jobs.submit('any', {}, { dealy: '5s' } as never)).rejects.toMatchObject({
      code: 'invalid-option',
      option: 'dealy',
    });
    await expect(engine.jobs.submit('any', {}, null as never)).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(engine.jobs.submit('any', {}, { queue: 'not a name' })).rejects.toMatchObject({ option: 'queue' });
  });

  it('runs a job no sooner than its delay or its time, and never after its expiry', async () => {
    const engine = await start({ workers: [{ size: 1, concurrency: 1 }], handlers: { any: () => 1 } });
    const begun = engine.clock.now();
    const delayed = await engine.jobs.submit('any', {}, { delay: '10s' });
    const timed = await engine.jobs.submit('any', {}, { runAt: new Date(begun + 20_000) });
    const past = await engine.jobs.submit('any', {}, { runAt: begun - 1 });
    expect([delayed.state, timed.state, past.state]).toEqual(['scheduled', 'scheduled', 'pending']);
    await engine.until(async () => (await delayed.get())?.state === 'completed');
    expect((await delayed.get())?.startedAt).toBeGreaterThanOrEqual(begun + 10_000);
    await engine.until(async () => (await timed.get())?.state === 'completed');
    expect((await timed.get())?.startedAt).toBeGreaterThanOrEqual(begun + 20_000);
    const expired = await engine.jobs.submit('any', {}, { delay: '10s', expiresIn: '5s' });
    await engine.until(async () => (await expired.get())?.state === 'failed');
    expect((await expired.get())?.error?.code).toBe('expired');
    await expect(expired.result()).rejects.toMatchObject({ code: 'job-failed', reason: 'expired' });
  });

  it('carries metadata, tags, timeout and retry to the handler and the record', async () => {
    let seen: JobContext | undefined;
    const engine = await start({ handlers: { any: (_: unknown, job: JobContext) => void (seen = job) } });
    const job = await engine.jobs.submit(
      'any',
      {},
      { metadata: { tenant: 'a' }, tags: ['x', 'y', 'x'], timeout: '7s', retry: { attempts: 9 }, priority: 5 },
    );
    await engine.until(() => seen !== undefined);
    expect(seen?.metadata).toEqual({ tenant: 'a' });
    expect(seen?.tags).toEqual(['x', 'y']);
    expect([seen?.priority, seen?.maxAttempts, seen?.attempt, seen?.queue, seen?.type, seen?.id]).toEqual([
      5,
      9,
      1,
      'default',
      'any',
      job.id,
    ]);
    expect((seen?.deadline.getTime() ?? 0) - (seen?.createdAt.getTime() ?? 0)).toBeGreaterThanOrEqual(7_000);
    expect(await job.get()).toMatchObject({ timeout: 7_000, tags: ['x', 'y'], metadata: { tenant: 'a' } });
  });

  describe('to a full queue', () => {
    it('waits for room, and then rejects with QueueFullError', async () => {
      const engine = await start({
        workers: [],
        settings: { queues: new Map([['small', queue({ maxDepth: 1 }, { blockTimeout: 10_000 })]]) },
        handlers: { any: [() => 1, { queue: 'small' }] },
      });
      const first = await engine.jobs.submit('any');
      let outcome: unknown;
      const begun = engine.clock.now();
      void engine.jobs.submit('any').then(
        (job) => (outcome = job.receipt),
        (error: unknown) => (outcome = error),
      );
      await engine.until(() => outcome !== undefined);
      expect(outcome).toMatchObject({ code: 'queue-full', queue: 'small', maxDepth: 1, waited: 10_000 });
      expect(engine.clock.now() - begun).toBeGreaterThanOrEqual(10_000);
      outcome = undefined;
      void engine.jobs.submit('any').then((job) => (outcome = job.receipt));
      await engine.clock.advance(2_000);
      expect(outcome).toBeUndefined();
      await engine.jobs.remove(first);
      await engine.until(() => outcome !== undefined, 5_000);
      expect(outcome).toBe('added');
    });

    it('tells each of many that found no room, and adds those that did', async () => {
      const engine = await start({
        workers: [],
        settings: { queues: new Map([['small', queue({ maxDepth: 2 }, { blockTimeout: 3_000 })]]) },
        handlers: { any: [() => 1, { queue: 'small' }], other: () => 1 },
      });
      let receipts: Awaited<ReturnType<typeof engine.jobs.submitMany>> | undefined;
      void engine.jobs
        .submitMany(['any', 'any', 'other', 'any'].map((type) => ({ type })))
        .then((answer) => (receipts = answer));
      await engine.until(() => receipts !== undefined);
      expect(receipts?.map(({ status }) => status)).toEqual(['added', 'added', 'added', 'rejected']);
      expect(receipts?.[3]).toMatchObject({ error: { code: 'queue-full', waited: 3_000 } });
    });

    it('records the newest, or the oldest, that is dropped', async () => {
      const engine = await start({
        workers: [],
        settings: {
          queues: new Map([
            ['newest', queue({ maxDepth: 1, onFull: 'drop-newest' })],
            ['oldest', queue({ maxDepth: 1, onFull: 'drop-oldest' })],
          ]),
        },
        handlers: { a: [() => 1, { queue: 'newest' }], b: [() => 1, { queue: 'oldest' }] },
      });
      const kept = await engine.jobs.submit('a');
      const dropped = await engine.jobs.submit('a');
      expect(dropped).toMatchObject({ receipt: 'dropped', state: 'failed' });
      expect((await kept.get())?.state).toBe('pending');
      expect(await dropped.get()).toMatchObject({ state: 'failed', error: { code: 'dropped' } });
      const oldest = await engine.jobs.submit('b');
      expect(await engine.jobs.submit('b')).toMatchObject({ receipt: 'added' });
      expect(await oldest.get()).toMatchObject({ state: 'failed', error: { code: 'dropped' } });
      expect((await engine.jobs.deadLetters('oldest').list()).jobs).toHaveLength(1);
    });
  });

  it('refuses a delayed job that would be one too many, at once, and takes those without a delay', async () => {
    const engine = await start({
      workers: [],
      settings: { queues: new Map([['small', queue({ maxScheduled: 1, maxDepth: 3 }, { blockTimeout: 10_000 })]]) },
      handlers: { any: [() => 1, { queue: 'small' }] },
    });
    const begun = engine.clock.now();
    const first = await engine.jobs.submit('any', {}, { delay: '1h' });
    const refusal = { code: 'too-many-scheduled', queue: 'small', maxScheduled: 1 };
    await expect(engine.jobs.submit('any', {}, { delay: '1h' })).rejects.toBeInstanceOf(TooManyScheduledError);
    await expect(engine.jobs.submit('any', {}, { delay: '1h' })).rejects.toMatchObject(refusal);
    const receipts = await engine.jobs.submitMany([
      { type: 'any', options: { delay: '1h' } },
      { type: 'any' },
      { type: 'any', options: { delay: '1h', id: first.id } },
    ]);
    expect(receipts).toMatchObject([
      { status: 'rejected', error: refusal },
      { status: 'added' },
      { status: 'duplicate', job: { id: first.id } },
    ]);
    expect(engine.clock.now()).toBe(begun);
    await engine.jobs.promote(first);
    expect(await engine.jobs.submit('any', {}, { delay: '1h' })).toMatchObject({
      receipt: 'added',
      state: 'scheduled',
    });
  });

  it('refuses a delayed job that has waited for room where too many are scheduled by then', async () => {
    const engine = await start({
      workers: [],
      settings: { queues: new Map([['small', queue({ maxScheduled: 1, maxDepth: 1 }, { blockTimeout: 10_000 })]]) },
      handlers: { any: [() => 1, { queue: 'small' }] },
    });
    const first = await engine.jobs.submit('any');
    let refused: unknown;
    void engine.jobs.submit('any', {}, { delay: '1h' }).catch((error: unknown) => (refused = error));
    await engine.clock.advance(2_000);
    expect(refused).toBeUndefined();
    await engine.jobs.remove(first);
    await engine.jobs.submit('any', {}, { delay: '1h' });
    await engine.until(() => refused !== undefined, 5_000);
    expect(refused).toBeInstanceOf(TooManyScheduledError);
  });

  it('takes only the priorities that a queue allows, also by hand', async () => {
    const engine = await start({
      workers: [],
      settings: { queues: new Map([['vip', queue({}, { priorities: [0, 100] })]]) },
      handlers: { any: [() => 1, { queue: 'vip' }] },
    });
    const job = await engine.jobs.submit('any', {}, { priority: 'high' });
    await expect(engine.jobs.submit('any', {}, { priority: 7 })).rejects.toMatchObject({
      code: 'invalid-option',
      option: 'priority',
    });
    await expect(engine.jobs.reprioritise(job.id, 7)).rejects.toMatchObject({ option: 'priority' });
    expect(await engine.jobs.reprioritise(job.id, 'normal')).toBe('pending');
    expect((await job.get())?.priority).toBe(0);
  });

  it('lets a submit win over the handler, the handler over its queue, and that over the module', async () => {
    const engine = await start({
      workers: [],
      settings: {
        defaults: { priority: 1, retain: 10, maxCrashes: 1 },
        queues: new Map([['q', queue({}, { defaults: { priority: 2, retain: 20 } })]]),
      },
      handlers: {
        module: () => 1,
        queue: [() => 1, { queue: 'q' }],
        handler: [() => 1, { queue: 'q', priority: 3 }],
      },
    });
    const priorityOf = async (type: string, options = {}): Promise<number | undefined> =>
      (await (await engine.jobs.submit(type, {}, options)).get())?.priority;
    expect(await priorityOf('module')).toBe(1);
    expect(await priorityOf('queue')).toBe(2);
    expect(await priorityOf('handler')).toBe(3);
    expect(await priorityOf('handler', { priority: 4 })).toBe(4);
    // A type that nobody knows has what its queue and the module say.
    const unknown = await engine.jobs.submit('unheard-of', {}, { queue: 'q' });
    expect(await unknown.get()).toMatchObject({ priority: 2, retain: 20, maxCrashes: 1 });
  });

  it('says so when a result is too long to travel and no record of it is kept', async () => {
    const engine = await start({ handlers: { long: [() => 'r'.repeat(100_000), { retain: 0 }] } });
    const job = await engine.jobs.submit('long');
    const outcome = job.result().catch((error: unknown) => error);
    await engine.clock.advance(5_000);
    expect(await outcome).toMatchObject({
      code: 'job-not-found',
      message: expect.stringContaining('longer') as string,
    });
  });

  it('asks the store once about a type that it does not know, however many jobs of it are submitted', async () => {
    const clock = new VirtualClock();
    const { ports, faults } = withFaults(createMemoryStore({ clock }));
    const engine = await start({ clock, ports, workers: [] });
    await engine.jobs.submitMany(
      Array.from({ length: 100 }, () => ({ type: 'elsewhere', options: { queue: 'theirs' } })),
    );
    await engine.jobs.submit('elsewhere', 1, { queue: 'theirs' });
    expect(faults.count('type')).toBe(1);
    await expect(engine.jobs.submit('elsewhere', 1)).rejects.toMatchObject({ code: 'unknown-job-type' });
    // Once somebody publishes it, it is found.
    await ports.directory.announce({
      types: [{ type: 'elsewhere', queue: 'theirs', priority: 7, maxAttempts: 1, maxCrashes: 3 }],
      queues: [],
    });
    expect(await (await engine.jobs.submit('elsewhere', 1)).get()).toMatchObject({ queue: 'theirs', priority: 7 });
  });

  it('gives the result of a job that somebody else submitted, by its id alone or with its queue', async () => {
    const engine = await start({ handlers: { add: ({ a, b }: { a: number; b: number }) => a + b } });
    const { id, queue } = await engine.jobs.submit('add', { a: 1, b: 2 });
    const results = Promise.all([engine.jobs.result(id), engine.jobs.result({ id, queue }, { timeout: '1m' })]);
    await engine.until(async () => (await engine.jobs.get(id))?.state === 'completed');
    expect(await results).toEqual([3, 3]);
    await expect(engine.jobs.result('nobody')).rejects.toMatchObject({ code: 'job-not-found' });
  });

  it('waits for results in a process that only submits, without ticking', async () => {
    const clock = new VirtualClock();
    const store = createMemoryStore({ clock });
    const { ports, faults } = withFaults(store);
    const web = await start({ clock, ports, workers: [] });
    const worker = await start({ clock, ports: store, handlers: { add: ({ a }: { a: number }) => a + 1 } });
    const job = await web.jobs.submit('add', { a: 1 });
    let result: unknown;
    void job.result().then((value) => (result = value));
    await worker.until(() => result !== undefined);
    expect(result).toBe(2);
    expect([faults.count('tick'), faults.count('claim'), faults.count('sleep')]).toEqual([0, 0, 0]);
    expect(web.pool.workers()).toEqual([]);
  });
});
