import { Redis } from 'ioredis';
import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';

const HOUR = 3_600_000;
/** A number of the form that numbers have, which arithmetic makes infinite. */
const MANY_DIGITS = '9'.repeat(400);

let server: RedisServer;
let client: Redis;
let store: StorePorts;
let offset = 0;
let queue = '';
let base = '';
let number = 0;

beforeAll(async () => {
  server = await startRedisServer();
  client = new Redis(server.url);
  store = createRedisStore({ url: server.url, prefix: 'app', offset: () => offset });
  await store.connection.open();
});

afterAll(async () => {
  client.disconnect();
  await store.connection.close();
  await server.stop();
});

beforeEach(async () => {
  await client.flushall();
  queue = `queue-${++number}`;
  base = `app:{${queue}}`;
});

describe('a job whose stored record somebody has damaged', () => {
  it.each(['null', '5', '[]', '{"timeout":"soon"}', '{"retry":5}', '{"tags":"abc"}', '{"metadata":[]}'])(
    'fails as corrupt where its settings are %s, before anything relies on them',
    async (settings) => {
      await submit('aa', 'bb');
      await client.hset(`${base}:e:.`, 'aa', `1700000000000v1|||0|3|3|work|${settings}\n{}`);
      expect(await claim()).toEqual(['bb']);
      expect(await failures()).toEqual([['aa', 'corrupt']]);
    },
  );

  it.each(['0v1|1||0|3|3|work|\n{}', '17000000000000v1|1||0|3|3|work|\n{}', 'v1|1||0|3|3|work|\n{}'])(
    'fails as corrupt where its envelope is %j, which tells no time: the claim goes on to the next',
    async (text) => {
      await submit('aa', 'bb');
      await client.hset(`${base}:e:.`, 'aa', text);
      expect(await claim()).toEqual(['bb']);
      expect(await failures()).toEqual([['aa', 'corrupt']]);
    },
  );

  it.each([
    ['time to live', `${MANY_DIGITS}||0`],
    ['retention', `|${MANY_DIGITS}|0`],
    ['priority', `||${MANY_DIGITS}`],
    ['priority below 0', `||-${MANY_DIGITS}`],
  ])('fails as corrupt where the %s of its envelope is no number that can be counted to', async (_, numbers) => {
    await submit('aa', 'bb');
    await client.hset(`${base}:e:.`, 'aa', `1700000000000v1|${numbers}|3|3|work|\nnull`);
    expect(await claim()).toEqual(['bb']);
    expect(await failures()).toEqual([['aa', 'corrupt']]);
  });

  it.each([
    ['empty', ''],
    ['nonsense', 'nonsense'],
    ['without a time', 'retrying|0||0|0|0|0||||||||'],
    ['of no number of attempts', 'scheduled|0||0|x|0|0||0|1|||||'],
    ['of more generations than can be counted', `retrying|0||${MANY_DIGITS}|0|0|0||0|1|||||`],
    ['of more attempts than can be counted', `retrying|0||0|${MANY_DIGITS}|0|0||0|1|||||`],
    ['of more crashes than can be counted', `retrying|0||0|0|${MANY_DIGITS}|0||0|1|||||`],
  ])('ends among the dead letters where it falls due and its state is %s: it is not lost', async (_, record) => {
    await store.jobs.submit({ queue, holder: 'h', specs: [{ ...spec('aa'), due: { delay: HOUR } }] });
    await submit('bb');
    await client.hset(`${base}:s:.`, 'aa', record);
    offset += 2 * HOUR;
    expect(await claim()).toEqual(['bb']);
    expect(await failures()).toEqual([['aa', 'corrupt']]);
  });

  it('is moved by no call where its state has no numbers: no script ends in the middle of what it writes', async () => {
    await submit('aa');
    await client.hset(`${base}:s:.`, 'aa', 'retrying|0||0|0|0|0||x|y|||||');
    const before = await client.hgetall(`${base}:s:.`);
    for (const move of [
      store.control.promote(queue, ['aa']),
      store.control.cancel(queue, ['aa']),
      store.control.reprioritise(queue, ['aa'], 5),
      store.control.reschedule(queue, ['aa'], { delay: 1 }),
    ]) {
      expect(await move).toMatchObject([{ status: 'illegal' }]);
    }
    expect(await client.hgetall(`${base}:s:.`)).toEqual(before);
  });

  it('is shown, without the attempts and log lines that cannot be read', async () => {
    await submit('aa');
    await claim();
    await client.rpush(`${base}:h:.aa`, 'null', '"x"', '5', '{"code":"toString"}', '{');
    await client.rpush(`${base}:l:.aa`, 'null', '[]', '{"message":5}');
    const [job] = await store.inspector.get(queue, ['aa']);
    expect(job).toMatchObject({ id: 'aa', history: [], log: [] });
    expect((await store.inspector.list({ queue, state: 'running', limit: 5 })).jobs).toHaveLength(1);
  });
});

describe('a queue', () => {
  it('is listed and worked on where its lines hold what is no entry', async () => {
    await submit('aa');
    await client.lpush(`${base}:p:0`, '#', '#x#y', '');
    expect((await store.inspector.list({ queue, state: 'pending', limit: 5 })).jobs.map(({ id }) => id)).toEqual([
      'aa',
    ]);
    expect(await claim()).toEqual(['aa']);
  });

  it('gets the jobs of a dead process back where its leases hold what is no claim', async () => {
    await submit('aa');
    await store.jobs.claim({ queue, holder: 'dead', limit: 1, lease: 1, suspects: true });
    await client.hset(`${base}:leases:dead`, 'nonsense', 'nonsense', 'x#', 'y');
    offset += HOUR;
    await store.jobs.tick({ queue, holder: 'h', lease: HOUR, held: [] });
    expect(await claim()).toEqual(['aa']);
  });

  it('that has been cleared has no depth, though somebody had put out what it counts', async () => {
    await submit('aa', 'bb');
    await client.hset(`${base}:meta`, 'pending', 7);
    await client.hset(`${base}:depths`, '3', 5);
    expect(await store.queues.clear(queue)).toBe(2);
    const { byState, pendingByPriority } = await store.inspector.counts(queue);
    expect([byState.pending, [...pendingByPriority]]).toEqual([0, []]);
  });
});

describe('what processes publish for each other', () => {
  it('is left out where it cannot be read, and hides nothing else', async () => {
    const work = { type: 'work', queue, priority: 0, maxAttempts: 3, maxCrashes: 3 };
    await store.directory.announce({ types: [work], queues: [] });
    await client.hset('app:directory:types', { broken: '{', strange: '{"type":5}', null: 'null' });
    await client.sadd('app:directory:queues', 'a}b{', '@system', '');
    expect(await store.directory.types()).toEqual([work]);
    expect(await store.directory.type('broken')).toBeUndefined();
    expect(await store.directory.queues()).toEqual([queue]);
  });

  it('of processes, events and the audit trail does not break what reads it', async () => {
    await store.processes.publish(
      { holder: 'a', host: 'h', pid: 1, startedAt: 0, heartbeat: 1, queues: [], workers: [], schedules: [] },
      0,
    );
    await client.hset('app:{@system}:processes', 'b', '{"holder":"b"}');
    await client.zadd('app:{@system}:beats', String(Date.now() + offset), 'b');
    expect((await store.processes.list()).map(({ holder }) => holder)).toEqual(['a']);

    await client.xadd('app:{@system}:events', '1-0', 'at', '1', 'event', '{');
    const { events } = await store.events.read(0, 10);
    expect(events.map(({ event }) => event.kind)).toEqual(['dropped']);

    await store.audit.append({ who: 'me', action: 'jobs.cancel', outcome: 'done', jobs: [], count: 0 });
    await client.hset('app:{@system}:audit', '1', '1 {broken');
    expect((await store.audit.list({ limit: 5 })).entries).toEqual([]);
  });

  it('over a channel that others can speak on harms nobody', async () => {
    const handed: unknown[] = [];
    const off = await store.notifier.onHandedOver([queue], 'h', (_queue, jobs) => handed.push(jobs));
    for (const message of ['', '{', 'null', '5', '{"0":1}', '[1,2]']) {
      await client.publish(`${base}:handed:h`, message);
    }
    await client.publish(`${base}:handed:h`, JSON.stringify(['1', '2']));
    while (handed.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(handed).toEqual([{ token: 1, now: 2, jobs: [] }]);
    await off();
  });
});

function spec(id: string): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
}

function submit(...ids: readonly string[]) {
  return store.jobs.submit({ queue, holder: 'h', specs: ids.map(spec) });
}

async function claim(): Promise<readonly string[]> {
  const { jobs } = await store.jobs.claim({ queue, holder: 'h', limit: 10, lease: HOUR, suspects: true });
  return jobs.map(({ id }) => id);
}

async function failures(): Promise<readonly (readonly [string, string | undefined])[]> {
  const { jobs } = await store.inspector.list({ queue, state: 'failed', limit: 10 });
  return jobs.map(({ id, error }) => [id, error?.code]);
}
