import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { createRedisStore } from '../../libs/jobs/src/adapters/redis/create-redis-store.js';
import { readEnvelope } from '../../libs/jobs/src/adapters/redis/stored/envelope.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import type { JobSpec } from '../../libs/jobs/src/domain/job.js';
import { JOB_STATES } from '../../libs/jobs/src/domain/job-state.js';
import { startRedisServer, type RedisServer } from '../servers/redis-server.js';
import { detail, envelope, stateRecord } from './damage.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { shortNastyText } from './nasty-texts.js';

jest.setTimeout(FUZZ_TIMEOUT);

const LEASE = 60_000;
const HOLDER = 'worker:1:x';
const DEAD = 'dead:1:x';

/** What the damaged job was before. */
const before = fc.constantFrom('pending', 'scheduled', 'running', 'failed', 'retrying', 'completed');

type Blow = readonly [where: string, text: string];

const blow: fc.Arbitrary<Blow> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('envelope'), envelope) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('state'), stateRecord) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('no envelope', 'no state'), fc.constant('')) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('history', 'log', 'progress'), detail) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom('line', 'suspects', 'scheduled', 'retrying', 'failed', 'completed', 'retained'),
      shortNastyText,
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('levels'), shortNastyText) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('lease'), shortNastyText) },
);

describe('a job whose stored record somebody has damaged', () => {
  let server: RedisServer;
  let store: StorePorts;
  let client: Redis;
  let offset = 0;
  let runs = 0;

  beforeAll(async () => {
    server = await startRedisServer();
    store = createRedisStore({ url: server.url, prefix: 'fuzz', offset: () => offset });
    await store.connection.open();
    client = new Redis(server.url);
  });

  afterAll(async () => {
    client.disconnect();
    await store.connection.close();
    await server.stop();
  });

  it('stops no call, and none of the jobs beside it', async () => {
    const damage = fc.record({ was: before, blows: fc.array(blow, { minLength: 1, maxLength: 3 }) });
    await fuzz(damage, 700, async ({ was, blows }) => {
      const queue = await begin();
      await bring(queue, was);
      await submit(queue, 'aa', 'cc');
      for (const each of blows) {
        await strike(queue, each);
      }
      await lookAt(queue);
      await workOff(queue);
      await moveAbout(queue);
      await lookAt(queue);
      const kept = await store.inspector.get(queue, ['aa', 'cc']);
      expect(kept.map((job) => job?.state)).toEqual(['completed', 'completed']);
    });
  });

  it('ends among the dead letters as corrupt, where no version could have written it', async () => {
    await fuzz(envelope, 600, async (text) => {
      const queue = await begin();
      await submit(queue, 'aa', 'bb', 'cc');
      await strike(queue, ['envelope', text]);
      const isLater = /^\d+v\d+\|/.test(text) && !/^\d+v1\|/.test(text);
      // An entry of a level that is not the job's is one that a job of the same id has left behind.
      const isElsewhere = /^\d+v1\|\d*\|\d*\|(?!0\|)-?\d+\|\d+\|\d+\|/.test(text);
      const ran = await workOff(queue);
      expect(ran).toEqual(expect.arrayContaining(['aa', 'cc']));
      const [job] = await store.inspector.get(queue, ['bb']);
      if (text === '') {
        // An empty text is what the store answers for none.
        expect(job).toBeUndefined();
      } else if (readEnvelope(text) === undefined && !isLater && !isElsewhere) {
        expect(job?.state).toBe('failed');
        // A head that can be read may say that it is over already.
        expect(['corrupt', 'expired']).toContain(job?.error?.code);
        const { jobs } = await store.inspector.list({ queue, state: 'failed', limit: 10 });
        expect(jobs.map(({ id }) => id)).toEqual(['bb']);
        expect(await store.control.remove(queue, ['bb'])).toEqual([{ status: 'ok', state: 'failed' }]);
      }
    });
  });

  async function begin(): Promise<string> {
    if (runs++ % 100 === 0) {
      await client.flushall();
    }
    return `queue-${runs}`;
  }

  function submit(queue: string, ...ids: readonly string[]) {
    return store.jobs.submit({ queue, holder: HOLDER, specs: ids.map((id) => spec(id)) });
  }

  /** Brings a job into a state. */
  async function bring(queue: string, state: string): Promise<void> {
    const due = state === 'scheduled' ? { due: { delay: 3_600_000 } } : {};
    await store.jobs.submit({ queue, holder: HOLDER, specs: [{ ...spec('bb'), ...due }] });
    if (state === 'pending' || state === 'scheduled') return;
    const { token } = await store.jobs.claim({ queue, holder: DEAD, limit: 1, lease: 1_000, suspects: true });
    const failure = { code: 'E', name: 'Error', message: 'went wrong' };
    const outcome =
      state === 'failed'
        ? ({ kind: 'failed', failure } as const)
        : state === 'retrying'
          ? ({ kind: 'retry', failure, delay: 3_600_000 } as const)
          : ({ kind: 'completed' } as const);
    if (state !== 'running') {
      await store.jobs.settle({ queue, holder: DEAD, settlements: [{ id: 'bb', token, outcome }] });
    }
  }

  async function strike(queue: string, [where, text]: Blow): Promise<void> {
    const base = `fuzz:{${queue}}`;
    const commands: Readonly<Record<string, readonly string[]>> = {
      envelope: ['HSET', `${base}:e:.`, 'bb', text],
      state: ['HSET', `${base}:s:.`, 'bb', text],
      'no envelope': ['HDEL', `${base}:e:.`, 'bb'],
      'no state': ['HDEL', `${base}:s:.`, 'bb'],
      history: ['RPUSH', `${base}:h:.bb`, text],
      log: ['RPUSH', `${base}:l:.bb`, text],
      progress: ['SET', `${base}:g:.bb`, text],
      line: ['LPUSH', `${base}:p:0`, text],
      suspects: ['LPUSH', `${base}:suspects`, text],
      levels: ['ZADD', `${base}:levels`, '7', text],
      lease: ['HSET', `${base}:leases:${DEAD}`, text, text],
    };
    const [command = '', ...args] = commands[where] ?? ['ZADD', `${base}:${where}`, '1', text];
    await client.call(command, ...args);
  }

  async function lookAt(queue: string): Promise<void> {
    const seen = await Promise.all([
      store.inspector.get(queue, ['aa', 'bb', 'cc']),
      store.inspector.counts(queue),
      ...JOB_STATES.map((state) => store.inspector.list({ queue, state, limit: 10 })),
    ]);
    expect(() => JSON.stringify(seen)).not.toThrow();
  }

  /** Claims and completes whatever can be, over the death of the process that held something; answers the ids. */
  async function workOff(queue: string): Promise<readonly string[]> {
    const ran: string[] = [];
    for (let round = 0; round < 4; round++) {
      const { jobs, token } = await store.jobs.claim({
        queue,
        holder: HOLDER,
        limit: 10,
        lease: LEASE,
        suspects: true,
      });
      const held = jobs.map(({ id }) => ({ id, token }));
      await store.jobs.tick({ queue, holder: HOLDER, lease: LEASE, held });
      const settlements = held.map((each) => ({ ...each, outcome: { kind: 'completed' } as const }));
      await store.jobs.settle({ queue, holder: HOLDER, settlements });
      ran.push(...jobs.map(({ id }) => id));
      offset += 10_000;
    }
    return ran;
  }

  async function moveAbout(queue: string): Promise<void> {
    const { control } = store;
    await control.promote(queue, ['bb']);
    await control.reschedule(queue, ['bb'], { delay: 1_000 });
    await control.reprioritise(queue, ['bb'], 5);
    await control.cancel(queue, ['bb']);
    await control.retry(queue, ['bb']);
    await control.remove(queue, ['bb']);
  }
});

function spec(id: string): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
}
