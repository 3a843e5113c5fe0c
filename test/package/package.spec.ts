import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { Application } from './harness/application.js';
import { packLibrary, type PackedLibrary } from './harness/pack-library.js';

/** Whole installs and compilations happen here, on a machine that runs other tests beside. */
const GENEROUS_MS = 600_000;

const SCENARIOS = [
  'run-job',
  'configured-job',
  'enhancers',
  'shutdown-order',
  'testing-kit',
  'middleware',
  'health',
  'schedules',
  'management-api',
  'loaded-packages',
];
const OPTIONAL_PEERS = [
  'ioredis',
  '@nestjs/config',
  '@nestjs/swagger',
  '@nestjs/terminus',
  '@nestjs/testing',
  '@nestjs/throttler',
  '@opentelemetry/api',
  'cockatiel',
];

/** What `run-job` tells when all went well: a service injected, a retry, a payload checked before and made an instance. */
const JOB_DONE = {
  result: '2 seats for ada@example.com, true',
  state: 'completed',
  attempts: 2,
  refused: ['to', 'seats'],
};

jest.setTimeout(GENEROUS_MS);

let folder: string;
let packed: PackedLibrary;
let redis: RedisServer;
let applications: Readonly<Record<'nest-12' | 'nest-11' | 'bare', Application>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nestjs-jobs-package-'));
  [packed, redis] = await Promise.all([packLibrary(join(folder, 'library')), startRedisServer()]);
  const install = (name: string, scenarios: readonly string[]): Promise<Application> =>
    Application.install({ name, scenarios, folder: join(folder, name), tarball: packed.tarball });
  const [nest12, nest11, bare] = await Promise.all([
    install('nest-12', SCENARIOS),
    install('nest-11', SCENARIOS),
    install('bare', ['run-job', 'loaded-packages']),
  ]);
  applications = { 'nest-12': nest12, 'nest-11': nest11, bare };
}, GENEROUS_MS);

afterAll(async () => {
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('holds the build, the readme, the licence and nothing else', () => {
    const others = packed.files.filter((file) => !/^dist\/.+\.(js|d\.ts)$/.test(file));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(packed.files.filter((file) => /\.(spec|type-test)\./.test(file))).toEqual([]);
  });

  it('holds every file that its package.json points at', () => {
    const installed = join(applications.bare.folder, 'node_modules/nestjs-jobs/package.json');
    const { main, types, typesVersions, exports } = JSON.parse(readFileSync(installed, 'utf8')) as Record<
      string,
      unknown
    >;
    const pointedAt = JSON.stringify({ main, types, typesVersions, exports }).match(/"\.\/[^"]+\.(js|ts|json)"/g) ?? [];
    const files = [...new Set(pointedAt.map((path) => path.slice(3, -1)))];
    expect(files).toEqual(
      expect.arrayContaining(['dist/index.js', 'dist/health/index.d.ts', 'dist/testing/index.d.ts']),
    );
    expect(packed.files).toEqual(expect.arrayContaining(files));
  });
});

describe.each([
  {
    name: 'nest-12' as const,
    title: 'a NestJS 12 application of ES modules, TypeScript 6',
    build: [],
    checks: { nodenext: [], bundler: ['--module', 'esnext', '--moduleResolution', 'bundler'] },
    database: 1,
    degraded: 'degraded',
  },
  {
    name: 'nest-11' as const,
    title: 'a default NestJS 11 application, CommonJS, TypeScript 5',
    build: ['-p', 'tsconfig.build.json'],
    checks: {
      nodenext: [],
      // What the starter had before it had nodenext.
      node10: ['--module', 'commonjs', '--moduleResolution', 'node10', '--resolvePackageJsonExports', 'false'],
    },
    database: 2,
    // Terminus 11 knows up and down only: the level says it.
    degraded: 'ok',
  },
])('$title', ({ name, build, checks, database, degraded }) => {
  let application: Application;

  beforeAll(async () => {
    application = applications[name];
    const { code, stdout } = await application.tsc(...build);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it.each(Object.entries(checks))(
    'finds the types sound, with those of all packages, under %s',
    async (_name, args) => {
      await expect(application.typeErrors(...args)).resolves.toEqual([]);
    },
  );

  it('runs a job on the memory store', async () => {
    await expect(application.run('run-job')).resolves.toMatchObject({ code: 0, told: JOB_DONE });
  });

  it('runs a job on Redis', async () => {
    const run = await application.run('run-job', { REDIS_URL: `${redis.url}/${database}` });
    expect(run).toMatchObject({ code: 0, told: JOB_DONE });
    await expect(redis.cli('INFO keyspace')).resolves.toContain(`db${database}:keys=`);
  });

  it('takes its options through @nestjs/config', async () => {
    await expect(application.run('configured-job')).resolves.toMatchObject({
      code: 0,
      told: { provided: 'configured: memory configured', injected: 'configured: memory configured' },
    });
  });

  it('runs request-scoped handlers, guards, pipes, interceptors and filters', async () => {
    await expect(application.run('enhancers')).resolves.toMatchObject({
      code: 0,
      told: {
        written: '<ADA>',
        forbidden: 'ForbiddenException',
        failed: 'RangeError',
        scoped: 'attempt 2 in context 2',
        told: [
          'guard of job Write.handle',
          'guard of job Write.handle',
          'filter got ForbiddenException',
          'guard of job Write.handle',
          'filter got RangeError',
        ],
      },
    });
  });

  it('lets a job end before anything that its handler injects is closed', async () => {
    await expect(application.run('shutdown-order')).resolves.toMatchObject({
      signal: 'SIGTERM',
      told: ['told to go on', 'job ended', 'Database closed', 'Cache closed', 'Broker closed'],
    });
  });

  it('runs jobs by hand with nestjs-jobs/testing', async () => {
    await expect(application.run('testing-kit')).resolves.toMatchObject({
      code: 0,
      told: { before: 'scheduled', after: 'completed', alone: 'remember bread' },
    });
  });

  it('logs, breaks circuits, holds back and traces, with the libraries that are there for it', async () => {
    await expect(application.run('middleware')).resolves.toMatchObject({
      code: 0,
      told: {
        result: 'hello ada, 0 headers',
        circuits: [{ type: 'greet', state: 'closed', putOff: 0 }],
        events: ['job.started', 'job.completed'],
        isThisJob: true,
        payload: '{"name":"ada"}',
      },
    });
  });

  it('says over HTTP and in a file how the jobs are, with nestjs-jobs/health', async () => {
    const up = [200, 'ok', 'up'];
    await expect(application.run('health')).resolves.toMatchObject({
      code: 0,
      told: {
        up,
        degraded: [200, degraded, 'degraded'],
        down: [503, 'error', 'down'],
        ready: up,
        live: up,
        command: 'alive',
      },
    });
  });

  it('fires a schedule of a decorator, and one that is made at run time', async () => {
    await expect(application.run('schedules')).resolves.toMatchObject({
      code: 0,
      told: {
        names: ['declared', 'made'],
        wrong: 'invalid-schedule',
        between: 1_000,
        listed: ['of-code', 'of-now'],
        submitted: true,
      },
    });
  });

  it('is operated over HTTP by who has a token, with nestjs-jobs/api', async () => {
    await expect(application.run('management-api')).resolves.toMatchObject({
      code: 0,
      told: {
        denied: [401, 'unauthenticated'],
        throttled: 429,
        added: 201,
        refused: [400, ['options.priority']],
        job: [200, 'completed', 42],
        document: [200, expect.stringMatching(/^3\./) as unknown, true],
      },
    });
  });

  it('loads none of the optional packages, and one copy of every class, by importing nestjs-jobs', async () => {
    const { told } = await application.run('loaded-packages');
    const { packages, classes, different } = told as { packages: string[]; classes: number; different: string[] };
    expect(packages).toEqual(expect.arrayContaining(['nestjs-jobs', '@nestjs/common']));
    expect(packages.filter((each) => OPTIONAL_PEERS.includes(each))).toEqual([]);
    expect(OPTIONAL_PEERS.filter((each) => !application.has(each))).toEqual([]);
    expect(classes).toBeGreaterThan(20);
    expect(different).toEqual([]);
  });
});

describe('the own tests of a default NestJS 11 application', () => {
  it('pass with JobsModule imported', async () => {
    await expect(applications['nest-11'].jest()).resolves.toEqual({
      'AppController root should return "Hello World!"': 'passed',
    });
  });

  it('pass end to end, with JobsModule in its AppModule', async () => {
    await expect(applications['nest-11'].jest('--config', 'test/jest-e2e.json')).resolves.toEqual({
      'AppController (e2e) / (GET)': 'passed',
    });
  });
});

describe('an application without the optional packages', () => {
  let bare: Application;

  beforeAll(async () => {
    bare = applications.bare;
    const { code, stdout } = await bare.tsc();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('gets none of them installed', () => {
    expect(OPTIONAL_PEERS.filter((each) => bare.has(each))).toEqual([]);
  });

  it('finds the types sound without them', async () => {
    await expect(bare.typeErrors()).resolves.toEqual([]);
  });

  it('runs a job on the memory store, and a CommonJS one requires NestJS 12', async () => {
    await expect(bare.run('run-job')).resolves.toMatchObject({ code: 0, told: JOB_DONE });
    await expect(bare.run('loaded-packages')).resolves.toMatchObject({ code: 0, told: { different: [] } });
  });

  it('is told what to install when it chooses Redis', async () => {
    await expect(bare.run('run-job', { REDIS_URL: redis.url })).resolves.toMatchObject({
      code: 1,
      told: { code: 'usage', message: expect.stringMatching(/'ioredis'.*npm install ioredis/) as unknown },
    });
  });
});
