import { readFile } from 'node:fs/promises';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { IsEmail, IsOptional } from 'class-validator';
import { Clock } from '../application/ports/clock.js';
import { type Handler, JobContext, JobHandler, JobService, JobsModule, OnJobEvent, ScheduleService } from '../index.js';
import { JobSnoozedError, JobsTestingModule, type JobsTestingOptions, TestingJobs, useTestingJobs } from './index.js';

class Email {
  @IsEmail() to!: string;
  @IsOptional() failures?: number;
}

const ran: string[] = [];

@JobHandler('email', { payload: Email, retry: { attempts: 3, backoff: 'fixed', initialDelay: '10s', jitter: 1 } })
class SendEmail implements Handler<Email, { accepted: string }> {
  handle({ to, failures = 0 }: Email, job: JobContext): { accepted: string } {
    ran.push(`${to}#${job.attempt}`);
    if (job.attempt <= failures) {
      throw new Error(`no ${job.attempt}`);
    }
    return { accepted: to };
  }
}

@JobHandler('welcome')
class Welcome implements Handler<{ names: string[] }, number> {
  constructor(private readonly jobs: JobService) {}

  async handle({ names }: { names: string[] }): Promise<number> {
    await readFile(__filename); // real I/O, while virtual time stands
    await this.jobs.submitMany(names.map((name) => ({ type: SendEmail, payload: { to: `${name}@b.org` } })));
    return names.length;
  }
}

@JobHandler('ask')
class Ask implements Handler<{ to: string }> {
  constructor(private readonly jobs: JobService) {}

  async handle(payload: { to: string }): Promise<unknown> {
    return (await this.jobs.submit(SendEmail, payload)).result();
  }
}

let reason: Error | undefined;

@JobHandler('slow', { timeout: '5m', retry: { attempts: 1 } })
class Slow implements Handler<string | undefined> {
  handle(how: string | undefined, job: JobContext): Promise<never> {
    return new Promise((_resolve, reject) => {
      if (how !== 'deaf') {
        job.signal.addEventListener('abort', () => {
          reason = job.signal.reason as Error;
          reject(reason);
        });
      }
    });
  }
}

@JobHandler('context')
class ShowContext implements Handler<null, object> {
  handle(_payload: null, job: JobContext): object {
    job.log('hello');
    job.progress(50);
    const { id, attempt, maxAttempts, metadata, tags, deadline, createdAt } = JobContext.current();
    return { id, attempt, maxAttempts, metadata, tags, deadline, createdAt };
  }
}

@JobHandler('snooze')
class Snooze implements Handler<null> {
  handle(_payload: null, job: JobContext): never {
    return job.snooze('1h');
  }
}

@Injectable()
class AfterEmail {
  readonly heard: string[] = [];

  constructor(private readonly jobs: JobService) {}

  @OnJobEvent('completed', { type: 'email' })
  async onEmail(event: { readonly id: string }): Promise<void> {
    this.heard.push(event.id);
    if (this.heard.length === 1) {
      await this.jobs.submit(SendEmail, { to: 'follow@b.org' });
    }
  }
}

@Module({ providers: [SendEmail, Welcome, Ask, Slow, ShowContext, Snooze] })
class FeatureModule {}

describe('TestingJobs', () => {
  let module: TestingModule;
  let jobs: TestingJobs;
  let service: JobService;

  async function start(options?: JobsTestingOptions, providers: (typeof AfterEmail)[] = []): Promise<void> {
    module = await Test.createTestingModule({
      imports: [JobsTestingModule.forRoot(options), FeatureModule],
      providers,
    }).compile();
    await module.init();
    jobs = module.get(TestingJobs);
    service = module.get(JobService);
  }

  beforeEach(() => {
    ran.length = 0;
    reason = undefined;
  });

  afterEach(() => module.close());

  describe('drain', () => {
    it('runs nothing before, and then what is ready, in order, with what handlers submit', async () => {
      await start();
      await service.submit(Welcome, { names: ['b', 'a'] });
      await service.submit(SendEmail, { to: 'last@b.org' }, { priority: 'low' });
      await service.submit(SendEmail, { to: 'later@b.org' }, { delay: '1h' });
      expect(ran).toEqual([]);
      expect(await jobs.drain()).toEqual({
        attempts: 4,
        completed: 4,
        retried: 0,
        failed: 0,
        cancelled: 0,
        snoozed: 0,
        released: 0,
      });
      expect(ran).toEqual(['b@b.org#1', 'a@b.org#1', 'last@b.org#1']);
      expect(await jobs.drain()).toMatchObject({ attempts: 0 });
    });

    it('gives the result to whoever waits for it', async () => {
      await start();
      const job = await service.submit(SendEmail, { to: 'a@b.org' });
      const result = job.result();
      await jobs.drain();
      expect(await result).toEqual({ accepted: 'a@b.org' });
    });

    it('runs retries without a delay at once, and stops at a delay', async () => {
      await start();
      await service.submit(SendEmail, { to: 'a@b.org', failures: 2 }, { retry: { backoff: 'none' } });
      await service.submit(SendEmail, { to: 'd@b.org', failures: 2 });
      expect(await jobs.drain()).toMatchObject({ completed: 1, retried: 3 });
      expect(jobs.submitted(SendEmail).map(({ state, attempts }) => [state, attempts])).toEqual([
        ['completed', 3],
        ['retrying', 1],
      ]);
    });

    it('runs what a listener submits', async () => {
      await start({}, [AfterEmail]);
      await service.submit(SendEmail, { to: 'first@b.org' });
      await jobs.drain();
      expect(ran).toEqual(['first@b.org#1', 'follow@b.org#1']);
    });

    it('lets a handler wait for the result of another job with concurrency 2', async () => {
      await start();
      const job = await service.submit(Ask, { to: 'a@b.org' });
      await jobs.drain({ concurrency: 2 });
      expect(await job.result()).toEqual({ accepted: 'a@b.org' });
    });

    it('says which handler does not return, and what to do', async () => {
      await start();
      await service.submit(Slow, undefined, { id: 's1' });
      await expect(jobs.drain({ patience: 20 })).rejects.toThrow(
        /handler of 'slow' \(s1\) has not returned after 20 ms.*begin\(\).*advance\(\)/s,
      );
    });

    it('tells work without end from a lot of work', async () => {
      await start();
      service.register('again', () => service.submit('again'));
      await service.submit('again');
      await expect(jobs.drain()).rejects.toThrow('does a handler submit itself');
    });

    it('leaves alone what no handler here would claim, and fails at last what is of no known type', async () => {
      await start();
      await service.submit('elsewhere', {}, { queue: 'other' });
      await service.submit('unknown', {}, { queue: 'default' });
      await jobs.advance('1h');
      expect(jobs.submitted('elsewhere')).toMatchObject([{ state: 'pending', attempts: 0 }]);
      expect(jobs.submitted('unknown')).toMatchObject([{ state: 'failed', error: { code: 'no-handler' } }]);
    });

    it('works the queues of the worker groups, in their order', async () => {
      await start({ worker: { queues: ['first', 'second'] } });
      for (const queue of ['third', 'second', 'first']) {
        service.register(queue, () => void ran.push(queue), { queue });
        await service.submit(queue);
      }
      await jobs.drain();
      expect(ran).toEqual(['first', 'second']);
    });
  });

  describe('advance', () => {
    it('runs what falls due, each at its own time, retries exactly at their delay', async () => {
      await start({ now: new Date('2030-05-01T12:00:00Z') });
      const times: string[] = [];
      service.register('tick', () => void times.push(jobs.now.toISOString().slice(11, 19)));
      await service.submit('tick', null, { delay: '90m' });
      await service.submit('tick', null, { runAt: new Date('2030-05-01T12:30:00Z') });
      await service.submit(SendEmail, { to: 'a@b.org', failures: 2 });
      await jobs.advance(9_999);
      expect(ran).toEqual(['a@b.org#1']);
      await jobs.advance(1);
      expect(ran).toEqual(['a@b.org#1', 'a@b.org#2']);
      expect(await jobs.advance('2h')).toMatchObject({ completed: 3 });
      expect(times).toEqual(['12:30:00', '13:30:00']);
      expect(ran).toHaveLength(3);
      expect(jobs.now).toEqual(new Date('2030-05-01T14:00:10Z'));
    });

    it('lets months pass without the upkeep that processes do for each other', async () => {
      await start({
        schedules: { declared: [{ id: 'yearly', expression: '0 0 1 6 *', type: 'context', payload: null }] },
      });
      const times = jest.spyOn(module.get(Clock), 'after');
      expect(await jobs.advance('90d')).toMatchObject({ attempts: 0 });
      expect(times.mock.calls.length).toBeLessThan(1_000);
    });

    it('works beside fake timers that leave the event loop alone', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        await start();
        await service.submit(Welcome, { names: ['a'] });
        expect(await jobs.advance('1h')).toMatchObject({ completed: 2 });
      } finally {
        jest.useRealTimers();
      }
    });

    it('expires what was not begun in time', async () => {
      await start();
      await service.submit(SendEmail, { to: 'a@b.org' }, { delay: '2h', expiresIn: '1h' });
      await jobs.advance('3h');
      expect(await jobs.failed()).toMatchObject([{ type: 'email', error: { code: 'expired' } }]);
      expect(jobs.submitted(SendEmail)).toMatchObject([{ state: 'failed', error: { code: 'expired' } }]);
    });

    it.each(['obedient', 'deaf'])('times out what was begun, be its handler %s', async (how) => {
      await start();
      const job = await service.submit(Slow, how);
      await jobs.begin();
      await jobs.advance('4m');
      expect(await jobs.job(job)).toMatchObject({ state: 'running' });
      await jobs.advance('2m');
      expect(await jobs.job(job)).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
      await expect(job.result()).rejects.toMatchObject({ reason: 'timeout' });
      await service.submit(SendEmail, { to: 'next@b.org' });
      expect(await jobs.drain()).toMatchObject({ completed: 1 });
    });

    it('gives back what waits for the limit of its type behind a begun handler', async () => {
      await start();
      let finish: (value: unknown) => void = () => undefined;
      service.register('single', () => new Promise((resolve) => (finish = resolve)), { concurrency: 1 });
      const [, second] = [await service.submit('single'), await service.submit('single')];
      await jobs.begin();
      expect((await jobs.job(second))?.state).toBe('pending');
      finish('done');
      const drained = jobs.drain();
      while ((await jobs.job(second))?.state !== 'running') {
        await new Promise((resolve) => setImmediate(resolve));
      }
      finish('done');
      expect(await drained).toMatchObject({ completed: 2 });
    });

    it('goes on while a begun handler ignores everything, and close ends all the same', async () => {
      await start();
      await service.submit(Slow, 'deaf');
      await jobs.begin();
      await service.submit(SendEmail, { to: 'a@b.org' }, { delay: '1m' });
      await jobs.advance('2m');
      expect(ran).toEqual(['a@b.org#1']);
    });
  });

  it('cancels what was begun through its signal', async () => {
    await start();
    const job = await service.submit(Slow, undefined);
    await jobs.begin();
    await service.cancel(job);
    expect(await jobs.drain()).toMatchObject({ cancelled: 1 });
    expect(reason).toMatchObject({ code: 'cancelled' });
    expect(jobs.submitted(Slow)).toMatchObject([{ state: 'cancelled' }]);
  });

  describe('run', () => {
    it('answers what the handler returns, and stores nothing', async () => {
      await start();
      expect(await jobs.run(SendEmail, { to: 'a@b.org' })).toEqual({ accepted: 'a@b.org' });
      expect(jobs.submitted()).toEqual([]);
    });

    it('throws what the handler throws, and checks the payload first', async () => {
      await start();
      await expect(jobs.run(SendEmail, { to: 'a@b.org', failures: 1 })).rejects.toThrow('no 1');
      expect(await jobs.run(SendEmail, { to: 'a@b.org', failures: 1 }, { attempt: 2 })).toEqual({
        accepted: 'a@b.org',
      });
      await expect(jobs.run(SendEmail, { to: 'nobody' })).rejects.toMatchObject({ code: 'invalid-payload' });
      expect(ran).toHaveLength(2);
    });

    it('gives the context that is told, and passes on what the handler says', async () => {
      const seen: unknown[] = [];
      await start({ middleware: [async (job, next) => ({ ...((await next()) as object), by: job.id })] });
      const onLog = (line: string): void => void seen.push(line);
      const onProgress = (progress: unknown): void => void seen.push(progress);
      const createdAt = new Date(0);
      expect(
        await jobs.run(ShowContext, null, {
          id: 'x',
          attempt: 2,
          maxAttempts: 7,
          metadata: { tenant: 't' },
          tags: ['a'],
          timeout: '1m',
          createdAt,
          onLog,
          onProgress,
        }),
      ).toEqual({
        id: 'x',
        by: 'x',
        attempt: 2,
        maxAttempts: 7,
        metadata: { tenant: 't' },
        tags: ['a'],
        deadline: new Date(jobs.now.getTime() + 60_000),
        createdAt,
      });
      expect(seen).toEqual(['hello', 50]);
    });

    it('times out on virtual time, and follows a signal', async () => {
      await start();
      const late = jobs.run(Slow, undefined);
      late.catch(() => undefined);
      await jobs.advance('5m');
      await expect(late).rejects.toMatchObject({ code: 'timeout' });
      const stop = new AbortController();
      const stopped = jobs.run(Slow, undefined, { signal: stop.signal });
      stop.abort();
      await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    });

    it('rejects for a snooze, and for a handler that is not there', async () => {
      await start();
      await expect(jobs.run(Snooze, null)).rejects.toEqual(new JobSnoozedError('test', 3_600_000));
      await expect(jobs.run('nobody', null)).rejects.toThrow("No handler for 'nobody' is among the providers");
      await expect(jobs.run(Module as never, null as never)).rejects.toThrow('Module is no job handler');
    });
  });

  it('shows what was submitted, also what keeps no record, once however often it was submitted', async () => {
    await start({ now: new Date(0) });
    await service.submit(SendEmail, { to: 'a@b.org' }, { id: 'once', retain: 0, tags: ['x'], metadata: { m: 1 } });
    await service.submit(SendEmail, { to: 'a@b.org' }, { id: 'once', delay: '1m' });
    await service.submit(SendEmail, { to: 'b@b.org' }, { delay: '1m', priority: 'high' });
    expect(jobs.submitted(SendEmail)).toEqual([
      {
        id: 'once',
        queue: 'default',
        type: 'email',
        payload: { to: 'a@b.org' },
        priority: 0,
        submittedAt: new Date(0),
        runAt: new Date(0),
        metadata: { m: 1 },
        tags: ['x'],
        state: 'pending',
        attempts: 0,
      },
      expect.objectContaining({ priority: 100, runAt: new Date(60_000), state: 'scheduled' }),
    ]);
    await jobs.drain();
    expect(await jobs.job('once')).toBeUndefined();
    expect(jobs.submitted('email')).toMatchObject([
      { state: 'completed', result: { accepted: 'a@b.org' } },
      { state: 'scheduled' },
    ]);
    expect(jobs.submitted()).toHaveLength(2);
  });

  it('shows what schedules submit: at its time, by hand, and what has become of it', async () => {
    await start({ now: new Date(0), queues: { small: { maxDepth: 1, onFull: 'drop-newest' } } });
    const schedules = module.get(ScheduleService);
    const hourly = { id: 'hourly', type: 'email', expression: '0 * * * *' };
    await schedules.upsert({ ...hourly, payload: { to: 'a@b.org', failures: 1 }, job: { priority: 7, tags: ['x'] } });
    await service.submit(SendEmail, { to: 'first@b.org' });
    expect(await jobs.advance('1h')).toMatchObject({ completed: 1, retried: 1 });
    const fired = {
      id: 'hourly@1970-01-01T01:00:00.000Z',
      queue: 'default',
      type: 'email',
      payload: { to: 'a@b.org', failures: 1 },
      priority: 7,
      submittedAt: new Date(3_600_000),
      runAt: new Date(3_600_000),
      metadata: {},
      tags: ['x', 'schedule:hourly'],
    };
    const error = expect.objectContaining({ message: 'no 1' });
    expect(jobs.submitted(SendEmail)).toEqual([
      expect.objectContaining({ payload: { to: 'first@b.org' }, state: 'completed' }),
      { ...fired, state: 'retrying', attempts: 1, error },
    ]);
    expect(await jobs.advance('1h')).toMatchObject({ completed: 1, retried: 1 });
    const { id } = await schedules.runNow('hourly');
    expect(jobs.submitted()).toMatchObject([
      { state: 'completed' },
      { ...fired, state: 'completed', result: { accepted: 'a@b.org' } },
      { id: 'hourly@1970-01-01T02:00:00.000Z', state: 'retrying' },
      { id, state: 'pending', submittedAt: new Date(7_200_000) },
    ]);
    await schedules.upsert({ ...hourly, payload: { to: 'a@b.org' }, queue: 'small' });
    await service.submit(Slow, undefined, { queue: 'small', id: 'fills', delay: '1d' });
    const dropped = await schedules.runNow('hourly');
    expect(jobs.submitted().at(-1)).toMatchObject({ ...dropped, state: 'failed', error: { code: 'dropped' } });
    // One that is there is not submitted again.
    expect(jobs.submitted()).toHaveLength(6);
    await jobs.clear();
    expect(jobs.submitted()).toEqual([]);
  });

  it('forgets everything', async () => {
    await start();
    await service.submit(SendEmail, { to: 'a@b.org' });
    await service.submit(SendEmail, { to: 'b@b.org' }, { delay: '1h' });
    await service.submit(Slow, undefined);
    await jobs.begin();
    await expect(jobs.clear()).rejects.toThrow('clear() would tear jobs from under their handlers: slow');
    await jobs.advance('5m');
    await jobs.clear();
    expect(jobs.submitted()).toEqual([]);
    expect((await service.stats()).total).toBe(0);
    expect(await jobs.advance('2h')).toMatchObject({ attempts: 0 });
  });
});

describe('useTestingJobs', () => {
  @Module({
    imports: [
      JobsModule.forRootAsync({
        useFactory: () => ({ redis: { url: 'redis://nowhere.invalid:1' }, defaults: { retry: { attempts: 2 } } }),
      }),
      FeatureModule,
    ],
  })
  class AppModule {}

  it("runs an application's own module by hand, without its store", async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = await useTestingJobs(builder, { now: new Date(0) }).compile();
    const app = module.createNestApplication();
    await app.init();
    const jobs = TestingJobs.of(app);
    expect(TestingJobs.of(module)).toBe(jobs);
    ran.length = 0;
    await app.get(JobService).submit(SendEmail, { to: 'a@b.org' });
    expect(await jobs.drain()).toMatchObject({ completed: 1 });
    expect(jobs.now).toEqual(new Date(0));
    expect(ran).toEqual(['a@b.org#1']);
    await app.close();
  });

  it('says when the module has not booted, and when its jobs do not run by hand', async () => {
    const module = await useTestingJobs(Test.createTestingModule({ imports: [AppModule] })).compile();
    await expect(TestingJobs.of(module).drain()).rejects.toThrow('await module.init()');
    const plain = await Test.createTestingModule({ imports: [JobsModule.forRoot({ store: 'memory' })] }).compile();
    expect(() => TestingJobs.of(plain)).toThrow('useTestingJobs(builder)');
  });
});
