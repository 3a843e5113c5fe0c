import { Test, type TestingModule } from '@nestjs/testing';
import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import { EventLog, KEPT_EVENTS } from '../../application/ports/event-log.js';
import { JobEvents, JobService, JobsModule, type JobsModuleOptions, type LiveEvent } from '../../index.js';
import { createRedisStore } from './create-redis-store.js';

const QUIET = { log: () => {}, warn: () => {}, error: () => {} };

let server: RedisServer;
const modules: TestingModule[] = [];

beforeEach(async () => {
  server = await startRedisServer();
});

afterEach(async () => {
  await Promise.all(modules.splice(0).map((module) => module.close()));
  await server.stop();
});

async function start(options: JobsModuleOptions = {}): Promise<TestingModule> {
  const imports = [JobsModule.forRoot({ redis: { url: server.url }, ...options })];
  const module = await Test.createTestingModule({ imports }).setLogger(QUIET).compile();
  modules.push(module);
  return module.init();
}

/** Keeps what a subscription gives, from when it is heard. */
async function listen(module: TestingModule, after?: string): Promise<LiveEvent[]> {
  const subscription = module.get(JobEvents).subscribe(after === undefined ? {} : { after });
  const heard: LiveEvent[] = [];
  void (async () => {
    for await (const event of subscription) {
      heard.push(event);
    }
  })();
  await subscription.ready;
  return heard;
}

/** Waits until a process makes events. */
async function wanted(module: TestingModule): Promise<void> {
  await waitFor(() => module.get(JobEvents).wanted('started', 'default'), { what: 'a process to hear of who listens' });
}

async function submit(module: TestingModule, number: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < number; index++) {
    ids.push((await module.get(JobService).submit('work', {})).id);
  }
  return ids;
}

const ended = (heard: readonly LiveEvent[]): readonly string[] =>
  heard.flatMap((event) => (event.kind === 'completed' ? [event.id] : []));

/** The connections that hear channels, by id. */
async function subscribers(): Promise<readonly string[]> {
  const list = await server.cli('CLIENT LIST TYPE pubsub');
  return [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => id as string);
}

/** How often each command that a script or a process uses for events has run. */
async function commands(): Promise<ReadonlyMap<string, number>> {
  const stats = await server.cli('INFO commandstats');
  return new Map(
    [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, calls]) => [name as string, Number(calls)]),
  );
}

describe('live events through Redis', () => {
  it('tell one process what happens in another, soon', async () => {
    const [worker, other] = [await start(), await start({ worker: false })];
    worker.get(JobService).register('work', () => 'done');
    const heard = await listen(other);
    await wanted(worker);
    const [id] = await submit(worker, 1);
    await waitFor(() => heard.length === 3);
    expect(heard.map(({ kind }) => kind)).toEqual(['submitted', 'started', 'completed']);
    expect(heard.every((event) => 'id' in event && event.id === id)).toBe(true);
    expect((await server.cli('KEYS jobs:{@system}:*')).split('\n')).toEqual(
      expect.arrayContaining(['jobs:{@system}:events', 'jobs:{@system}:listening']),
    );
  });

  it('lose nothing when the subscriber is cut off', async () => {
    const [worker, other] = [await start(), await start({ worker: false })];
    worker.get(JobService).register('work', () => 'done');
    const heard = await listen(other);
    await wanted(worker);
    const ids: string[] = [];
    for (let round = 0; round < 5; round++) {
      ids.push(...(await submit(worker, 3)));
      for (const id of await subscribers()) {
        await server.cli(['CLIENT', 'KILL', 'ID', id]);
      }
      ids.push(...(await submit(worker, 3)));
    }
    await waitFor(() => ended(heard).length >= ids.length, { what: 'every job to be told as completed' });
    expect(ended(heard).toSorted()).toEqual(ids.toSorted());
    const numbers = heard.map(({ cursor }) => Number(cursor));
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  });

  it('are looked for at once by one who was cut off: something may have been told meanwhile', async () => {
    const store = createRedisStore({ url: server.url });
    let woken = 0;
    await store.notifier.onChanged('events', () => void woken++);
    const [id = ''] = await waitFor(async () => {
      const found = await subscribers();
      return found.length > 0 && found;
    });
    expect(woken).toBe(0);
    await server.cli(['CLIENT', 'KILL', 'ID', id]);
    await waitFor(() => woken > 0, { what: 'a wake-up that nobody has told' });
    await store.connection.close();
  });

  it('say how many are missing to one who was overtaken', async () => {
    const other = await start({ worker: false });
    const log = other.get(EventLog);
    const event = { kind: 'lost-lease', queue: 'default', id: 'a', type: 'work', priority: 0, holder: 'x' } as const;
    for (let told = 0; told < KEPT_EVENTS + 5_000; told += 500) {
      await log.append(Array.from({ length: 500 }, () => event));
    }
    const heard = await listen(other, '100');
    await waitFor(() => heard.at(-1)?.cursor === String(KEPT_EVENTS + 5_000));
    const [gap] = heard;
    expect(gap).toMatchObject({ kind: 'gap', reason: 'overtaken' });
    expect(heard.length - 1 + (gap as { lost: number }).lost).toBe(KEPT_EVENTS + 5_000 - 100);
    expect(heard.length - 1).toBeLessThan(KEPT_EVENTS + 500);
  });

  it('cost nothing while nobody listens', async () => {
    const worker = await start();
    worker.get(JobService).register('work', () => 'done');
    await submit(worker, 20);
    await waitFor(async () => (await worker.get(JobService).queue('default').counts()).processed.completed === 20);
    const before = await commands();
    expect([before.get('xadd'), before.get('xrange'), before.get('spublish')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(worker.get(JobEvents).wanted('started', 'default')).toBe(false);
    expect(await server.cli('EXISTS jobs:{@system}:events')).toBe('0');
  });

  it('take no connection beyond those that a process has', async () => {
    const worker = await start();
    await waitFor(async () => (await subscribers()).length === 1);
    const clients = async (): Promise<number> => (await server.cli('CLIENT LIST')).split('\n').length;
    await waitFor(async () => (await clients()) === 4, { what: 'the three connections of a process, and this one' });
    await listen(worker);
    await listen(worker);
    expect(await clients()).toBe(4);
  });
});
