import { EVENTS_A_SECOND } from '../../libs/jobs/src/application/events/event-publisher.js';
import { cursorOf, eventStream } from '../../libs/jobs/src/application/events/event-stream.js';
import type {
  LiveEvent,
  LiveEventOf,
  LiveEventSubscription,
  SubscribeOptions,
} from '../../libs/jobs/src/application/events/live-event.js';
import { JobEvents } from '../../libs/jobs/src/application/job-events.js';
import { KEPT_EVENTS, type ProcessEvent } from '../../libs/jobs/src/application/ports/event-log.js';
import { JOB_EVENT_KINDS } from '../../libs/jobs/src/application/ports/job-observer.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import type { JobContext } from '../../libs/jobs/src/application/attempts/job-context.js';
import { InvalidOptionError, StoreUnavailableError } from '../../libs/jobs/src/domain/errors/errors.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { startEngine, type TestEngine } from './start-engine.js';

let clock: VirtualClock;
let ports: StorePorts;
let worker: TestEngine;
let other: TestEngine;

beforeEach(async () => {
  clock = new VirtualClock();
  ports = createMemoryStore({ clock });
  worker = await startEngine({
    clock,
    ports,
    workers: [{ size: 2 }],
    handlers: {
      work: () => 'done',
      steps: async (_payload: unknown, job: JobContext) => {
        for (let step = 1; step <= 100; step++) {
          job.progress(step);
        }
      },
      fails: [
        () => {
          throw Object.assign(new Error('x'.repeat(3_000)), { code: 'E_BUSY' });
        },
        { retry: { attempts: 2, backoff: 'fixed', initialDelay: '1s' } },
      ],
    },
  });
  other = await startEngine({ clock, ports, workers: [] });
  await clock.advance(100);
});

afterEach(async () => {
  await worker.close();
  await other.close();
});

/** Keeps what a subscription gives, from when it is heard. */
async function listen(
  engine: TestEngine,
  options: SubscribeOptions = {},
): Promise<{ readonly heard: LiveEvent[]; readonly subscription: LiveEventSubscription }> {
  const subscription = engine.jobEvents.subscribe(options);
  const heard: LiveEvent[] = [];
  void (async () => {
    for await (const event of subscription) {
      heard.push(event);
    }
  })();
  await clock.settle();
  await subscription.ready;
  return { heard, subscription };
}

const kinds = (heard: readonly LiveEvent[]): readonly string[] => heard.map(({ kind }) => kind);

/** An event as another process would tell it. */
const told = (id: string): ProcessEvent => ({
  kind: 'started',
  state: 'running',
  queue: 'default',
  id,
  type: 'work',
  priority: 0,
  holder: 'another:1:x',
});

describe('live events', () => {
  it('tell in one process what happens in another', async () => {
    const { heard } = await listen(other);
    const { id } = await worker.jobs.submit('work', { secret: 1 }, { delay: '1s' });
    await clock.advance(3_000);
    expect(kinds(heard)).toEqual(['submitted', 'started', 'completed']);
    const [submitted, started, completed] = heard;
    expect(submitted).toEqual({
      kind: 'submitted',
      state: 'scheduled',
      queue: 'default',
      id,
      type: 'work',
      priority: 0,
      holder: expect.any(String),
      cursor: '1',
      at: expect.any(Number),
    });
    expect(started).toMatchObject({ state: 'running', attempt: 1, worker: expect.stringContaining('#') });
    expect(completed).toMatchObject({ state: 'completed', duration: expect.any(Number), cursor: '3' });
    expect(JSON.stringify(heard)).not.toMatch(/secret|done/);
  });

  it('say in which state a job is after each of them', async () => {
    const { heard } = await listen(other, { type: 'fails' });
    await worker.jobs.submit('fails', {});
    await clock.advance(5_000);
    expect(heard.map((event) => ('state' in event ? `${event.kind} ${event.state}` : event.kind))).toEqual([
      'submitted pending',
      'started running',
      'retrying retrying',
      'started running',
      'failed failed',
    ]);
    const failed = heard.at(-1) as LiveEventOf<'failed'>;
    expect(failed.failure).toEqual({ code: 'E_BUSY', name: 'Error', message: `${'x'.repeat(499)}…` });
  });

  it('say that a job was cancelled where it would have come back and its process had not heard of the cancel', async () => {
    ports.notifier.onCancel = async () => async () => undefined;
    await worker.close();
    worker = await startEngine({
      clock,
      ports,
      workers: [{ size: 1 }],
      handlers: {
        work: async (_payload: unknown, { id, queue }: JobContext) => {
          await ports.control.cancel(queue, [id]);
          throw new Error('too late');
        },
      },
    });
    const { heard } = await listen(other, { states: ['cancelled', 'retrying', 'scheduled'] });
    await clock.advance(5_500); // the worker hears of it with its heartbeat
    const { id } = await worker.jobs.submit('work', {});
    await clock.advance(2_000);
    expect((await worker.jobs.get(id))?.state).toBe('cancelled');
    expect(heard).toEqual([
      expect.objectContaining({ kind: 'cancelled', state: 'cancelled', id, duration: expect.any(Number) }),
    ]);
  });

  it('are those of the queue, type, state and kind that were asked for', async () => {
    worker.jobs.register('mail', () => undefined, { queue: 'mails' });
    const asked = await Promise.all([
      listen(other, { queue: 'mails' }),
      listen(other, { type: ['work', 'none'] }),
      listen(other, { states: ['completed'] }),
      listen(other, { kinds: ['started'], queue: ['mails', 'default'] }),
    ]);
    await worker.jobs.submit('mail', {});
    await worker.jobs.submit('work', {});
    await clock.advance(2_000);
    const [mails, work, completed, started] = asked.map(({ heard }) =>
      heard.map((event) => ('type' in event ? `${event.type} ${event.kind}` : event.kind)).toSorted(),
    );
    expect(mails).toEqual(['mail completed', 'mail started', 'mail submitted']);
    expect(work).toEqual(['work completed', 'work started', 'work submitted']);
    expect(completed).toEqual(['mail completed', 'work completed']);
    expect(started).toEqual(['mail started', 'work started']);
  });

  it('go on from a cursor, over a time in which nobody was connected', async () => {
    const first = await listen(other);
    await worker.jobs.submit('work', {});
    await clock.advance(1_000);
    const cursor = first.heard.at(0)?.cursor ?? '';
    await first.subscription.return();
    await worker.jobs.submit('work', {});
    await clock.advance(1_000);
    const { heard } = await listen(other, { after: cursor });
    await clock.advance(1_000);
    expect(kinds(heard)).toEqual(['started', 'completed', 'submitted', 'started', 'completed']);
  });

  it('say how many were missed by one who comes too late', async () => {
    const { heard, subscription } = await listen(other);
    await worker.jobs.submit('work', {});
    await clock.advance(1_000);
    await subscription.return();
    await ports.events.append(Array.from({ length: KEPT_EVENTS + 2_000 }, (_, index) => told(`job-${index}`)));
    const cursor = heard.at(-1)?.cursor ?? '';
    const late = await listen(other, { after: cursor });
    await clock.advance(1_000);
    const [gap, next] = late.heard as [LiveEventOf<'gap'>, LiveEvent];
    expect(gap).toMatchObject({ kind: 'gap', reason: 'overtaken' });
    expect(gap.lost).toBeGreaterThanOrEqual(2_000);
    expect(Number(next.cursor)).toBe(Number(cursor) + gap.lost + 1);
    expect(late.heard.at(-1)).toMatchObject({ id: `job-${KEPT_EVENTS + 1_999}` });
    expect(late.heard.length + gap.lost).toBe(KEPT_EVENTS + 2_001);
  });

  it('say so where the log has begun anew', async () => {
    const { heard } = await listen(other, { after: '5000' });
    await ports.events.append([told('a')]);
    await clock.advance(1_000);
    expect(heard).toEqual([
      { kind: 'gap', lost: 0, reason: 'restarted', cursor: '0' },
      expect.objectContaining({ id: 'a', cursor: '1' }),
    ]);
  });

  it('wait in the log for one who is slow, and not in memory', async () => {
    const subscription = other.jobEvents.subscribe();
    await clock.settle();
    await subscription.ready;
    for (let told_ = 0; told_ < 4_000; told_ += 500) {
      await ports.events.append(Array.from({ length: 500 }, (_, index) => told(`job-${told_ + index}`)));
      await clock.settle();
    }
    const ids: string[] = [];
    for await (const event of subscription) {
      ids.push('id' in event ? event.id : event.kind);
      if (ids.length === 4_000) {
        break;
      }
    }
    expect(ids).toEqual(Array.from({ length: 4_000 }, (_, index) => `job-${index}`));
  });

  it('of a process are bounded in rate, and the rest is counted', async () => {
    const { heard } = await listen(other);
    for (let sent = 0; sent < EVENTS_A_SECOND + 500; sent += 100) {
      await worker.jobs.submitMany(
        Array.from({ length: 100 }, () => ({ type: 'work', payload: {}, options: { delay: '1h' } })),
      );
    }
    await clock.advance(200);
    const dropped = heard.filter((event): event is LiveEventOf<'dropped'> => event.kind === 'dropped');
    expect(dropped.reduce((sum, { count }) => sum + count, 0)).toBe(500);
    expect(heard.filter(({ kind }) => kind === 'submitted')).toHaveLength(EVENTS_A_SECOND);
    await clock.advance(1_000);
    await worker.jobs.submit('work', {}, { delay: '1h' });
    await clock.advance(200);
    expect(heard.at(-1)).toMatchObject({ kind: 'submitted' });
  });

  it('of progress are the latest of an attempt, in each moment', async () => {
    const { heard } = await listen(other, { kinds: ['progress', 'completed'] });
    await worker.jobs.submit('steps', {});
    await clock.advance(1_000);
    expect(heard).toMatchObject([{ kind: 'progress', progress: 100 }, { kind: 'completed' }]);
  });

  it('end with the loop, the signal, and the application', async () => {
    const abort = new AbortController();
    const ended = await Promise.all([
      listen(other),
      listen(other, { signal: abort.signal }),
      listen(other, { signal: AbortSignal.abort() }),
    ]);
    const ends = ended.map(({ subscription }) => subscription.next());
    await ended[0]?.subscription.return();
    abort.abort();
    await expect(Promise.all(ends)).resolves.toEqual(ends.map(() => ({ done: true, value: undefined })));
    const last = await listen(other);
    const waits = last.subscription.next();
    await other.close();
    await expect(waits).resolves.toEqual({ done: true, value: undefined });
    await expect(other.jobEvents.subscribe().next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('are refused where what is asked for makes no sense', () => {
    for (const options of [
      { queue: 'no name' },
      { type: [] },
      { states: ['gone'] },
      { kinds: ['gap'] },
      { after: 'x' },
      { queues: 'a' },
    ]) {
      expect(() => other.jobEvents.subscribe(options as SubscribeOptions)).toThrow(InvalidOptionError);
    }
  });
});

describe('who makes live events', () => {
  /** Engines of these tests listen to all of their own events: this one's does not. */
  let quiet: JobEvents;
  let made: number;

  beforeEach(async () => {
    made = 0;
    await worker.close();
    worker = await startEngine({
      clock,
      ports,
      listens: false,
      workers: [{ size: 1 }],
      settings: { queues: new Map([['watched', { defaults: {}, blockTimeout: 1, events: true }]]) },
      handlers: { work: () => 'done', watched: [() => 'done', { queue: 'watched' }] },
    });
    quiet = worker.jobEvents;
    const observe = quiet.observe.bind(quiet);
    quiet.observe = (event) => {
      made++;
      observe(event);
    };
    await clock.advance(100);
  });

  const wanted = (queue: string): boolean => JOB_EVENT_KINDS.some((kind) => quiet.wanted(kind, queue));
  const run = async (type: string): Promise<void> => {
    await worker.jobs.submit(type, {});
    await clock.advance(1_000);
  };

  it('nobody, while nobody listens', async () => {
    await run('work');
    expect(made).toBe(0);
    expect((await ports.events.read(0, 1)).newest).toBe(0);
  });

  it('every process, from when somebody listens until a minute after', async () => {
    const { subscription, heard } = await listen(other, { queue: 'default' });
    expect([wanted('default'), wanted('others')]).toEqual([true, false]);
    await clock.advance(300_000);
    await run('work');
    expect(kinds(heard)).toEqual(['submitted', 'started', 'completed']);
    await subscription.return();
    await clock.advance(70_000);
    expect(wanted('default')).toBe(false);
    made = 0;
    await run('work');
    expect(made).toBe(0);
  });

  it('a process that heard no notice, with its next heartbeat', async () => {
    ports.notifier.tellChanged = async () => undefined;
    await listen(other);
    expect(wanted('default')).toBe(false);
    await clock.advance(5_000);
    expect(wanted('default')).toBe(true);
  });

  it('a queue that always has it on', async () => {
    await run('watched');
    await run('work');
    const { events } = await ports.events.read(0, 10);
    expect(events.map(({ event }) => event.kind)).toEqual(['submitted', 'started', 'completed']);
    expect(made).toBe(3);
  });

  it('what could not be told is counted, once the store answers again', async () => {
    const { heard } = await listen(other);
    const { append } = ports.events;
    ports.events.append = async () => {
      throw new StoreUnavailableError('away');
    };
    await run('work');
    ports.events.append = append;
    await clock.advance(3_000);
    expect(heard).toMatchObject([{ kind: 'dropped', count: 3 }]);
    expect(worker.log.lines.filter(({ message }) => message.includes('Events could not be told'))).toHaveLength(1);
  });
});

describe('a subscriber whose store is away', () => {
  it('goes on where it was, once it is back', async () => {
    const { heard } = await listen(other);
    const { read } = ports.events;
    ports.events.read = async () => {
      throw new StoreUnavailableError('away');
    };
    await worker.jobs.submit('work', {});
    await clock.advance(10_000);
    expect(heard).toEqual([]);
    ports.events.read = read;
    await clock.advance(2_000);
    expect(kinds(heard)).toEqual(['submitted', 'started', 'completed']);
    expect(other.log.lines.filter(({ message }) => message.includes('Live events cannot be read'))).toHaveLength(1);
  });

  it('ends at once where it was to read on and the store never answers', async () => {
    await listen(other);
    await worker.jobs.submit('work', {});
    await clock.advance(1_000);
    ports.events.read = () => new Promise(() => undefined);
    const ending = new AbortController();
    const subscription = other.jobEvents.subscribe({ after: '0', signal: ending.signal });
    const next = subscription.next();
    await subscription.ready;
    await clock.settle();
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('hears of what came while its wake-ups were lost', async () => {
    const { heard } = await listen(other);
    const { tellChanged } = ports.notifier;
    ports.notifier.tellChanged = async () => undefined;
    await worker.jobs.submit('work', {});
    await clock.advance(5_500);
    ports.notifier.tellChanged = tellChanged;
    expect(kinds(heard)).toEqual(['submitted', 'started', 'completed']);
  });
});

describe('a wake-up', () => {
  it('that comes when the last page has just been read is not lost', async () => {
    const { heard } = await listen(other);
    const { read } = ports.events;
    for (let turns = 0; turns < 12; turns++) {
      let late = false;
      ports.events.read = async (...asked) => {
        const page = await read.apply(ports.events, asked);
        if (!late) {
          late = true;
          void (async () => {
            for (let turn = 0; turn < turns; turn++) {
              await Promise.resolve();
            }
            await ports.events.append([told(`late-${turns}`)]);
          })();
        }
        return page;
      };
      await ports.events.append([told(`early-${turns}`)]);
      await clock.settle();
      await clock.settle();
      expect(heard.at(-1)).toMatchObject({ id: `late-${turns}` });
    }
  });
});

describe('an event stream', () => {
  it('is the text of server-sent events, with comments in silence, and is taken up by the last id', async () => {
    const abort = new AbortController();
    const subscription = other.jobEvents.subscribe({ kinds: ['completed'], signal: abort.signal });
    const frames: string[] = [];
    const streaming = (async () => {
      for await (const frame of eventStream(subscription)) {
        frames.push(frame);
      }
    })();
    await clock.settle();
    await subscription.ready;
    const { id } = await worker.jobs.submit('work', {});
    await clock.advance(2_000);
    await clock.advance(16_000);
    expect(frames).toHaveLength(3);
    expect(frames[0]).toBe('retry: 2000\nid: 0\n\n');
    const [, cursor, data] = /^id: (\d+)\nevent: completed\ndata: (.*)\n\n$/.exec(frames[1] ?? '') ?? [];
    expect(JSON.parse(data ?? '')).toMatchObject({ kind: 'completed', id, cursor });
    expect(frames[2]).toMatch(new RegExp(`^: .*\\nid: ${cursor}\\n\\n$`));
    abort.abort();
    await streaming;
    expect(cursorOf(cursor)).toBe(cursor);
    expect(cursorOf('drop table')).toBeUndefined();
    expect(cursorOf(undefined)).toBeUndefined();
  });
});
