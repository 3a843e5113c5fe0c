import { type BeforeApplicationShutdown, Module } from '@nestjs/common';
import { JobEvents, JobService, type LiveEvent } from 'nestjs-jobs';
import { EventLog, type ProcessEvent } from '../../libs/jobs/src/application/ports/event-log.js';
import type { ServerResponse } from 'node:http';
import { waitFor } from '../servers/wait-for.js';
import { EventClient } from './event-client.js';
import { ApiUnderTest, BY_TOKENS } from './start-api.js';

let api: ApiUnderTest;
/** What the application answers by. */
let responses: ServerResponse[];
/** Subscriptions that have not ended. */
let subscribed: number;

async function start(options: Parameters<typeof ApiUnderTest.start>[0] = {}): Promise<void> {
  responses = [];
  api = await ApiUnderTest.start({
    jobs: { queues: { watched: { events: true } } },
    prepare: (app) =>
      app.use((_request: unknown, response: ServerResponse, next: () => void) => {
        responses.push(response);
        next();
      }),
    ...options,
  });
  await api.app.listen(0, '127.0.0.1');
  const jobs = api.app.get(JobService);
  jobs.register('fine', () => 'secret', { queue: 'watched', retry: { attempts: 1 } });
  jobs.register('broken', () => Promise.reject(new Error('no')), { queue: 'watched', retry: { attempts: 1 } });
  subscribed = 0;
  const events = api.app.get(JobEvents);
  const subscribe = events.subscribe.bind(events);
  events.subscribe = (asked) => {
    subscribed++;
    asked?.signal?.addEventListener('abort', () => subscribed--);
    return subscribe(asked);
  };
}

afterEach(() => api.close());

/** Runs what was submitted, and lets what happened be told. */
async function run(...types: readonly string[]): Promise<void> {
  for (const type of types) {
    await api.submit(type, { secret: true });
  }
  await api.jobs.drain();
  await api.pass(1_000);
}

const kinds = (events: readonly LiveEvent[]): readonly string[] =>
  events.map((event) => ('type' in event ? `${event.type} ${event.kind}` : event.kind));

const FINE = ['fine submitted', 'fine started', 'fine completed'];
const BROKEN = ['broken submitted', 'broken started', 'broken failed'];

/** Events as another process would tell them, each of some 400 bytes. */
const told = (count: number): readonly ProcessEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'started',
    state: 'running',
    queue: 'watched',
    id: `job-${index}-${'x'.repeat(200)}`,
    type: 'fine',
    priority: 0,
    holder: 'another:1:x',
  }));

/** More than all that lies between two ends of a connection can hold: some 25 MB. */
async function tellMuch(): Promise<void> {
  for (let round = 0; round < 120; round++) {
    await api.app.get(EventLog, { strict: false }).append(told(500));
    await api.pass(10);
  }
}

@Module({})
class LateModule {}

/** What ends behind the API: a global module does. */
class EndsLast implements BeforeApplicationShutdown {
  end: () => Promise<void> = async () => undefined;
  answered: unknown;

  beforeApplicationShutdown(): Promise<void> {
    return this.end();
  }
}

describe('the stream of events', () => {
  beforeEach(() => start());

  it('tells what happens to jobs, in order, without payload and result', async () => {
    const client = await (await EventClient.open(api)).read();
    expect(client.status).toBe(200);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String) as string,
    });
    await run('fine', 'broken');
    await waitFor(() => client.events.length === 6, { what: 'six events' });
    expect(kinds(client.events).filter((kind) => kind.startsWith('fine'))).toEqual(FINE);
    expect(kinds(client.events).filter((kind) => kind.startsWith('broken'))).toEqual(BROKEN);
    expect(client.text).toMatch(/^retry: 2000\nid: 0\n\nid: 1\nevent: submitted\ndata: \{/);
    expect(client.text).not.toContain('secret');
  });

  it.each([
    ['?queue=elsewhere', []],
    ['?type=fine&queue=elsewhere,watched', FINE],
    ['?states=failed,completed', ['fine completed', 'broken failed']],
    ['?states=failed&states=running', ['fine started', 'broken started', 'broken failed']],
    ['?kinds=submitted&type=broken', ['broken submitted']],
  ])('%s tells what was asked for', async (query, expected) => {
    const [all, client] = await Promise.all(
      ['', query].map(async (each) => (await EventClient.open(api, each)).read()),
    );
    await run('fine', 'broken');
    await waitFor(() => all?.events.length === 6 && client?.events.length === expected.length);
    expect(kinds(client?.events ?? []).toSorted()).toEqual(expected.toSorted());
  });

  it('goes on behind the Last-Event-ID, over a time in which nobody was connected', async () => {
    const first = await (await EventClient.open(api)).read();
    await run('fine');
    await waitFor(() => first.events.length === 3);
    first.leave();
    await waitFor(() => subscribed === 0);
    await run('broken');
    const lastEventId = first.events[1]?.cursor ?? '';
    const second = await (await EventClient.open(api, '', { lastEventId })).read();
    await waitFor(() => second.events.length === 4);
    expect(kinds(second.events)).toEqual(['fine completed', ...BROKEN]);
  });

  it.each([
    ['at once', 0],
    ['after silence', 16_000],
  ])('loses nothing of one who was told nothing before it was cut off, %s', async (_when, silence) => {
    await run('broken');
    const first = await (await EventClient.open(api, '?type=fine')).read();
    if (silence > 0) {
      await run('broken');
      await api.pass(silence);
      await waitFor(() => first.comments.length > 0);
    }
    first.leave();
    expect([first.events.length, first.lastId]).toEqual([0, silence > 0 ? '6' : '3']);
    await run('fine');
    const second = await (await EventClient.open(api, '?type=fine', { lastEventId: first.lastId })).read();
    await waitFor(() => second.events.length === 3, { what: 'what came between' });
    expect(kinds(second.events)).toEqual(FINE);
  });

  it('sends a comment after 15 s of silence', async () => {
    const client = await (await EventClient.open(api)).read();
    await api.pass(14_000);
    expect(client.comments).toEqual([]);
    await api.pass(2_000);
    await waitFor(() => client.comments.length === 1, { what: 'a comment' });
  });

  it.each([
    ['?states=gone', 'states'],
    ['?states=', 'states'],
    ['?kinds=gap', 'kinds'],
    ['?queue=no%20name', 'queue'],
    ['?type=a,,b', 'type'],
    ['?queues=a', 'queues'],
    ['?queue[a]=b', 'queue[a]'],
    [`?queue=${Array.from({ length: 101 }, () => 'a').join()}`, 'queue'],
  ])('%s is refused before it begins', async (query, field) => {
    const { status, body } = await api.get(`/events${query}`);
    expect([status, body]).toMatchObject([400, { code: 'invalid-input', fields: [{ field }] }]);
    expect(subscribed).toBe(0);
  });

  it('ends its subscription once its client has gone', async () => {
    const client = await (await EventClient.open(api)).read();
    const other = await (await EventClient.open(api)).read();
    expect(subscribed).toBe(2);
    client.leave();
    await waitFor(() => subscribed === 1, { what: 'the subscription to end' });
    await run('fine');
    await waitFor(() => other.events.length === 3);
  });

  it('ends with the application, which does not wait for it', async () => {
    const client = await (await EventClient.open(api)).read();
    await api.close();
    expect(subscribed).toBe(0);
    await waitFor(() => client.ended);
  });

  it('of a client that takes nothing keeps no events here, and ends with the application too', async () => {
    await EventClient.open(api);
    await tellMuch();
    expect(responses).toHaveLength(1);
    expect(responses[0]?.writableLength).toBeGreaterThan(0);
    expect(responses[0]?.writableLength).toBeLessThan(500_000);
    await api.close();
    expect(subscribed).toBe(0);
  });

  it('cuts off a client that takes nothing for a minute', async () => {
    await EventClient.open(api);
    await tellMuch();
    expect(subscribed).toBe(1);
    await waitFor(async () => {
      await api.pass(70_000);
      return subscribed === 0;
    });
  });
});

describe('streams of events', () => {
  it('are not more than maxStreams', async () => {
    await start({ api: { ...BY_TOKENS, maxStreams: 2 } });
    const clients = [await EventClient.open(api), await EventClient.open(api)];
    const { status, body, headers } = await api.get('/events');
    expect([status, body]).toMatchObject([503, { code: 'too-many-streams' }]);
    expect(headers['retry-after']).toBe('5');
    clients[0]?.leave();
    await waitFor(async () => (await EventClient.open(api)).status === 200);
  });

  it('can be switched off', async () => {
    await start({ api: { maxStreams: 0 } });
    expect((await api.get('/events')).status).toBe(503);
  });

  it('count as a look of their caller', async () => {
    await start({ api: { rateLimit: { reads: 1 } } });
    await EventClient.open(api);
    expect((await EventClient.open(api)).status).toBe(429);
  });

  it('do not begin in an application that is closing', async () => {
    const late = new EndsLast();
    await start({
      imports: [{ module: LateModule, global: true, providers: [{ provide: EndsLast, useValue: late }] }],
    });
    const client = await (await EventClient.open(api)).read();
    late.end = async () => {
      await waitFor(() => client.ended);
      const { status, body } = await api.get('/events');
      late.answered = [status, body];
    };
    await api.close();
    expect(late.answered).toMatchObject([503, { code: 'usage' }]);
  });
});
