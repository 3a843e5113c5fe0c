import { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import type { Middleware } from '../../libs/jobs/src/application/handlers/handler.js';
import { PayloadValidator } from '../../libs/jobs/src/application/ports/payload-validator.js';
import { InvalidPayloadError, RetryLaterError, UnrecoverableError } from '../../libs/jobs/src/domain/errors/errors.js';
import { Gate, passing } from './gate.js';
import { startEngine, type TestEngine } from './start-engine.js';

class RefusesOld extends PayloadValidator {
  override compile(jobType: string): (payload: unknown) => unknown {
    return async (payload) => {
      await Promise.resolve();
      if ((payload as { old?: boolean }).old === true && this.strict) {
        throw new InvalidPayloadError(jobType, [{ path: 'old', message: 'must not be' }]);
      }
      return { ...(payload as object), made: 'by the validator' };
    };
  }

  strict = false;
}

class Payload {}

class Exclaim {
  private readonly mark = '!';

  async use(_job: JobContext, next: () => Promise<unknown>): Promise<string> {
    return `${String(await next())}${this.mark}`;
  }
}

describe('an attempt', () => {
  let engine: TestEngine;

  const state = async (job: { get(): Promise<{ state: string } | undefined> }): Promise<string | undefined> =>
    (await job.get())?.state;
  const over = (job: Parameters<typeof state>[0], as: string): Promise<void> =>
    engine.until(async () => (await state(job)) === as);

  afterEach(async () => {
    await engine.close();
  });

  describe('payload and result', () => {
    it('hands the handler what the validator makes of the payload', async () => {
      let seen: unknown;
      engine = await startEngine({
        validator: new RefusesOld(),
        handlers: { typed: [(payload: unknown) => void (seen = payload), { payload: Payload }] },
      });
      await over(await engine.jobs.submit('typed', { a: 1 }), 'completed');
      expect(seen).toEqual({ a: 1, made: 'by the validator' });
    });

    it('fails an invalid stored payload at once, without retries', async () => {
      const validator = new RefusesOld();
      let runs = 0;
      engine = await startEngine({ validator, handlers: { typed: [() => void runs++, { payload: Payload }] } });
      const job = await engine.jobs.submit('typed', { old: true }, { retry: { attempts: 5 }, delay: '1s' });
      validator.strict = true;
      await over(job, 'failed');
      expect(runs).toBe(0);
      expect(await job.get()).toMatchObject({ attempts: 1, error: { code: 'invalid-payload' } });
    });

    it.each([
      ['BigInt', 10n],
      ['a function', () => 1],
      [
        'a cycle',
        (() => {
          const value: { self?: unknown } = {};
          value.self = value;
          return value;
        })(),
      ],
      ['more than the limit', 'x'.repeat(200)],
    ])('is completed though its result is %s, and its log says that it was not kept', async (_what, result) => {
      engine = await startEngine({ settings: { maxPayloadSize: 100 }, handlers: { odd: () => result } });
      const job = await engine.jobs.submit('odd');
      await over(job, 'completed');
      const record = await job.get();
      expect(record?.result).toBeUndefined();
      expect(record?.log[0]?.message).toMatch(/result was not kept/);
      expect(await job.result()).toBeUndefined();
    });
  });

  describe('what a handler throws', () => {
    it.each([
      ['a string', 'just text', 'non-error-thrown'],
      ['nothing', undefined, 'non-error-thrown'],
      ['an object', { status: 500 }, 'non-error-thrown'],
      ['an error with a code', Object.assign(new Error('no'), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ])('%s is kept as a failure', async (_what, thrown, code) => {
      engine = await startEngine({
        handlers: {
          bad: [
            () => {
              throw thrown;
            },
            { retry: { attempts: 1 } },
          ],
          rejects: [
            // eslint-disable-next-line typescript/prefer-promise-reject-errors
            () => Promise.reject(thrown),
            { retry: { attempts: 1 } },
          ],
        },
      });
      const jobs = [await engine.jobs.submit('bad'), await engine.jobs.submit('rejects')];
      for (const job of jobs) {
        await over(job, 'failed');
        expect((await job.get())?.error).toMatchObject({ code, attempt: 1 });
        await expect(job.result()).rejects.toMatchObject({ code: 'job-failed', reason: code });
      }
    });

    it('is ignored when it rejects after its timeout', async () => {
      engine = await startEngine({
        handlers: {
          late: [
            async () => {
              await passing(engine.clock, 10_000);
              throw new Error('too late');
            },
            { timeout: '1s', retry: { attempts: 1 } },
          ],
        },
      });
      const job = await engine.jobs.submit('late');
      await over(job, 'failed');
      expect(engine.pool.workers().reduce((sum, { overdue }) => sum + overdue, 0)).toBe(1);
      await engine.clock.advance(20_000);
      expect(await job.get()).toMatchObject({ state: 'failed', error: { code: 'timeout' }, attempts: 1 });
      expect(engine.pool.workers().reduce((sum, { overdue }) => sum + overdue, 0)).toBe(0);
      expect(engine.events.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    });

    it('does not undo a timeout when it returns within the grace', async () => {
      engine = await startEngine({
        handlers: {
          obedient: [
            (_: unknown, job: JobContext) =>
              new Promise((resolve) => job.signal.addEventListener('abort', () => resolve('partial'))),
            { timeout: '1s', retry: { attempts: 1 } },
          ],
        },
      });
      const job = await engine.jobs.submit('obedient');
      await over(job, 'failed');
      expect((await job.get())?.error).toMatchObject({ code: 'timeout', message: expect.stringContaining('1000 ms') });
    });
  });

  describe('retries', () => {
    const failing = (error: unknown, options: object = {}): Parameters<typeof startEngine>[0] => ({
      handlers: {
        bad: [
          () => {
            throw error;
          },
          { retry: { attempts: 4, jitter: 0, initialDelay: '1s', ...options } },
        ],
      },
    });

    it('takes the delay that RetryLaterError asks for', async () => {
      engine = await startEngine(failing(new RetryLaterError('42s')));
      const job = await engine.jobs.submit('bad');
      await over(job, 'retrying');
      expect((await job.get())?.error?.delay).toBe(42_000);
    });

    it('gives up at once on UnrecoverableError', async () => {
      engine = await startEngine(failing(new UnrecoverableError('never')));
      const job = await engine.jobs.submit('bad');
      await over(job, 'failed');
      expect((await job.get())?.attempts).toBe(1);
    });

    it('gives up on what giveUpOn names, and on what retryOn does not', async () => {
      engine = await startEngine(failing(new TypeError('no'), { giveUpOn: TypeError }));
      const given = await engine.jobs.submit('bad');
      await over(given, 'failed');
      expect((await given.get())?.attempts).toBe(1);
      await engine.close();
      engine = await startEngine(failing(new Error('no'), { retryOn: 'network' }));
      const other = await engine.jobs.submit('bad');
      await over(other, 'failed');
      expect((await other.get())?.attempts).toBe(1);
      await engine.close();
      engine = await startEngine(
        failing(Object.assign(new Error('no'), { code: 'ECONNRESET' }), { retryOn: 'network' }),
      );
      const network = await engine.jobs.submit('bad');
      await over(network, 'failed');
      expect((await network.get())?.attempts).toBe(4);
    });

    it('ends the attempt, and frees its slot, when a predicate of retryOn or giveUpOn throws: it counts as no match', async () => {
      const unguarded = (error: Error): boolean =>
        (error as Error & { response: { status: number } }).response.status === 503;
      engine = await startEngine(failing(new Error('no response'), { giveUpOn: unguarded }));
      const retried = await engine.jobs.submit('bad');
      await over(retried, 'failed');
      expect((await retried.get())?.attempts).toBe(4);
      expect(engine.pool.workers().flatMap(({ currentJobs }) => currentJobs)).toEqual([]);
      await engine.close();
      engine = await startEngine(failing(new Error('no response'), { retryOn: unguarded }));
      const given = await engine.jobs.submit('bad');
      await over(given, 'failed');
      expect((await given.get())?.attempts).toBe(1);
    });

    it('falls back to the handler where the retry options stored with a job cannot be read', async () => {
      engine = await startEngine(failing(new Error('no')));
      await engine.ports.jobs.submit({
        queue: 'default',
        holder: 'another version',
        specs: [
          {
            id: 'odd',
            type: 'bad',
            payload: 'null',
            priority: 0,
            maxAttempts: 2,
            maxCrashes: 3,
            settings: { retry: { backoff: 'fibonacci' as never } },
          },
        ],
      });
      await engine.until(async () => (await engine.jobs.get('odd'))?.state === 'failed');
      expect(await engine.jobs.get('odd')).toMatchObject({ attempts: 2, history: [{ delay: 1_000 }, {}] });
    });

    it('takes the codes, names and presets that a submit gives', async () => {
      const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
      engine = await startEngine(failing(refused));
      const retried = await engine.jobs.submit('bad', {}, { retry: { attempts: 2, retryOn: 'network' } });
      const other = await engine.jobs.submit('bad', {}, { retry: { attempts: 2, retryOn: ['database', 'E_BUSY'] } });
      const givenUp = await engine.jobs.submit('bad', {}, { retry: { attempts: 2, giveUpOn: ['ECONNREFUSED'] } });
      await over(retried, 'failed');
      expect((await retried.get())?.history).toHaveLength(2);
      await over(other, 'failed');
      expect((await other.get())?.history).toHaveLength(2); // what breaks a connection breaks a database's too
      await over(givenUp, 'failed');
      expect((await givenUp.get())?.history).toHaveLength(1);
    });

    it('asks the backoff function, and waits for nothing with none', async () => {
      engine = await startEngine(failing(new Error('no'), { backoff: (attempt: number) => attempt * 5_000 }));
      const job = await engine.jobs.submit('bad');
      await over(job, 'failed');
      expect((await job.get())?.history.map(({ delay }) => delay)).toEqual([5_000, 10_000, 15_000, undefined]);
      const atOnce = await engine.jobs.submit('bad', {}, { retry: { backoff: 'none', attempts: 2 } });
      const begun = engine.clock.now();
      await over(atOnce, 'failed');
      expect((await atOnce.get())?.history).toMatchObject([{ delay: 0, failedAt: begun }, { failedAt: begun }]);
    });

    it('keeps who ran each failed attempt, and when', async () => {
      engine = await startEngine(failing(new Error('no')));
      const job = await engine.jobs.submit('bad', {}, { retry: { attempts: 2 } });
      await over(job, 'failed');
      const { history = [] } = (await job.get()) ?? {};
      const ids = engine.pool.workers().map(({ id }) => id);
      expect(history).toHaveLength(2);
      for (const failure of history) {
        expect(ids).toContain(failure.worker);
        expect(failure.worker?.startsWith(failure.process)).toBe(true);
        expect(failure.failedAt - (failure.startedAt ?? 0)).toBe(0);
        expect(failure).toMatchObject({ name: 'Error', message: 'no', stack: expect.any(String) });
      }
    });
  });

  describe('snooze', () => {
    it('puts the job off without using an attempt, also when it is caught or wrapped', async () => {
      const runs: string[] = [];
      const snoozing = (how: 'thrown' | 'caught' | 'wrapped') => async (_: unknown, job: JobContext) => {
        runs.push(how);
        if (runs.filter((each) => each === how).length > 1) {
          return how;
        }
        try {
          await passing(engine.clock, 10);
          return job.snooze('5m');
        } catch (error) {
          if (how === 'caught') {
            return 'swallowed';
          }
          throw how === 'wrapped' ? new Error('wrapped', { cause: error }) : error;
        }
      };
      engine = await startEngine({
        handlers: { thrown: snoozing('thrown'), caught: snoozing('caught'), wrapped: snoozing('wrapped') },
      });
      const begun = engine.clock.now();
      const jobs = await Promise.all(
        (['thrown', 'caught', 'wrapped'] as const).map((type) =>
          engine.jobs.submit(type, {}, { retry: { attempts: 1 } }),
        ),
      );
      for (const job of jobs) {
        await over(job, 'scheduled');
      }
      for (const job of jobs) {
        await engine.until(async () => (await state(job)) === 'completed', 400_000);
        const record = await job.get();
        expect(record).toMatchObject({ attempts: 1, result: job.type, history: [] });
        expect((record?.startedAt ?? 0) - begun).toBeGreaterThanOrEqual(300_000);
      }
    });

    it('does not hide an error that comes after a snooze was swallowed', async () => {
      engine = await startEngine({
        handlers: {
          both: [
            (_: unknown, job: JobContext) => {
              try {
                job.snooze('5m');
              } catch {
                // goes on regardless
              }
              throw new Error('real');
            },
            { retry: { attempts: 1 } },
          ],
        },
      });
      const job = await engine.jobs.submit('both');
      await over(job, 'failed');
      expect((await job.get())?.error?.message).toBe('real');
    });
  });

  describe('its context', () => {
    it('is reached from any depth, and by nobody outside', async () => {
      const deep = async (): Promise<string> => {
        await passing(engine.clock, 5);
        return JobContext.current().id;
      };
      engine = await startEngine({ handlers: { deep: async () => [await deep(), await deep()] } });
      const jobs = [await engine.jobs.submit('deep'), await engine.jobs.submit('deep')];
      for (const job of jobs) {
        await over(job, 'completed');
        expect((await job.get())?.result).toEqual([job.id, job.id]);
      }
      expect(JobContext.find()).toBeUndefined();
      expect(() => JobContext.current()).toThrow(/outside of a job handler/);
    });

    it('keeps the latest progress and the last lines of the log, each within bounds', async () => {
      const gate = new Gate();
      engine = await startEngine({
        handlers: {
          talks: async (_: unknown, job: JobContext) => {
            job.progress(10);
            job.progress({ done: 5, of: 10 });
            for (let line = 1; line <= 150; line++) {
              job.log(`line ${line}`);
            }
            job.log('x'.repeat(5_000));
            await gate.opened;
            job.log('the end');
            job.progress(100);
          },
        },
      });
      const job = await engine.jobs.submit('talks');
      await engine.until(async () => (await job.get())?.progress !== undefined);
      const running = await job.get();
      expect(running).toMatchObject({ state: 'running', progress: { done: 5, of: 10 } });
      expect(running?.log).toHaveLength(100);
      expect(running?.log[0]?.message).toBe('line 52');
      expect(running?.log.at(-1)?.message).toHaveLength(2_000);
      gate.open();
      await over(job, 'completed');
      const record = await job.get();
      expect(record).toMatchObject({ progress: 100 });
      expect(record?.log).toHaveLength(100);
      expect(record?.log.at(-1)).toMatchObject({ message: 'the end', attempt: 1 });
      expect(engine.events.filter(({ kind }) => kind === 'progress')).toHaveLength(3);
    });

    it('refuses progress that JSON cannot carry, and takes nothing after the end', async () => {
      let context: JobContext | undefined;
      engine = await startEngine({
        handlers: {
          odd: [
            (_: unknown, job: JobContext) => {
              context = job;
              job.progress({ big: 1n as never });
            },
            { retry: { attempts: 1 } },
          ],
        },
      });
      const job = await engine.jobs.submit('odd');
      await over(job, 'failed');
      expect((await job.get())?.error?.code).toBe('invalid-payload');
      context?.progress(99);
      context?.log('from the grave');
      await engine.clock.advance(1_000);
      expect(await job.get()).toMatchObject({ log: [] });
      expect((await job.get())?.progress).toBeUndefined();
      expect(context?.signal.aborted).toBe(false);
    });

    it('keeps a timeout of its own for each job, and says why the signal aborted', async () => {
      const reasons: unknown[] = [];
      engine = await startEngine({
        handlers: {
          waits: [
            (_: unknown, job: JobContext) =>
              new Promise((_resolve, reject) =>
                job.signal.addEventListener('abort', () => {
                  reasons.push(job.signal.reason);
                  reject(job.signal.reason as Error);
                }),
              ),
            { timeout: '1h', retry: { attempts: 1 } },
          ],
        },
      });
      const short = await engine.jobs.submit('waits', {}, { timeout: '2s' });
      const long = await engine.jobs.submit('waits');
      await over(short, 'failed');
      expect(reasons).toMatchObject([{ code: 'timeout', jobId: short.id, timeout: 2_000 }]);
      expect(await state(long)).toBe('running');
      await engine.jobs.cancel(long);
      await over(long, 'cancelled');
      expect(reasons[1]).toMatchObject({ code: 'cancelled', jobId: long.id });
    });
  });

  describe('middleware', () => {
    it("runs the module's around the handler's around the handler, and may replace result and error", async () => {
      const order: string[] = [];
      const traced =
        (name: string): Middleware =>
        async (job, next) => {
          order.push(`${name} before ${job.type} as ${JobContext.current().id === job.id ? 'current' : 'stranger'}`);
          try {
            return `${name}(${String(await next())})`;
          } catch (error) {
            order.push(`${name} saw ${(error as Error).message}`);
            throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
          } finally {
            order.push(`${name} after`);
          }
        };
      engine = await startEngine({
        settings: { middleware: [traced('outer')] },
        handlers: {
          good: [() => 'result', { middleware: [traced('inner')] }],
          bad: [
            () => {
              throw new Error('boom');
            },
            { retry: { attempts: 1 } },
          ],
          recovered: [
            () => Promise.reject(new Error('boom')),
            { middleware: [(_job, next) => next().catch(() => 'saved')] },
          ],
          skipped: [() => 'never', { middleware: [() => Promise.resolve('instead')] }],
          object: [() => 'result', { middleware: [new Exclaim()] }],
          sync: [
            () => 'never',
            {
              retry: { attempts: 1 },
              middleware: [
                () => {
                  throw new Error('synchronous');
                },
              ],
            },
          ],
        },
      });
      const good = await engine.jobs.submit('good');
      await over(good, 'completed');
      expect(await good.result()).toBe('outer(inner(result))');
      expect(order).toEqual([
        'outer before good as current',
        'inner before good as current',
        'inner after',
        'outer after',
      ]);
      const bad = await engine.jobs.submit('bad');
      await over(bad, 'failed');
      expect(await bad.get()).toMatchObject({ error: { message: 'outer: boom', causes: ['boom'] } });
      const recovered = await engine.jobs.submit('recovered');
      await over(recovered, 'completed');
      expect(await recovered.result()).toBe('outer(saved)');
      const skipped = await engine.jobs.submit('skipped');
      await over(skipped, 'completed');
      expect(await skipped.result()).toBe('outer(instead)');
      const object = await engine.jobs.submit('object');
      await over(object, 'completed');
      expect(await object.result()).toBe('outer(result!)');
      const sync = await engine.jobs.submit('sync');
      await over(sync, 'failed');
      expect((await sync.get())?.error?.message).toBe('outer: synchronous');
    });
  });

  describe('cancelled', () => {
    it('in every state that waits at once, and in none that is over', async () => {
      engine = await startEngine({
        handlers: {
          bad: [
            () => {
              throw new Error('no');
            },
            { retry: { initialDelay: '1h' } },
          ],
          good: () => 1,
        },
      });
      const scheduled = await engine.jobs.submit('good', {}, { delay: '1h' });
      const retrying = await engine.jobs.submit('bad');
      const done = await engine.jobs.submit('good');
      await over(retrying, 'retrying');
      await over(done, 'completed');
      await engine.jobs.queue('default').pause();
      const pending = await engine.jobs.submit('good');
      for (const job of [scheduled, retrying, pending]) {
        expect(await engine.jobs.cancel(job.id)).toBe('cancelled');
        await expect(job.result()).rejects.toMatchObject({ code: 'cancelled' });
      }
      await expect(engine.jobs.cancel(done)).rejects.toMatchObject({ code: 'illegal-state', state: 'completed' });
      await expect(engine.jobs.cancel('nobody')).rejects.toMatchObject({ code: 'job-not-found' });
    });

    it('while it waits here to begin: it never runs', async () => {
      const gates = [new Gate(), new Gate()];
      const begun: string[] = [];
      engine = await startEngine({
        workers: [{ size: 1, concurrency: 4 }],
        handlers: {
          one: [
            async (_: unknown, job: JobContext) => {
              begun.push(job.id);
              await gates[begun.length - 1]?.opened;
            },
            { concurrency: 1 },
          ],
        },
      });
      const first = await engine.jobs.submit('one');
      const second = await engine.jobs.submit('one');
      await over(second, 'running');
      expect(begun).toEqual([first.id]);
      expect(await engine.jobs.cancel(second)).toBe('running');
      await over(second, 'cancelled');
      gates[0]?.open();
      await over(first, 'completed');
      expect(begun).toEqual([first.id]);
    });

    it('but completed when its handler finishes first, and released by a shutdown into cancelled', async () => {
      const gate = new Gate();
      engine = await startEngine({ handlers: { deaf: () => gate.opened.then(() => 'finished') } });
      const job = await engine.jobs.submit('deaf');
      await over(job, 'running');
      await engine.jobs.cancel(job);
      gate.open();
      await over(job, 'completed');
      expect(await job.result()).toBe('finished');
    });

    it('is heard within a second in another process, and by the heartbeat where the notice is lost', async () => {
      let aborted: unknown;
      engine = await startEngine({
        handlers: {
          slow: (_: unknown, job: JobContext) =>
            new Promise((_resolve, reject) =>
              job.signal.addEventListener('abort', () => {
                aborted = job.signal.reason;
                reject(new Error('stopped'));
              }),
            ),
        },
      });
      const web = await startEngine({ clock: engine.clock, ports: engine.ports, workers: [] });
      const job = await web.jobs.submit('slow', {}, { queue: 'default' });
      await over(job, 'running');
      await web.jobs.cancel(job);
      await engine.until(() => aborted !== undefined, 1_000);
      expect(aborted).toMatchObject({ code: 'cancelled' });
      await over(job, 'cancelled');
    });
  });

  describe('a type that this process does not know', () => {
    const stray = (id: string): object => ({
      queue: 'default',
      holder: 'a newer version',
      specs: [{ id, type: 'new', payload: 'null', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} }],
    });

    it('is released with a growing delay, uses no attempt, and fails as no-handler in the end', async () => {
      engine = await startEngine({ handlers: { old: () => 1 } });
      await engine.ports.jobs.submit(stray('s1') as never);
      await engine.until(async () => (await engine.jobs.get('s1'))?.state === 'failed', 600_000);
      expect(await engine.jobs.get('s1')).toMatchObject({ error: { code: 'no-handler' } });
      const released = engine.events.filter(({ kind }) => kind === 'released');
      expect(released).toHaveLength(10);
      expect(released.every((event) => 'reason' in event && event.reason === 'no-handler' && event.attempt === 1)).toBe(
        true,
      );
    });

    it('runs once a handler for it is registered', async () => {
      engine = await startEngine({ handlers: { old: () => 1 } });
      await engine.ports.jobs.submit(stray('s2') as never);
      await engine.clock.advance(5_000);
      engine.jobs.register('new', () => 'at last');
      await engine.until(async () => (await engine.jobs.get('s2'))?.state === 'completed');
      expect((await engine.jobs.get('s2'))?.result).toBe('at last');
    });
  });
});
