import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { JobsHealth, JobsHealthIndicator, JobsHealthModule, type JobsHealthOptions } from 'nestjs-jobs/health';
import { type Answer, gate, HealthApp } from '../../../../test/health/health-app.js';
import { waitFor } from '../../../../test/servers/wait-for.js';
import { StoreConnection } from '../application/ports/store-connection.js';
import { InvalidConfigurationError, JobsModule, UsageError, WorkerPool } from '../index.js';

let app: HealthApp;

afterEach(() => app.close());

/** Rule and level of every problem, part by part. */
function problemsOf({ body }: Answer): readonly string[] {
  return Object.values(body.details).flatMap(({ problems = [] }) =>
    problems.map(({ rule, level }) => `${rule} ${level}`),
  );
}

const fine = { status: 200, body: { status: 'ok', level: 'up' } };

describe('the routes, while nothing is wrong', () => {
  beforeEach(async () => {
    app = await HealthApp.start();
  });

  it.each(['/health/jobs', '/health/queues', '/health/workers', '/health/jobs/ready', '/health/jobs/live'])(
    'answer 200, and are not cached: %s',
    async (path) => {
      const answer = await app.get(path);
      expect(answer).toMatchObject(fine);
      expect(problemsOf(answer)).toEqual([]);
      expect(answer.headers['cache-control']).toContain('no-store');
    },
  );

  it('show each queue: what waits, by priority and for how long, dead letters, and who works it', async () => {
    await app.jobs.queue('later').pause();
    for (const priority of ['normal', 'high', 'high', 7] as const) {
      await app.jobs.submit('later', {}, { queue: 'later', priority });
    }
    await app.jobs.submit('fail');
    await app.jobs.submit('work');
    await app.clock.advance(60_000);
    const { body } = await app.get('/health/queues');
    const none = { pending: 0, pendingByPriority: {}, scheduled: 0, running: 0, retrying: 0 };
    expect(body.details['queues']).toEqual({
      status: 'up',
      level: 'up',
      problems: [],
      queues: {
        broken: { level: 'up', paused: false, ...none, deadLetters: 1, workers: 1 },
        deaf: { level: 'up', paused: false, ...none, deadLetters: 0, workers: 1 },
        default: { level: 'up', paused: false, ...none, deadLetters: 0, workers: 1 },
        later: {
          level: 'up',
          paused: true,
          ...none,
          pending: 4,
          pendingByPriority: { high: 2, '7': 1, normal: 1 },
          oldestWaiting: 61_000,
          deadLetters: 0,
          workers: 0,
        },
      },
    });
  });

  it('show each worker of every process: what it runs, how often it ran, when it was heard of', async () => {
    const { id } = await app.jobs.submit('deaf');
    await app.jobs.submit('work');
    await app.publish('other', { queues: ['mail'] });
    await app.clock.advance(500);
    const { body } = await app.getNow('/health/workers');
    expect(body.details['workers']).toMatchObject({ level: 'up', complete: true });
    const { processes } = await app.nest.get(JobsHealth).workers();
    const [own, other] = processes[0]?.holder === 'other' ? processes.toReversed() : processes;
    expect(own).toMatchObject({ pid: process.pid, silent: false, level: 'up' });
    expect(own?.silentFor).toBeLessThan(5_100);
    expect(own?.workers).toEqual([
      expect.objectContaining({
        name: 'worker-1',
        state: 'running',
        concurrency: 2,
        busy: 1,
        currentJobs: [{ queue: 'deaf', id, type: 'deaf', attempt: 1 }],
        processed: 1,
        succeeded: 1,
        failed: 0,
        lastHeartbeat: expect.stringMatching(/^2026-01-01T00:00:0\d/) as string,
      }),
    ]);
    expect(other).toMatchObject({ holder: 'other', silentFor: 500, workers: [] });
  });
});

/** What makes something wrong, and what mends it again. */
interface Episode {
  readonly what: string;
  readonly health?: JobsHealthOptions;
  readonly paths: readonly string[];
  readonly wrong: () => Promise<unknown>;
  readonly problem: string;
  readonly mended: () => Promise<unknown>;
}

const episodes: readonly Episode[] = [
  {
    what: 'more jobs are pending than allowed',
    health: { thresholds: { pending: 2 } },
    paths: ['/health/jobs', '/health/queues'],
    wrong: async () => {
      await app.jobs.queue('mail').pause();
      await app.jobs.submitMany([1, 2, 3].map(() => ({ type: 'x', payload: {}, options: { queue: 'mail' } })));
    },
    problem: 'pending degraded',
    mended: () => app.jobs.queue('mail').clear(),
  },
  {
    what: 'the oldest pending job is too old',
    paths: ['/health/jobs', '/health/queues'],
    wrong: async () => {
      await app.jobs.queue('default').pause();
      await app.jobs.submit('work');
      await app.clock.advance(301_000);
    },
    problem: 'oldest-pending degraded',
    mended: async () => {
      await app.jobs.queue('default').resume();
      await app.clock.advance(1_000);
    },
  },
  {
    what: 'a queue has jobs and no living worker',
    paths: ['/health/jobs', '/health/queues'],
    wrong: async () => {
      await app.jobs.submit('x', {}, { queue: 'nowhere' });
      await app.clock.advance(31_000);
    },
    problem: 'no-worker down',
    mended: () => app.publish('other', { queues: ['nowhere'], workers: app.nest.get(WorkerPool).workers() }),
  },
  {
    what: 'a queue has jobs that are past their time, and no living worker',
    paths: ['/health/jobs', '/health/queues'],
    wrong: async () => {
      await app.jobs.submit('x', {}, { queue: 'nowhere', delay: '1h' });
      await app.clock.advance(3_600_000);
      expect((await app.get('/health/queues')).status).toBe(200);
      await app.clock.advance(31_000);
    },
    problem: 'no-worker down',
    mended: () => app.publish('other', { queues: ['nowhere'], workers: app.nest.get(WorkerPool).workers() }),
  },
  {
    what: 'dead letters pile up, where they are watched',
    health: { queues: { broken: { deadLetters: { down: 0 } } } },
    paths: ['/health/jobs', '/health/queues'],
    wrong: async () => {
      await app.jobs.submit('fail');
      await app.clock.advance(1_000);
    },
    problem: 'dead-letters down',
    mended: () => app.jobs.deadLetters('broken').purge(),
  },
  {
    what: 'a process has fallen silent',
    paths: ['/health/jobs', '/health/workers'],
    wrong: async () => {
      await app.publish('other');
      await app.clock.advance(20_000);
    },
    problem: 'silence degraded',
    mended: () => app.publish('other'),
  },
  {
    what: 'the store is slow',
    paths: ['/health/jobs'],
    wrong: async () => {
      app.nest.get(StoreConnection).ping = async () => 501;
    },
    problem: 'store-slow degraded',
    mended: async () => {
      app.nest.get(StoreConnection).ping = async () => 500;
    },
  },
  {
    what: 'the store is away',
    paths: ['/health/jobs', '/health/jobs/ready'],
    wrong: async () => {
      app.nest.get(StoreConnection).ping = async () => Promise.reject(new Error('no route to host'));
    },
    problem: 'store-away down',
    mended: async () => {
      app.nest.get(StoreConnection).ping = async () => 1;
    },
  },
  {
    what: 'the store is away, where that is told to be no reason for a 503',
    health: { thresholds: { storeAway: 'degraded' } },
    paths: ['/health/jobs', '/health/jobs/ready'],
    wrong: async () => {
      app.nest.get(StoreConnection).ping = async () => Promise.reject(new Error('no route to host'));
    },
    problem: 'store-away degraded',
    mended: async () => {
      app.nest.get(StoreConnection).ping = async () => 1;
    },
  },
  {
    what: 'a slot is held by a handler that outlived its timeout',
    paths: ['/health/jobs', '/health/workers'],
    wrong: async () => {
      await app.jobs.submit('deaf');
      await app.clock.advance(10_000);
    },
    problem: 'overdue degraded',
    mended: async () => {
      gate.now.open();
      await app.clock.advance(1_000);
    },
  },
  {
    what: 'every slot of this process is held so',
    health: { thresholds: { overdue: false } },
    paths: ['/health/jobs', '/health/workers'],
    wrong: async () => {
      await app.jobs.submit('deaf');
      await app.jobs.submit('deaf');
      await app.clock.advance(10_000);
    },
    problem: 'stuck degraded',
    mended: async () => {
      gate.now.open();
      await app.clock.advance(1_000);
    },
  },
  {
    what: 'every slot of this process is held so, and it is asked whether to keep it',
    paths: ['/health/jobs/live'],
    wrong: async () => {
      await app.jobs.submit('deaf');
      await app.jobs.submit('deaf');
      await app.clock.advance(10_000);
    },
    problem: 'stuck down',
    mended: async () => {
      gate.now.open();
      await app.clock.advance(1_000);
    },
  },
];

describe.each(episodes)('when $what', ({ health = {}, paths, wrong, problem, mended }) => {
  it(`says ${problem}, and is up again afterwards`, async () => {
    app = await HealthApp.start(health);
    for (const path of paths) {
      expect(await app.get(path)).toMatchObject(fine);
    }
    await wrong();
    const isDown = problem.endsWith('down');
    for (const path of paths) {
      const answer = await app.get(path);
      expect(problemsOf(answer)).toEqual([problem]);
      expect(answer).toMatchObject({
        status: isDown ? 503 : 200,
        body: isDown ? { status: 'error', level: 'down' } : { status: 'degraded', level: 'degraded' },
      });
    }
    await mended();
    for (const path of paths) {
      const answer = await app.get(path);
      expect(problemsOf(answer)).toEqual([]);
      expect(answer).toMatchObject(fine);
    }
    const lines = app.log.lines.map(({ level, message }) => `${level} ${message}`);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^warn Health: \w+ is (down|degraded): /),
        expect.stringMatching(/^info Health: \w+ is up again$/),
      ]),
    );
  });
});

describe('a store that does not answer', () => {
  it('holds up no answer beyond the timeout, and the next ones not at all', async () => {
    app = await HealthApp.start({ timeout: '2s' });
    app.nest.get(StoreConnection).ping = () => new Promise(() => {});
    const asked = app.getNow('/health/jobs');
    await Promise.race([asked, advanceUntil(asked)]);
    expect(problemsOf(await asked)).toEqual(['store-away down']);
    // Time stands still from here on.
    expect((await app.getNow('/health/jobs')).status).toBe(503);
    expect((await app.getNow('/health/jobs/ready')).status).toBe(503);
    expect((await app.getNow('/health/jobs/live')).status).toBe(200);
  });

  async function advanceUntil(asked: Promise<unknown>): Promise<void> {
    const end = { reached: false };
    void asked.finally(() => (end.reached = true));
    while (!end.reached) {
      await app.clock.advance(100);
    }
  }
});

describe('what is shown', () => {
  it('is levels alone, with details: false', async () => {
    app = await HealthApp.start({ details: false });
    await app.jobs.submit('x', {}, { queue: 'nowhere' });
    await app.clock.advance(31_000);
    const parts = { store: { status: 'up', level: 'up' }, workers: { status: 'up', level: 'up' } };
    expect((await app.get('/health/jobs')).body).toEqual({
      status: 'error',
      level: 'down',
      info: parts,
      error: { queues: { status: 'down', level: 'down' } },
      details: { ...parts, queues: { status: 'down', level: 'down' } },
    });
  });

  it('is all for who has the token', async () => {
    const token = 'correct horse battery';
    app = await HealthApp.start({ details: { token } });
    const bare = { status: 'up', level: 'up' };
    expect((await app.get('/health/queues')).body.details).toEqual({ queues: bare });
    expect((await app.get('/health/queues', { authorization: 'Bearer wrong' })).body.details).toEqual({ queues: bare });
    const { body } = await app.get('/health/queues', { authorization: `Bearer ${token}` });
    expect(body.details['queues']).toMatchObject({ level: 'up', problems: [] });
  });

  it('holds no payloads and no results', async () => {
    app = await HealthApp.start();
    await app.jobs.submit('deaf', { secret: 'hush' });
    await app.clock.advance(100);
    expect(JSON.stringify((await app.get('/health/jobs')).body)).not.toContain('hush');
  });
});

describe('the routes', () => {
  it('lie where they are told to, behind the guards they are given', async () => {
    @Injectable()
    class Closed {
      canActivate(): boolean {
        return false;
      }
    }
    app = await HealthApp.start({ path: 'internal/health', decorators: [UseGuards(Closed)] });
    expect((await app.get('/internal/health/jobs')).status).toBe(403);
    expect((await app.get('/health/jobs')).status).toBe(404);
  });

  it('are not there with routes: false', async () => {
    app = await HealthApp.start({ routes: false });
    expect((await app.get('/health/jobs')).status).toBe(404);
  });
});

describe('a process that shuts down', () => {
  it('is not ready, and still alive', async () => {
    app = await HealthApp.start();
    await app.jobs.submit('deaf');
    await app.clock.advance(100);
    const health = app.nest.get(JobsHealth);
    expect((await health.ready()).level).toBe('up');
    const closing = app.close();
    await waitFor(async () => (await health.ready()).level === 'down', { what: 'the process to be stopping' });
    expect((await health.ready()).problems).toMatchObject([{ rule: 'stopping', level: 'down' }]);
    expect(health.live().level).toBe('up');
    await closing;
  });
});

describe('with jobs switched off', () => {
  it('all is up, and there is nothing to see', async () => {
    app = await HealthApp.start({}, { enabled: false });
    expect(await app.get('/health/jobs')).toMatchObject(fine);
    expect((await app.get('/health/queues')).body.details['queues']).toMatchObject({ queues: {} });
  });
});

describe('indicators', () => {
  it('serve a controller of the application', async () => {
    @Controller('mine')
    class Mine {
      constructor(
        private readonly checks: HealthCheckService,
        private readonly jobs: JobsHealthIndicator,
      ) {}

      @Get()
      @HealthCheck()
      check(): Promise<unknown> {
        return this.checks.check([
          () => this.jobs.jobs(),
          () => this.jobs.store('redis', { details: false }),
          () => this.jobs.live(),
        ]);
      }
    }
    @Module({
      imports: [TerminusModule.forRoot({ logger: false }), JobsHealthModule.forRoot({ routes: false })],
      controllers: [Mine],
    })
    class MyHealthModule {}
    app = await HealthApp.start({ routes: false }, {}, { imports: [MyHealthModule] });
    const up = { status: 'up', level: 'up', problems: [] };
    expect((await app.get('/mine')).body.details).toEqual({ jobs: up, redis: { status: 'up', level: 'up' }, live: up });
    await app.jobs.submit('x', {}, { queue: 'nowhere' });
    await app.clock.advance(31_000);
    const down = await app.get('/mine');
    expect(down.status).toBe(503);
    expect(problemsOf(down)).toEqual(['no-worker down']);
  });
});

describe('the boot', () => {
  const start = async (
    ...imports: Parameters<typeof Test.createTestingModule>[0]['imports'] & object
  ): Promise<void> => {
    const module = await Test.createTestingModule({ imports })
      .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
      .compile();
    await module.init();
    await module.get(JobsHealth, { strict: false }).report();
    await module.close();
  };
  const jobs = JobsModule.forRoot({ store: 'memory', worker: false });

  beforeAll(async () => {
    // What is closed after each test.
    app = await HealthApp.start();
  });

  it('fails without JobsModule, and says what to do', async () => {
    const started = start(JobsHealthModule.forRoot());
    await expect(started).rejects.toThrow(UsageError);
    await expect(started).rejects.toThrow('JobsHealthModule finds no JobsModule: import JobsModule.forRoot');
  });

  it('finds a JobsModule that is not global where it is handed over', async () => {
    const local = JobsModule.forRoot({ store: 'memory', worker: false, isGlobal: false });
    await expect(start(local, JobsHealthModule.forRoot())).rejects.toThrow('isGlobal: false');
    await start(local, JobsHealthModule.forRoot({ imports: [local] }));
  });

  it('fails with every option that is wrong', async () => {
    const started = start(jobs, JobsHealthModule.forRoot({ timeout: 'soon' as never, thresholds: { overdue: -1 } }));
    await expect(started).rejects.toThrow(InvalidConfigurationError);
    await expect(started).rejects.toThrow(/health\.timeout: "soon".*\n.*health\.thresholds\.overdue: -1/);
  });

  it('takes options that are made then, in each of the three ways', async () => {
    class Made {
      createJobsHealthOptions(): JobsHealthOptions {
        return { timeout: 'never' as never };
      }
    }
    @Module({ providers: [Made], exports: [Made] })
    class MadeModule {}
    const wrong = /health\.timeout: "never"/;
    for (const options of [
      { useFactory: (made: Made) => made.createJobsHealthOptions(), inject: [Made], imports: [MadeModule] },
      { useExisting: Made, imports: [MadeModule] },
      { useClass: Made },
    ]) {
      await expect(start(jobs, JobsHealthModule.forRootAsync(options))).rejects.toThrow(wrong);
    }
    await start(jobs, JobsHealthModule.forRootAsync({ useFactory: async () => ({ timeout: '1s' }) }));
    expect(() => JobsHealthModule.forRootAsync({ useClass: Made, useExisting: Made })).toThrow(UsageError);
    expect(() => JobsHealthModule.forRootAsync({})).toThrow('exactly one of useFactory, useClass and useExisting');
  });
});
