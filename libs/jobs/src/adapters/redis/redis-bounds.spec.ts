import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../domain/queue-settings.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';

const LEASE = 60_000;

let server: RedisServer;
let store: StorePorts;
let offset = 0;
let queue = '';
let number = 0;

beforeAll(async () => {
  server = await startRedisServer();
  store = createRedisStore({ url: server.url, offset: () => offset });
  await store.connection.open();
});

afterAll(async () => {
  await store.connection.close();
  await server.stop();
});

beforeEach(() => {
  queue = `queue-${++number}`;
});

describe('one call', () => {
  it('ends a bounded number of expired jobs, and the calls after it the rest', async () => {
    await submit(3_000, { expiresIn: 1 });
    await submit(1, { priority: -1 });
    offset += 10;
    const first = await claim(10);
    expect([first.jobs.length, first.more]).toEqual([0, true]);
    expect((await counts()).failed).toBeLessThanOrEqual(500);
    let found = 0;
    for (let round = 0; round < 100 && found === 0; round++) {
      found = (await claim(10)).jobs.length;
    }
    expect(found).toBe(1);
    expect(await counts()).toMatchObject({ pending: 0, running: 1, failed: 3_000 });
  });
});

describe('completed jobs that are kept', () => {
  it('stay few without a tick, however fast they come', async () => {
    await store.queues.configure(queue, { ...DEFAULT_QUEUE_SETTINGS, retainCount: 10 });
    await submit(3_000);
    for (let round = 0; round < 6; round++) {
      const { token, jobs } = await claim(500);
      const settlements = jobs.map(({ id }) => ({ id, token, outcome: { kind: 'completed' } as const }));
      await store.jobs.settle({ queue, holder: 'h', settlements });
    }
    expect((await counts()).completed).toBeLessThanOrEqual(10 + 1_000 + 500);
    await upkeep();
    expect((await counts()).completed).toBe(10);
  });
});

describe('entries that jobs have left behind in a long line', () => {
  it('are swept by ticks, and no job with them', async () => {
    await submit(1_200);
    await submit(1_300, { priority: 5 });
    const moved = Array.from({ length: 500 }, (_, index) => `job-${index}`);
    for (let round = 0; round < 6; round++) {
      await store.control.reprioritise(queue, moved, 0);
    }
    await store.control.remove(queue, moved.slice(0, 100));
    expect(await length(0)).toBe(4_200);
    await upkeep();
    expect([await length(0), await length(5)]).toEqual([1_100, 1_300]);
    const found: string[] = [];
    for (let round = 0; round < 20 && found.length < 2_400; round++) {
      found.push(...(await claim()).jobs.map(({ id }) => id));
    }
    expect(found.slice(1_300)).toEqual(
      [...Array(1_200).keys()]
        .slice(500)
        .concat([...Array(500).keys()].slice(100))
        .map((index) => `job-${index}`),
    );
    expect(await counts()).toMatchObject({ pending: 0, running: 2_400 });
  });

  it('stay few, however often jobs are moved', async () => {
    await submit(1_500);
    for (let round = 0; round < 10; round++) {
      await store.control.reprioritise(
        queue,
        Array.from({ length: 400 }, (_, index) => `job-${index}`),
        0,
      );
      await upkeep();
    }
    expect(await length(0)).toBeLessThan(3_000);
  });

  it('are looked for only while they are many', async () => {
    await submit(1_500);
    for (let round = 0; round < 8; round++) {
      const ids = Array.from({ length: 400 }, (_, index) => `job-${index}`);
      await store.control.reprioritise(queue, ids, 1 - (round % 2));
    }
    const strewn = async (): Promise<number> => Number(await server.cli(['HGET', `jobs:{${queue}}:meta`, 'strewn']));
    expect(await strewn()).toBeGreaterThan(1_000);
    for (let round = 0; round < 10; round++) {
      await upkeep();
    }
    expect(await strewn()).toBe(0);
  });
});

describe('what somebody took out of Redis by hand', () => {
  it('does not keep claims coming back for more', async () => {
    await submit(3);
    await server.cli(['DEL', `jobs:{${queue}}:e:.job`]);
    await claim();
    expect(await claim()).toMatchObject({ jobs: [], more: false });
    await submit(1, {}, 'later');
    expect((await claim()).jobs.map(({ id }) => id)).toEqual(['later-0']);
  });

  it('does not fill up the concurrency of its queue', async () => {
    await store.queues.configure(queue, { ...DEFAULT_QUEUE_SETTINGS, concurrency: 2 });
    await submit(4);
    expect((await claim()).jobs).toHaveLength(2);
    await server.cli(['HSET', `jobs:{${queue}}:s:.job`, '-0', 'nonsense', '-1', 'nonsense']);
    await store.jobs.tick({ queue, holder: 'h', lease: LEASE, held: [] });
    expect(await counts()).toMatchObject({ running: 0, pending: 2, failed: 2 });
    expect((await claim()).jobs).toHaveLength(2);
  });
});

it('a settle wakes nobody in a queue without a limit', async () => {
  await store.queues.configure(queue, DEFAULT_QUEUE_SETTINGS);
  await submit(3);
  const { token, jobs } = await claim(1);
  await server.cli(['DEL', `jobs:{${queue}}:wake`]);
  const settlements = jobs.map(({ id }) => ({ id, token, outcome: { kind: 'completed' } as const }));
  expect(await store.jobs.settle({ queue, holder: 'h', settlements })).toEqual(['ok']);
  expect(await server.cli(['EXISTS', `jobs:{${queue}}:wake`])).toMatch(/0$/);
});

async function submit(many: number, partial: Partial<JobSpec> = {}, name = 'job'): Promise<void> {
  const specs = Array.from({ length: many }, (_, index) => ({
    id: `${name}-${index}`,
    type: 'work',
    payload: '{}',
    priority: 0,
    maxAttempts: 3,
    maxCrashes: 3,
    settings: {},
    ...partial,
    ...(partial.priority === undefined ? {} : { id: `${name}-at-${partial.priority}-${index}` }),
  }));
  await store.jobs.submit({ queue, holder: 'h', specs });
}

function claim(limit = 500) {
  return store.jobs.claim({ queue, holder: 'h', limit, lease: LEASE, suspects: true });
}

async function upkeep(): Promise<void> {
  while ((await store.jobs.tick({ queue, holder: 'janitor', lease: LEASE, held: [] })).more) {
    // There is more to do.
  }
}

async function length(level: number): Promise<number> {
  return Number(await server.cli(['LLEN', `jobs:{${queue}}:p:${level}`]));
}

async function counts() {
  return (await store.inspector.counts(queue)).byState;
}
