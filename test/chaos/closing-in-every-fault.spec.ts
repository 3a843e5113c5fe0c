import { join } from 'node:path';

import type { JobsModuleOptions } from 'nestjs-jobs';

import { startNodeProcess } from '../servers/child-process.js';
import { claimPort } from '../servers/ports.js';
import { startRedisCluster } from '../servers/redis-cluster.js';
import { startRedisServer } from '../servers/redis-server.js';
import { startSentinels } from '../servers/redis-sentinel.js';
import { startTcpProxy } from '../servers/tcp-proxy.js';
import { waitFor } from '../servers/wait-for.js';
import { API_TOKEN, type Task } from './fixtures/worker-options.js';
import { Cast } from './harness/cast.js';

/** Of the shutdown, in milliseconds. */
const DEADLINE = 1_000;

/** What closing may take beyond its deadline: a second for a connection that does not close, and the rest for a busy machine. */
const MARGIN = 3_500;

/** Where Redis is, and what happens to it. */
interface Scene {
  readonly redis: NonNullable<JobsModuleOptions['redis']>;
  /** Where the test itself reaches it. Default: the same. */
  readonly direct?: NonNullable<JobsModuleOptions['redis']>;
  strike(): Promise<unknown>;
}

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Closes an application with every module, whose workers are busy with such jobs, and waits for its process to end. */
async function close({ redis, direct = redis, strike }: Scene, ...tasks: readonly Task[]): Promise<number> {
  const cast = new Cast({ redis: direct });
  const { jobs } = await cast.submitter();
  const module = { redis, shutdown: { deadline: DEADLINE } };
  const worker = await cast.worker({ module, everyFeature: true });
  const url = (await worker.waitForLine('listening at')).slice('listening at '.length);
  endings.push(() => cast.close());
  await (await jobs.submit('note', {}, { queue: 'work' })).result({ timeout: '30s' });
  await jobs.submitMany(tasks.map((payload) => ({ type: 'gated', payload, options: { queue: 'work' } })));
  await cast.journal.waitFor({ event: 'begun', type: 'gated' }, tasks.length);

  const events = await fetch(`${url}/jobs-api/events`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  expect(events.status).toBe(200);
  // What is left of the stream goes with the process.
  void events.text().catch(() => undefined);

  await strike();
  const took = await worker.close();
  const closed = performance.now();
  expect(cast.journal.count({ event: 'aborted', detail: 'shutdown' })).toBe(tasks.length);
  // A handler that does not listen keeps its process alive, as anything else would that it has open.
  if (tasks.some(({ deaf }) => deaf)) worker.open('gate');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - closed).toBeLessThan(MARGIN);
  return took;
}

async function standalone(fault: keyof typeof FAULTS): Promise<Scene> {
  // One millisecond a key for one that is started with keys.
  const slowLoading = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
  const server = await startRedisServer({ args: slowLoading });
  endings.push(() => server.stop());
  const proxy = await startTcpProxy({ target: server });
  endings.push(() => proxy.stop());
  const strike = (): Promise<unknown> => FAULTS[fault]({ server, proxy });
  return { redis: { url: proxy.url }, direct: { url: server.url }, strike };
}

interface Place {
  readonly server: Awaited<ReturnType<typeof startRedisServer>>;
  readonly proxy: Awaited<ReturnType<typeof startTcpProxy>>;
}

const FAULTS = {
  'is well': async () => undefined,
  'is killed': ({ server }: Place) => server.kill('SIGKILL'),
  'is stopped': async ({ server }: Place) => {
    await server.kill('SIGSTOP');
    endings.push(() => server.kill('SIGCONT'));
  },
  'accepts and never answers': async ({ proxy }: Place) => proxy.blackhole(true),
  'is cut off': async ({ proxy }: Place) => {
    await proxy.refuse(true);
    proxy.dropAll();
  },
  'answers after seconds': async ({ proxy }: Place) => proxy.delay(2_000),
  'has become a replica': async ({ server }: Place) => {
    const nobody = await claimPort();
    endings.push(async () => nobody.release());
    await server.cli(`REPLICAOF 127.0.0.1 ${nobody.port}`);
    await expect(server.cli('SET a b')).rejects.toThrow('READONLY');
  },
  'is full': async ({ server }: Place) => {
    await server.cli('CONFIG SET maxmemory 1');
    await expect(server.cli('SET a b')).rejects.toThrow('OOM');
  },
  'is loading': async ({ server }: Place) => {
    await server.cli(['EVAL', "for key = 1, 60000 do redis.call('SET', 'k' .. key, key) end", '0']);
    await server.cli('SAVE');
    await server.kill('SIGKILL');
    void server.restart().catch(() => undefined);
    await waitFor(
      () =>
        server.cli('PING').then(
          () => false,
          (error: Error) => error.message.startsWith('LOADING'),
        ),
      { what: 'the server to say that it is loading' },
    );
    endings.push(() => server.kill('SIGKILL'));
  },
} as const;

describe('closing an application with every module returns within its deadline, and its process ends, while', () => {
  it.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('Redis %s', async (fault) => {
    expect(await close(await standalone(fault), {}, {})).toBeLessThan(DEADLINE + MARGIN);
  });

  it('the primary is away that the Sentinels name, and nobody takes its place', async () => {
    const setup = await startSentinels();
    endings.push(() => setup.stop());
    const { sentinels, name, master, replica } = setup;
    const strike = (): Promise<unknown> => Promise.all([master.kill('SIGKILL'), replica.kill('SIGKILL')]);
    expect(await close({ redis: { sentinels, name }, strike }, {}, {})).toBeLessThan(DEADLINE + MARGIN);
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)('the node of a Cluster that has the queue is gone by %s', async (signal) => {
    const cluster = await startRedisCluster();
    endings.push(() => cluster.stop());
    const strike = async (): Promise<void> => {
      const node = await cluster.nodeFor('jobs:{work}:meta');
      await node.kill(signal);
      endings.push(() => node.kill('SIGCONT'));
    };
    expect(await close({ redis: { nodes: cluster.seeds }, strike }, {}, {})).toBeLessThan(DEADLINE + MARGIN);
  });

  it('a handler ignores its signal', async () => {
    expect(await close(await standalone('is well'), { deaf: true }, {})).toBeLessThan(DEADLINE + MARGIN);
  });

  it('a handler that was told to end keeps the event loop busy for another two seconds', async () => {
    const scene = await standalone('is well');
    expect(await close(scene, { blockOnAbort: 2_000 }, {})).toBeLessThan(DEADLINE + 2_000 + MARGIN);
  });
});

describe('closing an application that boots returns at once, and its process ends, while Redis', () => {
  it.each(['is cut off', 'accepts and never answers', 'is stopped'] as const)('%s', async (fault) => {
    const { redis, strike } = await standalone(fault);
    await strike();
    const child = await startNodeProcess(join(__dirname, 'fixtures', 'closed-while-booting.ts'), {
      args: [JSON.stringify({ redis })],
    });
    endings.push(() => child.kill());
    const line = await child.waitForLine('closed after');
    const closed = performance.now();
    expect(line).not.toContain('booted');
    expect(Number(/\d+/.exec(line)?.[0])).toBeLessThan(MARGIN);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - closed).toBeLessThan(MARGIN);
  });
});
