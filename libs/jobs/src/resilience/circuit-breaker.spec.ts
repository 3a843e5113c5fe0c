import { Injectable, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type JobContext, JobService, type Middleware, UnrecoverableError } from 'nestjs-jobs';
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitView } from 'nestjs-jobs/resilience';
import { JobsTestingModule, TestingJobs, type VirtualClock } from 'nestjs-jobs/testing';
import { Clock } from '../application/ports/clock.js';

type Answer = 'fine' | 'down' | 'wrong' | 'hangs' | 'snoozes';

interface Started {
  readonly jobs: JobService;
  readonly testing: TestingJobs;
  readonly breaker: CircuitBreaker;
  /** For time that passes while a handler runs. */
  readonly clock: VirtualClock;
  /** What the handlers of `mail` and `sms` do. */
  readonly service: { answer: Answer; readonly hanging: (() => void)[] };
  /** Epoch milliseconds at which a handler of `mail` began. */
  readonly calls: number[];
  state(type?: string): CircuitView['state'] | undefined;
}

const closing: (() => Promise<void>)[] = [];

async function start(options: CircuitBreakerOptions = {}, middleware: readonly Middleware[] = []): Promise<Started> {
  const breaker = new CircuitBreaker(options);
  const module = await Test.createTestingModule({
    imports: [
      JobsTestingModule.forRoot({
        middleware: [breaker, ...middleware],
        defaults: { retry: { attempts: 1 }, timeout: '10s' },
      }),
    ],
  })
    .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
    .compile();
  await module.init();
  closing.push(() => module.close());
  const testing = TestingJobs.of(module);
  // The policy reads the wall clock.
  jest.spyOn(Date, 'now').mockImplementation(() => testing.now.getTime());
  const jobs = module.get(JobService);
  const service: Started['service'] = { answer: 'fine', hanging: [] };
  const calls: number[] = [];
  const handle = (_payload: unknown, job: JobContext): unknown => {
    if (job.type === 'mail') {
      calls.push(Date.now());
    }
    switch (service.answer) {
      case 'fine':
        return 'sent';
      case 'down':
        throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      case 'wrong':
        throw new UnrecoverableError('no such address');
      case 'hangs':
        return new Promise<void>((resolve) => service.hanging.push(resolve));
      case 'snoozes':
        return job.snooze('1m');
    }
  };
  jobs.register('mail', handle);
  jobs.register('sms', handle, { queue: 'phones' });
  const state = (type = 'mail'): CircuitView['state'] | undefined =>
    breaker.circuits().find((circuit) => circuit.type === type)?.state;
  const clock = module.get<VirtualClock>(Clock);
  return { jobs, testing, clock, breaker, service, calls, state };
}

/** Submits so many jobs and runs what is ready. */
async function send({ jobs, testing }: Started, count: number, type = 'mail'): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    await jobs.submit(type);
  }
  await testing.drain();
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  jest.restoreAllMocks();
  Logger.overrideLogger(undefined as never);
});

describe('CircuitBreaker', () => {
  it('opens at the threshold, holds jobs back without an attempt, lets one try when it is time, and closes', async () => {
    const app = await start({ threshold: 3, halfOpenAfter: '30s' });
    app.service.answer = 'down';
    await send(app, 2);
    expect(app.state()).toBe('closed');
    await send(app, 1);
    expect(app.state()).toBe('open');
    expect(app.calls).toHaveLength(3);

    app.service.answer = 'fine';
    const job = await app.jobs.submit('mail');
    await app.testing.advance('29s');
    expect(app.calls).toHaveLength(3);
    await expect(job.get()).resolves.toMatchObject({ state: 'scheduled', attempts: 0 });
    expect(app.breaker.circuits()).toEqual([
      expect.objectContaining({
        type: 'mail',
        state: 'open',
        putOff: 1,
        code: 'ECONNREFUSED',
        error: 'Error: refused',
      }),
    ]);

    await app.testing.advance('1s');
    expect(app.calls).toHaveLength(4);
    expect(app.state()).toBe('closed');
    await expect(job.get()).resolves.toMatchObject({ state: 'completed', attempts: 1 });
    await send(app, 1);
    expect(app.calls).toHaveLength(5);
  });

  it('counts failures in a row: a success between them begins anew', async () => {
    const app = await start({ threshold: 2 });
    for (const answer of ['down', 'fine', 'down'] as const) {
      app.service.answer = answer;
      await send(app, 1);
    }
    expect(app.state()).toBe('closed');
    await send(app, 1);
    expect(app.state()).toBe('open');
  });

  it('opens at a share of the latest attempts, once enough of them are known', async () => {
    const app = await start({ threshold: { share: 0.5, of: 10, atLeast: 4 } });
    for (const answer of ['down', 'fine', 'down'] as const) {
      app.service.answer = answer;
      await send(app, 1);
    }
    expect(app.state()).toBe('closed'); // 2 of 3, which are too few to say
    app.service.answer = 'fine';
    await send(app, 1);
    app.service.answer = 'down';
    await send(app, 1);
    expect(app.state()).toBe('open'); // 3 of 5
  });

  it('has a circuit for each type, and covers those it is for', async () => {
    const app = await start({ threshold: 1, types: ['mail', 'sms'], queues: ['default'] });
    app.service.answer = 'down';
    await send(app, 1);
    await send(app, 1, 'sms');
    expect(app.state('mail')).toBe('open');
    expect(app.state('sms')).toBeUndefined(); // of a queue that is not covered

    const both = await start({ threshold: 1 });
    both.service.answer = 'down';
    await send(both, 1, 'sms');
    both.service.answer = 'fine';
    await send(both, 1);
    expect([both.state('sms'), both.state('mail')]).toEqual(['open', 'closed']);
  });

  it('lets one attempt try at a time, and waits longer after each try that fails', async () => {
    const app = await start({ threshold: 1, halfOpenAfter: '10s', maxHalfOpenAfter: '40s', spread: 0 });
    app.service.answer = 'down';
    await send(app, 1);
    await send(app, 5);
    expect(app.calls).toHaveLength(1);
    const begun = app.calls[0] as number; // as was just counted
    await app.testing.advance('3m', { concurrency: 5 });
    // Each try uses the attempt of the job that tried; the others have used none.
    expect(app.calls.map((at) => Math.round((at - begun) / 1_000))).toEqual([0, 10, 30, 70, 110, 150]);
  });

  it('does not let another job try while one does', async () => {
    const app = await start({ threshold: 1, halfOpenAfter: '5s', spread: 0 });
    app.service.answer = 'down';
    await send(app, 1);
    await send(app, 10);
    app.service.answer = 'hangs';
    await app.clock.advance(5_000);
    await app.testing.begin(); // the try, which is not waited for
    expect(app.state()).toBe('half-open');
    expect(app.calls).toHaveLength(2);
    await app.testing.advance('100ms', { patience: 50 }).catch(() => undefined); // the others come, a millisecond apart
    await app.testing.begin();
    expect(app.calls).toHaveLength(2);
    expect(app.breaker.circuits()[0]?.putOff).toBe(19);

    app.service.answer = 'fine';
    app.service.hanging.forEach((end) => end());
    await app.testing.drain();
    expect(app.state()).toBe('closed');
    // Those that came meanwhile were put off, and do not run behind the back of that.
    expect(app.calls).toHaveLength(2);
    await app.testing.advance('5s');
    expect(app.calls).toHaveLength(11);
  });

  it('counts a timeout when it happens, also of a handler that never returns', async () => {
    const app = await start({ threshold: 1 });
    app.service.answer = 'hangs';
    await app.jobs.submit('mail');
    await app.testing.begin();
    await app.testing.advance('9s', { patience: 50 }).catch(() => undefined);
    expect(app.state()).toBe('closed');
    await app.testing.advance('1s', { patience: 50 }).catch(() => undefined);
    expect(app.state()).toBe('open');
    expect(app.breaker.circuits()[0]?.code).toBe('timeout');
  });

  it('counts the errors it is told to', async () => {
    const byDefault = await start({ threshold: 1 });
    byDefault.service.answer = 'wrong';
    await send(byDefault, 3);
    byDefault.service.answer = 'snoozes';
    await send(byDefault, 3);
    expect(byDefault.state()).toBe('closed');

    const told = await start({ threshold: 1, errors: ['network', UnrecoverableError], ignore: 'ECONNREFUSED' });
    told.service.answer = 'down';
    await send(told, 3);
    expect(told.state()).toBe('closed');
    told.service.answer = 'wrong';
    await send(told, 1);
    expect(told.state()).toBe('open');
  });

  it('neither counts nor forgets failures for what says nothing, and stays open after such a try', async () => {
    const app = await start({ threshold: 2, halfOpenAfter: '10s' });
    for (const answer of ['down', 'snoozes', 'down'] as const) {
      app.service.answer = answer;
      await send(app, 1);
    }
    expect(app.state()).toBe('open');
    app.service.answer = 'snoozes';
    await send(app, 1);
    await app.testing.advance('10s');
    expect(app.calls).toHaveLength(4); // it has tried
    expect(app.state()).toBe('open');
  });

  it('has the jobs that it put off come again one after another, a thousand a second at most', async () => {
    const app = await start({ threshold: 1, halfOpenAfter: '1s', spread: '1s' });
    app.service.answer = 'down';
    await send(app, 1);
    await send(app, 3_000);
    const due: number[] = [];
    for (const { id } of app.testing.submitted().slice(1)) {
      due.push(((await app.testing.job(id))?.scheduledAt ?? 0) - app.testing.now.getTime());
    }
    due.sort((one, other) => one - other);
    expect(due[0]).toBe(1_000);
    expect(due.filter((delay) => delay <= 2_000).length).toBeGreaterThan(500);
    expect(due.every((delay, place) => delay >= 1_000 + place)).toBe(true);
    expect(due.at(-1)).toBe(4_000 - 1);
  });

  it('does not spin the queue through while it is open: each job is looked at about once in that time', async () => {
    const app = await start({ threshold: 1, halfOpenAfter: '30s' });
    app.service.answer = 'down';
    await send(app, 1);
    await send(app, 100);
    await app.testing.advance('5m');
    const looks = app.breaker.circuits()[0]?.putOff ?? 0;
    expect(app.calls).toHaveLength(11); // one, and ten tries
    // A hundred jobs, less those that tried, ten times; by chance a few more.
    expect(looks).toBeGreaterThan(500);
    expect(looks).toBeLessThan(1_300);
  });

  it('lets a job expire whose time to begin passes while it waits', async () => {
    const app = await start({ threshold: 1, halfOpenAfter: '10m' });
    app.service.answer = 'down';
    await send(app, 1);
    const job = await app.jobs.submit('mail', undefined, { expiresIn: '1m' });
    await app.testing.advance('11m');
    await expect(job.get()).resolves.toMatchObject({ state: 'failed', attempts: 0, error: { code: 'expired' } });
  });

  it('tells who listens, whatever they throw', async () => {
    const told: string[] = [];
    const tell = ({ type, state }: CircuitView): never => {
      told.push(`${type} ${state}`);
      throw new Error('no matter');
    };
    const app = await start({ threshold: 1, halfOpenAfter: '10s', onOpen: tell, onClose: tell });
    app.service.answer = 'down';
    await send(app, 1);
    app.service.answer = 'fine';
    await send(app, 1);
    await app.testing.advance('10s');
    expect(told).toEqual(['mail open', 'mail closed']);
  });

  it('can be a provider, with what it injects, and be looked at where it is injected', async () => {
    @Injectable()
    class Settings {
      readonly threshold = 1;
    }
    @Module({
      providers: [
        Settings,
        {
          provide: CircuitBreaker,
          useFactory: ({ threshold }: Settings) => new CircuitBreaker({ threshold }),
          inject: [Settings],
        },
      ],
    })
    class ResilienceModule {}
    const module = await Test.createTestingModule({
      imports: [
        JobsTestingModule.forRoot({ middleware: [CircuitBreaker], defaults: { retry: { attempts: 1 } } }),
        ResilienceModule,
      ],
    })
      .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
      .compile();
    await module.init();
    closing.push(() => module.close());
    const jobs = module.get(JobService);
    jobs.register('mail', () => Promise.reject(new Error('down')));
    await jobs.submit('mail');
    await TestingJobs.of(module).drain();
    expect(module.get(CircuitBreaker, { strict: false }).circuits()).toMatchObject([{ type: 'mail', state: 'open' }]);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['thresold', { thresold: 1 } as CircuitBreakerOptions],
    ['threshold', { threshold: 0 }],
    ['threshold.share', { threshold: { share: 1, of: 10 } }],
    ['threshold.of', { threshold: { share: 0.5, of: 0 } }],
    ['threshold.atLeast', { threshold: { share: 0.5, of: 10, atLeast: 11 } }],
    ['halfOpenAfter', { halfOpenAfter: '500ms' }],
    ['maxHalfOpenAfter', { halfOpenAfter: '1m', maxHalfOpenAfter: '30s' }],
    ['errors', { errors: [5 as never] }],
    ['types', { types: [class NoHandler {} as never] }],
    ['queues', { queues: 'mail' as never }],
    ['onOpen', { onOpen: true as never }],
  ])('refuses a wrong option: %s', (option, options) => {
    expect(() => new CircuitBreaker(options)).toThrow(
      expect.objectContaining({ code: 'invalid-option', option }) as Error,
    );
  });
});
