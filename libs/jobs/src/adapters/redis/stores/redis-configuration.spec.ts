import { Test, type TestingModule } from '@nestjs/testing';
import { startRedisServer, type RedisServer } from '../../../../../../test/servers/redis-server.js';
import { waitFor } from '../../../../../../test/servers/wait-for.js';
import { ConfigurationService, JobService, JobsModule, type JobsModuleOptions, WorkerPool } from '../../../index.js';

const QUIET = { log: () => {}, warn: () => {}, error: () => {} };

let server: RedisServer;
const modules: TestingModule[] = [];

beforeAll(async () => {
  server = await startRedisServer();
});

afterEach(async () => {
  await Promise.all(modules.splice(0).map((module) => module.close()));
});

afterAll(() => server.stop());

async function start(options: JobsModuleOptions = {}): Promise<TestingModule> {
  const imports = [
    JobsModule.forRoot({
      redis: { url: server.url },
      worker: { name: 'mail', size: 2, concurrency: 3 },
      queues: { mails: { concurrency: 10 } },
      ...options,
    }),
  ];
  const module = await Test.createTestingModule({ imports }).setLogger(QUIET).compile();
  modules.push(module);
  return module.init();
}

const workers = (module: TestingModule): number => module.get(WorkerPool).workers().length;

it('is followed by the processes on one Redis, and outlives them all', async () => {
  const [one, other, submitter] = [await start(), await start(), await start({ worker: false, queues: {} })];
  const changed = await submitter
    .get(ConfigurationService)
    .change({ workers: { mail: { size: 5 } }, queues: { mails: { concurrency: 4, paused: true } } }, { by: 'ada' });
  expect(changed).toMatchObject({ version: 1, changedBy: 'ada' });
  await waitFor(() => workers(one) === 5 && workers(other) === 5, { what: 'both to have five workers' });
  const mails = submitter.get(JobService).queue('mails');
  await waitFor(async () => (await mails.settings()).concurrency === 4, { what: 'the queue to have its limit' });
  expect(await mails.isPaused()).toBe(true);
  await Promise.all(modules.splice(0).map((module) => module.close()));

  const restarted = await start();
  expect(workers(restarted)).toBe(5);
  const configuration = restarted.get(ConfigurationService);
  expect(await restarted.get(JobService).queue('mails').settings()).toMatchObject({ concurrency: 4 });
  expect(await configuration.history()).toEqual([
    {
      version: 1,
      by: 'ada',
      at: expect.any(Number),
      changes: [
        { path: 'queues.mails.concurrency', to: 4 },
        { path: 'workers.mail.size', to: 5 },
        { path: 'queues.mails.paused', from: false, to: true },
      ],
    },
  ]);
  await configuration.revert(0, { by: 'bob' });
  expect(workers(restarted)).toBe(2);
  expect(await restarted.get(JobService).queue('mails').settings()).toMatchObject({ concurrency: 10 });
});

it('costs a heartbeat nothing: no process asks for it by itself', async () => {
  await server.cli('CONFIG RESETSTAT');
  const one = await start();
  const reads = async (): Promise<number> =>
    Number(/cmdstat_lrange:calls=(\d+)/.exec(await server.cli('INFO commandstats'))?.[1] ?? 0);
  await waitFor(async () => (await server.cli('INFO commandstats')).includes('cmdstat_lindex'), {
    what: 'a heartbeat',
  });
  expect(await reads()).toBe(1);
  expect(workers(one)).toBeGreaterThan(0);
});
