import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import type { JobRef, SubmitOptions } from 'nestjs-jobs';
import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import { startEngine, type TestEngine } from '../engine/start-engine.js';
import { startRedisServer, type RedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judged } from './judge.js';
import { jobId, queueName, submission } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

const PREFIX = 'fuzz';
const HOLDER = 'fuzz:1:x';

const COUNT_ENTRIES = `
  local sizes = { hash = 'HLEN', list = 'LLEN', set = 'SCARD', zset = 'ZCARD', string = 'STRLEN', stream = 'XLEN' }
  local sum = 0
  for _, key in ipairs(redis.call('KEYS', '*')) do
    sum = sum + 1 + redis.call(sizes[redis.call('TYPE', key).ok], key)
  end
  return sum`;

describe('any submit, on Redis,', () => {
  let server: RedisServer;
  let ports: StorePorts;
  let client: Redis;
  let engine: TestEngine;
  /** Queues that a submit was taken for. */
  const queues = new Set<string>(['default']);

  beforeAll(async () => {
    server = await startRedisServer();
    client = new Redis(server.url);
    ports = createRedisStore({ url: server.url, prefix: PREFIX });
    engine = await startEngine({ ports, workers: [], listens: false, handlers: { known: () => undefined } });
    // It publishes itself beside what is tried: once it has, nothing is written but for what is asked here.
    await waitFor(async () => (await ports.processes.list()).length === 1, { what: 'the process to publish itself' });
  });

  afterAll(async () => {
    client.disconnect();
    await engine.close();
    await server.stop();
  });

  it('adds a job that is worked off as it was told, or writes nothing', async () => {
    await fuzz(submission, 2_000, async (input) => {
      const before = await numberOfEntries();
      const submitted = await judged(() =>
        engine.jobs.submit(input.type as string, input.payload, input.options as SubmitOptions),
      );
      if (submitted.ok) {
        queues.add(submitted.value.queue);
        await workOff(submitted.value, input.payload).catch(leaveNothing);
      } else {
        expect(await numberOfEntries()).toBe(before);
      }
    });
  });

  it('with any id and queue leaves the jobs beside it alone', async () => {
    const twice = fc.tuple(jobId, jobId, queueName);
    await fuzz(twice, 1_000, async ([id, other, queue]) => {
      const jobs = [
        await judged(() => engine.jobs.submit('known', 1, { id, queue })),
        await judged(() => engine.jobs.submit('known', 2, { id: other, queue })),
      ].flatMap((each) => (each.ok ? [each.value] : []));
      for (const job of jobs) {
        queues.add(job.queue);
        const expected = job.id === id ? 1 : 2;
        const record = await engine.jobs.get(job);
        expect(record).toMatchObject({ id: job.id, payload: expected });
      }
      for (const job of new Set(jobs.map((each) => each.id))) {
        expect(await engine.jobs.remove({ queue, id: job })).toBeDefined();
      }
    });
  });

  it('writes keys below the prefix alone, each in the slot of a queue that was named', async () => {
    const keys = (await server.cli('KEYS *')).split('\n');
    expect(keys.length).toBeGreaterThan(20);
    const known = new Set([...queues, '@system']);
    const strange = keys.filter((key) => {
      // As a Cluster reads it: what stands between the first brace and the next one decides the slot.
      const tag = /^[^{]*\{([^}]+)\}/.exec(key)?.[1];
      return !(key.startsWith(`${PREFIX}:directory:`) || (key.startsWith(`${PREFIX}:{`) && known.has(tag ?? '')));
    });
    expect(strange).toEqual([]);
  });

  /** What a failed try has left must not make the next one fail. */
  async function leaveNothing(error: unknown): Promise<never> {
    await client.flushall();
    throw error;
  }

  /** All that is in the store: a job that was begun would be one more somewhere. */
  async function numberOfEntries(): Promise<number> {
    return Number(await client.eval(COUNT_ENTRIES, 0));
  }

  /** Looks at it, has it claimed and completed, and removes it. */
  async function workOff(job: JobRef, payload: unknown): Promise<void> {
    const { queue, id } = job;
    const record = await engine.jobs.get(job);
    expect(record).toMatchObject({ id, queue, type: job.type, state: job.state });
    expect([typeof record?.metadata, Array.isArray(record?.tags)]).toEqual(['object', true]);
    expect(JSON.stringify(record?.payload)).toBe(JSON.stringify(payload) ?? 'null');
    if (job.state === 'scheduled') {
      await engine.jobs.promote(job);
    }
    const claim = await ports.jobs.claim({ queue, holder: HOLDER, limit: 5, lease: 60_000, suspects: true });
    // One that expires within a millisecond may be over by now.
    const ids = claim.jobs.map((each) => each.id);
    expect(ids).toEqual(ids.length === 0 ? [] : [id]);
    const settlements = ids.map((each) => ({
      id: each,
      token: claim.token,
      outcome: { kind: 'failed', failure: { code: 'E', name: 'Error', message: 'a\nb' } } as const,
    }));
    expect(await ports.jobs.settle({ queue, holder: HOLDER, settlements })).toEqual(ids.map(() => 'ok'));
    const { jobs } = await engine.jobs.list({ queue });
    expect(jobs.map((each) => [each.id, each.state])).toEqual([[id, 'failed']]);
    await engine.jobs.remove(job);
  }
});
