import type { JobRecord, JobsModuleOptions } from 'nestjs-jobs';

import { startRedisCluster } from '../servers/redis-cluster.js';
import { startRedisServer } from '../servers/redis-server.js';
import { startTwoProcesses, type TwoProcesses } from './two-processes.js';

interface Store {
  readonly redis: NonNullable<JobsModuleOptions['redis']>;
  stop(): Promise<void>;
}

const STORES: readonly (readonly [string, () => Promise<Store>])[] = [
  [
    'one Redis',
    async () => {
      const server = await startRedisServer();
      return { redis: { url: server.url }, stop: () => server.stop() };
    },
  ],
  [
    'a Cluster of three masters',
    async () => {
      const cluster = await startRedisCluster();
      return { redis: { nodes: cluster.seeds }, stop: () => cluster.stop() };
    },
  ],
];

describe.each(STORES)('an HTTP application and a worker in two processes on %s', (_, start) => {
  let store: Store;
  let processes: TwoProcesses;
  const api = (): TwoProcesses['api'] => processes.api;

  beforeAll(async () => {
    store = await start();
    processes = await startTwoProcesses(store.redis);
  });

  afterAll(async () => {
    const ends = await processes.stop();
    await store.stop();
    expect(ends).toEqual(['SIGTERM', 'SIGTERM']);
  });

  it('a job is submitted by its name, and goes where its handler in the other process says', async () => {
    const job = await api().submit('add', { a: 1, b: 2 });
    expect(job).toMatchObject({ queue: 'sums', receipt: 'added', state: 'pending' });
    expect(await api().untilIn('completed', job)).toMatchObject({ type: 'add', result: 3, attempts: 1 });
  });

  it('its result comes back to the process that submitted it', async () => {
    expect(await api().run('add', { a: 20, b: 22 })).toBe(42);
  });

  it('a type that no process has published is an error, unless a queue is named', async () => {
    expect(await api().submit('unheard-of')).toMatchObject({ code: 'unknown-job-type' });
    const job = await api().submit('unheard-of', {}, { queue: 'nowhere' });
    expect(job).toMatchObject({ queue: 'nowhere', receipt: 'added' });
    expect(await api().record(job)).toMatchObject({ state: 'pending' });
  });

  it('a job that runs in the other process is told to stop when it is cancelled', async () => {
    const job = await api().submit('endless', {});
    await processes.worker.waitForLine(`began ${job.id}`);
    expect(await api().send('DELETE', `/jobs/${job.queue}/${job.id}`)).toEqual({ state: 'running' });
    await processes.worker.waitForLine(`aborted ${job.id} cancelled`);
    expect(await api().untilIn('cancelled', job)).toMatchObject({ attempts: 0 });
  });

  it('a paused queue gives nothing until it is resumed, and then the highest priority first', async () => {
    await api().send('POST', '/queues/words/pause');
    const low = await api().submit('say', { word: 'low' }, { priority: 'low' });
    await api().submit('say', { word: 'normal' });
    await api().submit('say', { word: 'next normal' });
    await api().submit('say', { word: 'critical' }, { priority: 'critical' });
    await api().submit('say', { word: 'high' }, { priority: 'high' });
    // Another queue is worked meanwhile.
    expect(await api().run('add', { a: 2, b: 2 })).toBe(4);
    expect(await api().record(low)).toMatchObject({ state: 'pending' });
    expect(processes.worker.lines.filter((line) => line.startsWith('said'))).toEqual([]);

    await api().send('POST', '/queues/words/resume');
    await api().untilIn('completed', low);
    await processes.worker.waitForLine('said low');
    expect(processes.worker.lines.filter((line) => line.startsWith('said'))).toEqual([
      'said critical',
      'said high',
      'said normal',
      'said next normal',
      'said low',
    ]);
  });

  it('a delayed job waits for its time while others run', async () => {
    const later = await api().submit('say', { word: 'later' }, { delay: '1500ms' });
    expect(later).toMatchObject({ state: 'scheduled' });
    const now = await api().submit('say', { word: 'now' });
    await api().untilIn('completed', now);
    const record = await api().untilIn('completed', later);
    expect(record.startedAt).toBeGreaterThanOrEqual(record.createdAt + 1_500);
  });

  it('a job that was given up lies in the dead letters, and runs again when it is retried', async () => {
    const job = await api().submit('repairable', {});
    const failed = await api().untilIn('failed', job);
    expect(failed).toMatchObject({ attempts: 2, error: { message: 'attempt 2 failed' } });
    const dead = await api().send<readonly JobRecord[]>('GET', `/dead-letters?queue=${job.queue}`);
    expect(dead.map(({ id }) => id)).toEqual([job.id]);

    processes.worker.send('repair');
    await processes.worker.waitForLine('repaired');
    await api().send('POST', `/dead-letters/${job.queue}/${job.id}/retry`);
    const record = await api().untilIn('completed', job);
    expect(record).toMatchObject({ attempts: 1, result: 'works now' });
    expect(record.history).toHaveLength(2);
    expect(await api().send('GET', `/dead-letters?queue=${job.queue}`)).toEqual([]);
  });
});
