import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobService, JobsModule, type JobsModuleOptions } from 'nestjs-jobs';
import { type HealthProblem, JobsHealthModule, type ProcessHealth } from 'nestjs-jobs/health';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';

/** How long the store may take before it counts as away, in milliseconds. */
const TIMEOUT = 1_000;

/** Of the server; no answer holds it. */
const PASSWORD = 'correct-horse-battery';

/** What an answer may take beyond that on a machine with much else to do. */
const SLACK = 4_000;

interface Answer {
  readonly status: number;
  readonly body: { readonly level: string; readonly details: Readonly<Record<string, Part>> };
  /** Milliseconds. */
  readonly took: number;
}

interface Part {
  readonly level: string;
  readonly problems: readonly HealthProblem[];
  readonly complete?: boolean;
  readonly queues?: Readonly<Record<string, { readonly pending: number; readonly workers: number }>>;
  readonly processes?: readonly ProcessHealth[];
}

describe('health of two processes on one Redis', () => {
  let redis: RedisServer;
  let app: INestApplication;
  let url: string;
  const workers: NodeProcess[] = [];

  const options = (): JobsModuleOptions => ({
    redis: { url: redis.url },
    lease: '5s',
    heartbeat: '1s',
    shutdown: { deadline: '5s' },
  });

  async function startWorker(): Promise<NodeProcess> {
    const worker = await startNodeProcess(join(__dirname, 'fixtures', 'worker-application.ts'), {
      args: [JSON.stringify({ ...options(), worker: { size: 2, concurrency: 2 } })],
      env: { NO_COLOR: '1' },
    });
    workers.push(worker);
    await worker.waitForLine('working');
    return worker;
  }

  async function get(path: string): Promise<Answer> {
    const began = performance.now();
    const response = await fetch(url + path);
    const body = (await response.json()) as Answer['body'];
    return { status: response.status, body, took: performance.now() - began };
  }

  /** The answer, once it is of that status and shows that. */
  function until(
    path: string,
    status: number,
    what: string,
    shows: (answer: Answer) => boolean = () => true,
  ): Promise<Answer> {
    return waitFor(
      async () => {
        const answer = await get(path);
        if (answer.status === status && shows(answer)) {
          return answer;
        }
        throw new Error(`it answers ${answer.status}: ${JSON.stringify(answer.body.details)}`);
      },
      { what: `${path} to answer ${status}: ${what}` },
    );
  }

  const rulesOf = ({ body }: Answer): readonly string[] =>
    Object.values(body.details).flatMap(({ problems }) => problems.map(({ rule }) => rule));

  const processOf = (answer: Answer, pid: number): ProcessHealth | undefined =>
    answer.body.details['workers']?.processes?.find((process) => process.pid === pid);

  beforeAll(async () => {
    redis = await startRedisServer({ password: PASSWORD });
    const module = await Test.createTestingModule({
      imports: [
        JobsModule.forRoot({ ...options(), worker: false }),
        JobsHealthModule.forRoot({
          timeout: TIMEOUT,
          cache: '50ms',
          thresholds: { silence: '5s', noWorker: '1s', roundTrip: false },
        }),
      ],
    })
      .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
      .compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await app.close();
    await redis.stop();
  });

  it('shows each worker of the other process, and the job that it runs', async () => {
    const worker = await startWorker();
    const { id } = await app.get(JobService).submit('endless', {});
    const seen = await until('/health/workers', 200, 'the job to be shown', (answer) =>
      Boolean(
        answer.body.level === 'up' &&
        processOf(answer, process.pid) &&
        processOf(answer, worker.pid)?.workers.some(({ busy }) => busy === 1),
      ),
    );
    const shown = processOf(seen, worker.pid);
    expect(shown).toMatchObject({ level: 'up', silent: false });
    expect(shown?.queues).toEqual(expect.arrayContaining(['sums', 'long']));
    expect(shown?.workers.map(({ name }) => name)).toEqual(['worker-1', 'worker-2']);
    expect(shown?.workers.flatMap(({ currentJobs }) => currentJobs)).toEqual([
      { queue: 'long', id, type: 'endless', attempt: 1 },
    ]);
    expect(processOf(seen, process.pid)).toMatchObject({ workers: [], silent: false });
    const { body } = await until('/health/queues', 200, 'its workers to be counted', (answer) =>
      Boolean(answer.body.details['queues']?.queues?.['sums']?.workers),
    );
    expect(body.details['queues']?.queues?.['sums']).toMatchObject({ pending: 0, workers: 2 });
  });

  it('sees that process fall silent, and its jobs wait with nobody to take them, until there is a worker again', async () => {
    const [worker] = workers as [NodeProcess];
    await worker.kill('SIGSTOP');
    const { id } = await app.get(JobService).submit('add', { a: 1, b: 2 });
    await until('/health/workers', 200, 'silence', (answer) => rulesOf(answer).includes('silence'));
    await until('/health/jobs', 503, 'nobody works', (answer) =>
      ['no-worker', 'silence'].every((rule) => rulesOf(answer).includes(rule)),
    );
    // The web's own process is none the worse for it.
    expect((await get('/health/jobs/ready')).status).toBe(200);
    expect((await get('/health/jobs/live')).status).toBe(200);

    await worker.kill('SIGCONT');
    await app.get(JobService).result({ queue: 'sums', id }, { timeout: '30s' });
    const up = await until('/health/jobs', 200, 'all to be well', (answer) => answer.body.level === 'up');
    expect(rulesOf(up)).toEqual([]);
  });

  it('says within its timeout that the store is away, shows nothing that it cannot know, and is up when the store is back', async () => {
    await redis.kill();
    const away = await until(
      '/health/jobs',
      503,
      'the store to be away',
      // A look that had begun before may still show what it was told by then.
      (answer) =>
        rulesOf(answer).every((rule) => rule === 'store-away') &&
        rulesOf(answer).length === 3 &&
        answer.body.details['queues']?.queues === undefined,
    );
    expect(away.body.details['workers']).toMatchObject({ complete: false });
    expect(away.body.details['workers']?.processes?.map(({ pid }) => pid)).toEqual([process.pid]);
    expect(JSON.stringify(away.body.details['workers']?.processes)).not.toContain('silentFor');
    expect(JSON.stringify(away.body)).toContain(`:${redis.port}`);
    expect(JSON.stringify(away.body)).not.toContain(PASSWORD);

    const paths = ['/health/jobs', '/health/queues', '/health/workers', '/health/jobs/ready'];
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => get(paths[index % 4] as string)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 503));
    expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(TIMEOUT + SLACK);
    expect(await get('/health/jobs/live')).toMatchObject({ status: 200, body: { level: 'up' } });

    await redis.restart();
    const [worker] = workers as [NodeProcess];
    const back = await until('/health/jobs', 200, 'the store to be back', (answer) => answer.body.level === 'up');
    expect(rulesOf(back)).toEqual([]);
    await until(
      '/health/workers',
      200,
      'the worker to be back',
      (answer) => processOf(answer, worker.pid) !== undefined,
    );
    expect((await get('/health/jobs/ready')).status).toBe(200);
  });

  it('says so too when the server is there and does not answer', async () => {
    await redis.kill('SIGSTOP');
    try {
      const away = await until('/health/jobs/ready', 503, 'the store to be away');
      expect(away.body.details['ready']?.problems[0]?.message).toMatch(/^the store is away: /);
      expect(away.took).toBeLessThan(TIMEOUT + SLACK);
    } finally {
      await redis.kill('SIGCONT');
    }
    await until('/health/jobs/ready', 200, 'the store to answer again');
  });
});

describe('the liveness file of a process without HTTP', () => {
  let folder: string;
  let watched: NodeProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nestjs-jobs-watched-'));
    watched = await startNodeProcess(join(__dirname, 'fixtures', 'watched-application.ts'), {
      args: [join(folder, 'live')],
    });
    await watched.waitForLine('working');
  });

  afterAll(async () => {
    await watched.kill();
    await rm(folder, { recursive: true, force: true });
  });

  /** How the command ended. */
  async function live(): Promise<number | null> {
    const command = await startNodeProcess(join(__dirname, '../../libs/jobs/src/health/live.ts'), {
      args: [join(folder, 'live'), '3s'],
    });
    return (await command.exited).code;
  }

  it('grows old while the process does not turn, is young again when it does, and is gone when it has ended', async () => {
    await waitFor(async () => (await live()) === 0, { what: 'the process to be alive' });
    await watched.kill('SIGSTOP');
    await waitFor(async () => (await live()) === 1, { what: 'the file to have grown old' });
    await watched.kill('SIGCONT');
    await waitFor(async () => (await live()) === 0, { what: 'the file to be renewed' });
    await watched.kill('SIGTERM');
    await watched.exited;
    expect(await readdir(folder)).toEqual([]);
  });
});
