import { startRedisServer, type RedisServer } from '../../../../../test/servers/redis-server.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';
import type { HandedOver, Unsubscribe } from '../../application/ports/notifier.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';

const LEASE = 60_000;

let server: RedisServer;
let store: StorePorts;
let queue = '';
let number = 0;
let told: HandedOver[] = [];
let stop: Unsubscribe = async () => undefined;

beforeAll(async () => {
  server = await startRedisServer();
  store = createRedisStore({ url: server.url });
  await store.connection.open();
});

afterAll(async () => {
  await store.connection.close();
  await server.stop();
});

beforeEach(async () => {
  queue = `queue-${++number}`;
  told = [];
  stop = await store.notifier.onHandedOver([queue], 'h', (_queue, handed) => void told.push(handed));
  await standBy(5);
});

afterEach(() => stop());

describe('a job that comes while a holder stands by', () => {
  it('is leased to it within the submit, told whole, and wakes nobody', async () => {
    await submit([spec('é:{1}', { type: 'mail.send', payload: '{"to":"😀\\n"}', retain: 0, maxAttempts: 7 })]);
    expect(await counts()).toEqual({ pending: 0, running: 1 });
    await waitFor(() => told.length > 0, { what: 'the notice' });
    expect(told[0]).toMatchObject({ token: 1, now: expect.any(Number) });
    expect(told[0]?.jobs).toMatchObject([
      { id: 'é:{1}', type: 'mail.send', payload: '{"to":"😀\\n"}', attempt: 1, maxAttempts: 7, suspect: false },
    ]);
    expect(await server.cli(['EXISTS', `jobs:{${queue}}:wake`])).toBe('0');
    const settlements = [{ id: 'é:{1}', token: 1, outcome: { kind: 'completed' as const } }];
    expect(await store.jobs.settle({ queue, holder: 'h', settlements })).toEqual(['ok']);
    expect(await server.cli(['EXISTS', `jobs:{${queue}}:leases:h`])).toBe('0');
  });

  it('uses up its room, and one that finds none stands in its line', async () => {
    await submit([spec('a'), spec('b')]);
    await submit([spec('c'), spec('d')]);
    // Room for one is left: two that come together are not parted.
    await submit([spec('e'), spec('f')]);
    expect(await counts()).toEqual({ pending: 2, running: 4 });
    expect((await claim('other', 2)).map(({ id }) => id)).toEqual(['e', 'f']);
    await submit([spec('g')]);
    // Who has no room left is not looked at any more.
    expect(await server.cli(['HLEN', `jobs:{${queue}}:standby`])).toBe('0');
    await submit([spec('h')]);
    expect(await counts()).toEqual({ pending: 1, running: 7 });
    await waitFor(() => told.flatMap(({ jobs }) => jobs).length === 5, { what: 'five of them' });
  });

  it('is not handed over among many, nor with much to tell', async () => {
    await standBy(100);
    await submit(Array.from({ length: 9 }, (_, n) => spec(`many-${n}`)));
    expect(await counts()).toEqual({ pending: 9, running: 0 });
    await claim('other', 9);
    await submit([spec('long', { payload: JSON.stringify('x'.repeat(20_000)) })]);
    expect(await counts()).toEqual({ pending: 1, running: 9 });
  });

  it('goes to another that stands by when the first hears nothing any more', async () => {
    await stop();
    await store.jobs.claim({ queue, holder: 'i', limit: 5, lease: LEASE, suspects: true, standBy: 5 });
    stop = await store.notifier.onHandedOver([queue], 'i', (_queue, handed) => void told.push(handed));
    await submit([spec('a')]);
    expect(await counts()).toEqual({ pending: 0, running: 1 });
    await waitFor(() => told.length > 0, { what: 'the notice' });
  });

  it('is not handed to a holder whose claim has brought others since', async () => {
    await store.queues.pause(queue);
    await submit([spec('a'), spec('b')]);
    await store.queues.resume(queue);
    expect(await claim('h', 1)).toHaveLength(1);
    await claim('other', 1);
    await submit([spec('c')]);
    expect(await counts()).toEqual({ pending: 1, running: 2 });
  });
});

async function standBy(room: number): Promise<void> {
  await store.jobs.claim({ queue, holder: 'h', limit: 5, lease: LEASE, suspects: true, standBy: room });
}

async function claim(holder: string, limit: number): Promise<readonly { readonly id: string }[]> {
  return (await store.jobs.claim({ queue, holder, limit, lease: LEASE, suspects: true })).jobs;
}

async function submit(specs: readonly JobSpec[]): Promise<void> {
  await store.jobs.submit({ queue, holder: 'submitter', specs });
}

async function counts(): Promise<{ readonly pending: number; readonly running: number }> {
  const { pending, running } = (await store.inspector.counts(queue)).byState;
  return { pending, running };
}

function spec(id: string, partial: Partial<JobSpec> = {}): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {}, ...partial };
}
