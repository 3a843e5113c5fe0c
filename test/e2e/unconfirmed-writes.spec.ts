import type { TestingModule } from '@nestjs/testing';
import { JobService, JobsModule, type JobsRedisOptions, UnconfirmedWriteError } from 'nestjs-jobs';
import { boot, closeAll } from '../docs/start.js';
import { type ReplicatedServers, startReplicated } from '../servers/redis-replica.js';
import { type SentinelSetup, startSentinels } from '../servers/redis-sentinel.js';
import { waitFor } from '../servers/wait-for.js';

afterEach(closeAll);

describe('an application whose submits wait for a replica', () => {
  let servers: ReplicatedServers;

  beforeEach(async () => {
    servers = await startReplicated();
  });

  afterEach(async () => {
    await servers.replica.kill('SIGCONT');
    await closeAll();
    await servers.stop();
  });

  it('is told of a job that is stored and not confirmed, and submits it again until it is', async () => {
    const app = await submitter({ url: servers.primary.url, durability: { replicas: 1, timeout: '300ms' } });
    const jobs = app.get(JobService);
    await servers.replica.kill('SIGSTOP');
    const error = await rejection(jobs.submit('add', {}, { queue: 'sums' }));
    expect(error).toBeInstanceOf(UnconfirmedWriteError);
    expect(error).toMatchObject({
      code: 'unconfirmed-write',
      queue: 'sums',
      write: { replicas: 0, wanted: 1, timeout: 300 },
      message: expect.stringMatching(
        /^Job ".+" is stored in queue 'sums' and will be run, but within 300 ms 0 of 1 replica had it: .*Submit again with the same id, which adds no second job/,
      ),
    });
    const [id = ''] = (error as UnconfirmedWriteError).jobIds;
    expect(await jobs.get({ queue: 'sums', id })).toMatchObject({ state: 'pending' });
    await servers.replica.kill('SIGCONT');
    const again = await waitFor(() => jobs.submit('add', {}, { queue: 'sums', id }), { what: 'a confirmed submit' });
    expect(again).toMatchObject({ id, receipt: 'duplicate' });
    expect((await jobs.stats()).total).toBe(1);
  });

  it('is told so of many at once by a rejection, which none of them can be taken for safe with', async () => {
    const app = await submitter({ url: servers.primary.url, durability: { replicas: 1, timeout: '300ms' } });
    const jobs = app.get(JobService);
    await servers.replica.kill('SIGSTOP');
    const submissions = Array.from({ length: 30 }, (_, index) => ({
      type: 'add',
      options: { queue: 'sums', id: `job-${index}` },
    }));
    expect(await rejection(jobs.submitMany(submissions))).toMatchObject({
      code: 'unconfirmed-write',
      jobIds: submissions.map(({ options }) => options.id),
      message: expect.stringMatching(/^30 jobs are stored/),
    });
    await servers.replica.kill('SIGCONT');
    const receipts = await waitFor(() => jobs.submitMany(submissions), { what: 'a confirmed submit' });
    expect(receipts.map(({ status }) => status)).toEqual(submissions.map(() => 'duplicate'));
  });
});

describe('an application whose submits wait for a replica, behind Sentinel', () => {
  let setup: SentinelSetup;

  beforeAll(async () => {
    setup = await startSentinels();
  });

  afterAll(async () => {
    await closeAll();
    await setup.stop();
  });

  it('finds every job that was confirmed on the new primary, which has no replica to confirm the next', async () => {
    const place = { sentinels: setup.sentinels, name: setup.name };
    const patient = await submitter({ ...place, durability: { replicas: 1, timeout: '60s' } });
    const jobs = (await submitter({ ...place, durability: { replicas: 1, timeout: '300ms' } })).get(JobService);
    const refs = await Promise.all(
      Array.from({ length: 100 }, () => patient.get(JobService).submit('add', {}, { queue: 'sums' })),
    );
    await setup.master.kill('SIGKILL');
    await waitFor(async () => (await setup.currentMaster()).port === setup.replica.port, {
      what: 'the sentinels to name the replica',
    });
    const records = await Promise.all(refs.map(({ id }) => jobs.get({ queue: 'sums', id })));
    expect(records.map((record) => record?.state)).toEqual(refs.map(() => 'pending'));
    const error = await waitFor(
      async () => {
        const thrown = await rejection(jobs.submit('add', {}, { queue: 'sums', id: 'later' }));
        return thrown instanceof UnconfirmedWriteError && thrown;
      },
      { what: 'the new primary to be found' },
    );
    expect(error).toMatchObject({ jobIds: ['later'], write: { replicas: 0, wanted: 1 } });
    expect(await jobs.get({ queue: 'sums', id: 'later' })).toMatchObject({ state: 'pending' });
  });
});

function submitter(redis: JobsRedisOptions): Promise<TestingModule> {
  return boot({ imports: [JobsModule.forRoot({ redis, worker: false })] });
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not reject');
}
