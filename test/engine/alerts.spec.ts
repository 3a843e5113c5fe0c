import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { AlertEvaluator } from '../../libs/jobs/src/application/alerting/alert-evaluator.js';
import type { AlertEvent } from '../../libs/jobs/src/application/alerting/alert-event.js';
import { AlertEvents } from '../../libs/jobs/src/application/alerting/alert-events.js';
import { Alerts } from '../../libs/jobs/src/application/alerting/alerts.js';
import { HistoryRecorder } from '../../libs/jobs/src/application/history/history-recorder.js';
import { type WebhookNotice, WebhookSender } from '../../libs/jobs/src/application/ports/webhook-sender.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import type { AlertRule } from '../../libs/jobs/src/domain/alerts/alert-rule.js';
import { UnrecoverableError } from '../../libs/jobs/src/domain/errors/errors.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A webhook's receiver that keeps what it is sent, and answers as it is told. */
class Receiver extends WebhookSender {
  readonly notices: WebhookNotice[] = [];
  answer: () => Promise<void> = async () => undefined;

  override async send(notice: WebhookNotice): Promise<void> {
    this.notices.push(notice);
    await this.answer();
  }

  get events(): readonly AlertEvent[] {
    return this.notices.map(({ body }) => JSON.parse(body) as AlertEvent);
  }
}

interface Watching {
  readonly engine: TestEngine;
  readonly alerts: Alerts;
  /** What its listeners were told. */
  readonly heard: AlertEvent[];
  stop(): Promise<void>;
}

describe('alerts', () => {
  let clock: VirtualClock;
  let ports: StorePorts;
  let receiver: Receiver;
  let watching: Watching[];

  beforeEach(() => {
    clock = new VirtualClock();
    ports = createMemoryStore({ clock });
    receiver = new Receiver();
    watching = [];
  });

  afterEach(async () => {
    for (const each of watching) {
      await stop(each);
      await each.engine.close();
    }
  });

  /** A shutdown waits a little for a look that is under way: time must pass. */
  async function stop(it_: Watching): Promise<void> {
    const ended = it_.stop();
    await clock.advance(3 * SECOND);
    await ended;
  }

  async function watch(rules: readonly AlertRule[], options: EngineOptions = {}): Promise<Watching> {
    const engine = await startEngine({ clock, ports, workers: [], ...options });
    engine.get(HistoryRecorder).start();
    const heard: AlertEvent[] = [];
    for (const kind of ['firing', 'recovered'] as const) {
      engine.get(AlertEvents).on(kind, (event) => void heard.push(event));
    }
    const alerts = engine.get(Alerts);
    alerts.setRules(rules);
    const evaluator = engine.get(AlertEvaluator);
    const webhooks = [{ name: 'pager', url: 'https://pager.test/x', headers: {}, timeout: 1_000 }];
    await evaluator.start({ interval: 15 * SECOND, webhooks, sender: receiver });
    await clock.advance(0);
    const started = { engine, alerts, heard, stop: () => evaluator.stop() };
    watching.push(started);
    return started;
  }
  const phases = async ({ alerts }: Watching): Promise<string> =>
    (await alerts.list()).map(({ rule, phase }) => `${rule} ${phase}`).join(', ');
  const kinds = (events: readonly AlertEvent[]): readonly string[] => events.map(({ kind, rule }) => `${rule} ${kind}`);
  const submit = async ({ engine }: Watching, count: number, queue = 'mail', type = 'work'): Promise<void> => {
    for (let each = 0; each < count; each++) {
      await engine.jobs.submit(type, {}, { queue });
    }
  };

  it.each<{
    readonly rule: AlertRule;
    readonly worsen: (it: Watching) => Promise<unknown>;
    readonly mend: (it: Watching) => Promise<unknown>;
    readonly value: unknown;
    readonly text: string;
    readonly options?: EngineOptions;
    readonly before?: (it: Watching) => Promise<unknown>;
    /** Over which the figures are taken: what was bad is forgotten after it. */
    readonly memory?: number;
  }>([
    {
      rule: { kind: 'queue-depth', threshold: 5 },
      worsen: (it) => submit(it, 5),
      mend: (it) => it.engine.jobs.queue('mail').clear(),
      value: 5,
      text: "Alert queue-depth: 5 jobs wait in queue 'mail' (threshold 5)",
    },
    {
      rule: { kind: 'oldest-wait', threshold: '2m' },
      worsen: async (it) => {
        await submit(it, 1);
        await clock.advance(2 * MINUTE);
      },
      mend: (it) => it.engine.jobs.queue('mail').clear(),
      value: expect.any(Number),
      text: "the oldest job in queue 'mail' has waited for 3",
    },
    {
      rule: { kind: 'dead-letters', threshold: 2, queue: 'mail' },
      options: { workers: [{}], handlers: { work: [fails, { queue: 'mail' }] } },
      worsen: (it) => submit(it, 2),
      mend: (it) => it.engine.jobs.deadLetters('mail').purge(),
      value: 2,
      text: "Alert dead-letters:mail: 2 dead letters lie in queue 'mail' (threshold 2)",
    },
    {
      rule: { kind: 'failure-rate', threshold: 0.5, window: '2m', minimum: 4 },
      options: {
        workers: [{}],
        handlers: { work: [fails, { queue: 'mail' }], fine: [() => 1, { queue: 'mail' }] },
      },
      worsen: async (it) => {
        await submit(it, 3);
        await submit(it, 2, 'mail', 'fine');
      },
      mend: (it) => submit(it, 20, 'mail', 'fine'),
      value: 0.6,
      text: "Alert failure-rate: 60 % of attempts in queue 'mail' failed (threshold 50 %)",
      memory: 2 * MINUTE,
    },
    {
      rule: { kind: 'p95-latency', threshold: '1s', window: '2m', minimum: 1, type: 'slow' },
      options: {
        workers: [{}],
        handlers: { slow: [() => takes(2 * SECOND), { queue: 'mail' }] },
      },
      worsen: (it) => submit(it, 3, 'mail', 'slow'),
      mend: async () => undefined,
      value: expect.any(Number),
      text: "95 % of attempts of type 'slow' in queue 'mail' take up to 1.82s (threshold 1s)",
      memory: 2 * MINUTE,
    },
    {
      rule: { kind: 'no-workers' },
      options: { workers: [{ size: 1 }], handlers: { work: [() => 1, { queue: 'mail' }] } },
      worsen: async (it) => it.engine.pool.all()[0]?.pause(),
      mend: async (it) => it.engine.pool.all()[0]?.resume(),
      value: 0,
      text: 'Alert no-workers: no worker runs (threshold 1)',
    },
  ])('of $rule.kind fire once it has been bad for long, and recover once it has been good for long', async (given) => {
    const it_ = await watch([given.rule], given.options);
    const name = it_.alerts.rules()[0]?.name ?? '';
    await clock.advance(2 * MINUTE);
    expect(await phases(it_)).toBe(`${name} ok`);

    await given.worsen(it_);
    await clock.advance(40 * SECOND);
    expect(await phases(it_)).toBe(`${name} pending`);
    expect(it_.heard).toEqual([]);
    await clock.advance(60 * SECOND);
    expect(await phases(it_)).toBe(`${name} firing`);
    expect(kinds(it_.heard)).toEqual([`${name} firing`]);
    expect(it_.heard[0]).toMatchObject({ value: given.value, text: expect.stringContaining(given.text) });
    expect(await it_.alerts.firing()).toHaveLength(1);

    await given.mend(it_);
    await it_.engine.until(async () => (await phases(it_)) === `${name} recovering`, 5 * MINUTE);
    expect(it_.heard).toHaveLength(1);
    await clock.advance(90 * SECOND);
    expect(await phases(it_)).toBe(`${name} ok`);
    expect(kinds(it_.heard)).toEqual([`${name} firing`, `${name} recovered`]);
    expect(it_.heard[1]?.alert).toBe(it_.heard[0]?.alert);
    expect(kinds(receiver.events)).toEqual(kinds(it_.heard));
    const said = it_.engine.log.lines.filter(({ fields }) => fields?.['alert'] === name);
    expect(said.map(({ level }) => level)).toEqual([name === 'no-workers' ? 'error' : 'warn', 'info']);
  });

  function fails(): never {
    throw new UnrecoverableError('no');
  }

  function takes(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void clock.after(milliseconds, resolve));
  }

  it('tell nothing of a value that crosses the threshold for less than the hold, nor of one that flaps while they fire', async () => {
    const it_ = await watch([{ kind: 'queue-depth', threshold: 10, recovery: 5, for: '1m' }]);
    const mail = it_.engine.jobs.queue('mail');
    for (let round = 0; round < 5; round++) {
      await submit(it_, 10);
      await clock.advance(45 * SECOND);
      await mail.clear();
      await clock.advance(30 * SECOND);
    }
    expect(it_.heard).toEqual([]);

    await submit(it_, 10);
    await clock.advance(100 * SECOND);
    expect(kinds(it_.heard)).toEqual(['queue-depth firing']);
    // Between recovery and threshold it fires on.
    await mail.clear();
    await submit(it_, 6);
    await clock.advance(5 * MINUTE);
    expect(await phases(it_)).toBe('queue-depth firing');
    for (let round = 0; round < 5; round++) {
      await mail.clear();
      await clock.advance(45 * SECOND);
      expect(await phases(it_)).toBe('queue-depth recovering');
      await submit(it_, 10);
      await clock.advance(30 * SECOND);
    }
    expect(it_.heard).toHaveLength(1);
    await mail.clear();
    await clock.advance(2 * MINUTE);
    expect(kinds(it_.heard)).toEqual(['queue-depth firing', 'queue-depth recovered']);
  });

  it('of a rule for all queues are one for each queue that goes wrong, up to a bound', async () => {
    const it_ = await watch([{ kind: 'queue-depth', threshold: 2, for: 0 }]);
    await submit(it_, 2, 'mail');
    await clock.advance(20 * SECOND);
    await submit(it_, 3, 'orders');
    await clock.advance(20 * SECOND);
    expect(it_.heard.map(({ kind, queue, value }) => `${kind} ${queue} ${value}`)).toEqual([
      'firing mail 2',
      'firing orders 3',
    ]);
    await it_.engine.jobs.queue('mail').clear();
    await clock.advance(20 * SECOND);
    expect(it_.heard[2]).toMatchObject({ kind: 'recovered', queue: 'mail', alert: it_.heard[0]?.alert });
    expect(await it_.alerts.list()).toMatchObject([{ rule: 'queue-depth', queue: 'orders', phase: 'firing' }]);
    for (let queue = 0; queue < 60; queue++) {
      await submit(it_, 2, `many-${queue}`);
    }
    await clock.advance(20 * SECOND);
    expect(await it_.alerts.firing()).toHaveLength(50);
    expect((await it_.alerts.firing()).map(({ queue }) => queue)).toContain('orders');
    expect(it_.heard).toHaveLength(3 + 49);
    await it_.engine.jobs.queue('orders').clear();
    await clock.advance(40 * SECOND);
    expect(it_.heard).toHaveLength(54);
    expect(new Set(it_.heard.slice(52).map(({ kind }) => kind))).toEqual(new Set(['recovered', 'firing']));
  });

  it('are delivered once, whichever of the processes finds out, and told to the listeners of each', async () => {
    const rules: readonly AlertRule[] = [{ kind: 'queue-depth', threshold: 3, for: 0 }];
    const [one, other, third] = [await watch(rules), await watch(rules), await watch(rules)];
    await submit(one, 3);
    await one.engine.until(() => [one, other, third].some(({ heard }) => heard.length > 0));
    // The others hear of it at once, and not with their next look.
    await clock.advance(0);
    for (const { heard } of [one, other, third]) {
      expect(kinds(heard)).toEqual(['queue-depth firing']);
    }
    await clock.advance(MINUTE);
    await one.engine.jobs.queue('mail').clear();
    await clock.advance(MINUTE);
    for (const { heard } of [one, other, third]) {
      expect(kinds(heard)).toEqual(['queue-depth firing', 'queue-depth recovered']);
      expect(heard).toEqual(one.heard);
    }
    expect(receiver.events).toEqual(one.heard);
    const said = [one, other, third].flatMap(({ engine }) =>
      engine.log.lines.filter(({ fields }) => fields?.['alert']),
    );
    expect(said).toHaveLength(2);
  });

  it('are looked after by another process within a minute of the death of the one that did', async () => {
    const rules: readonly AlertRule[] = [{ kind: 'queue-depth', threshold: 3, for: 0 }];
    // A process that died long ago as its turn had just begun.
    expect((await ports.alerts.watch({ holder: 'dead', lease: 45 * SECOND })).mine).toBe(true);
    const it_ = await watch(rules);
    await submit(it_, 3);
    await clock.advance(40 * SECOND);
    expect(it_.heard).toEqual([]);
    await clock.advance(20 * SECOND);
    expect(kinds(receiver.events)).toEqual(['queue-depth firing']);
  });

  it('are delivered by the next when the one that found out dies before it has', async () => {
    const rules: readonly AlertRule[] = [{ kind: 'queue-depth', threshold: 3, for: 0 }];
    const dies = await watch(rules);
    receiver.answer = () => new Promise(() => undefined); // it hangs in the middle of the delivery for ever
    await submit(dies, 3);
    await clock.advance(20 * SECOND);
    expect(receiver.notices).toHaveLength(1);
    receiver.answer = async () => undefined;
    const next = await watch(rules);
    await clock.advance(MINUTE);
    expect(receiver.notices).toHaveLength(2);
    expect(receiver.notices[1]).toEqual(receiver.notices[0]);
    expect(next.heard).toEqual([]);
    expect(await phases(next)).toBe('queue-depth firing');
  });

  it('are passed on at once by a process that stops', async () => {
    const rules: readonly AlertRule[] = [{ kind: 'queue-depth', threshold: 3, for: 0 }];
    const [first, second] = [await watch(rules), await watch(rules)];
    await stop(first);
    await submit(second, 3);
    await clock.advance(16 * SECOND);
    expect(kinds(second.heard)).toEqual(['queue-depth firing']);
  });

  it('are tried again after pauses that grow, in order, and given up in the end', async () => {
    const it_ = await watch([{ kind: 'queue-depth', threshold: 3, for: 0 }]);
    receiver.answer = async () => {
      throw new Error('pager.test answered 500');
    };
    await submit(it_, 3);
    await clock.advance(16 * SECOND);
    await it_.engine.jobs.queue('mail').clear();
    await clock.advance(MINUTE);
    expect(kinds(it_.heard)).toEqual(['queue-depth firing', 'queue-depth recovered']);
    // The recovery waits behind its firing, for this receiver only.
    expect(new Set(kinds(receiver.events))).toEqual(new Set(['queue-depth firing']));
    expect(receiver.notices.length).toBeGreaterThan(3);
    expect(new Set(receiver.notices.map(({ id }) => id)).size).toBe(1);
    receiver.answer = async () => undefined;
    await clock.advance(5 * MINUTE);
    expect(kinds(receiver.events).slice(-2)).toEqual(['queue-depth firing', 'queue-depth recovered']);

    receiver.notices.length = 0;
    receiver.answer = () => Promise.reject(new Error('pager.test answered 500'));
    await submit(it_, 3);
    await clock.advance(60 * MINUTE);
    expect(receiver.notices).toHaveLength(12);
    expect(it_.engine.log.lines.filter(({ message }) => message.includes('given up after 12 tries'))).toHaveLength(1);
  });

  it('follow rules that are replaced: a threshold that moves, a rule that goes', async () => {
    const it_ = await watch([{ kind: 'queue-depth', threshold: 100, for: 0 }]);
    await submit(it_, 5);
    await clock.advance(MINUTE);
    expect(it_.heard).toEqual([]);
    it_.alerts.setRules([{ kind: 'queue-depth', threshold: 5, for: 0 }]);
    await clock.advance(0);
    expect(kinds(it_.heard)).toEqual(['queue-depth firing']);
    expect(() => it_.alerts.setRules([{ kind: 'queue-depth', threshold: -1 }])).toThrow('rules[0].threshold');
    expect(it_.alerts.rules()).toMatchObject([{ threshold: 5 }]);
    it_.alerts.setRules([{ kind: 'queue-depth', name: 'queue-depth', queue: 'other', threshold: 5, for: 0 }]);
    await clock.advance(0);
    expect(it_.heard[1]).toMatchObject({ kind: 'recovered', ruleRemoved: true, queue: 'mail' });
    expect(await phases(it_)).toBe('queue-depth ok');
  });

  it('recover when their rule goes', async () => {
    const it_ = await watch([{ kind: 'queue-depth', threshold: 5, for: 0 }]);
    await submit(it_, 5);
    await clock.advance(MINUTE);
    it_.alerts.setRules([]);
    await clock.advance(0);
    expect(it_.heard[1]).toMatchObject({ kind: 'recovered', ruleRemoved: true, alert: it_.heard[0]?.alert });
    expect(await it_.alerts.list()).toEqual([]);
  });

  it('of workers know a named queue that nobody works, and one that waits for workers', async () => {
    const it_ = await watch(
      [
        { kind: 'no-workers', for: 0, name: 'any' },
        { kind: 'no-workers', for: 0, queue: 'reports', threshold: 2 },
      ],
      {
        workers: [{ size: 1 }],
        handlers: { work: [() => 1, { queue: 'mail' }], report: [() => 1, { queue: 'reports' }] },
      },
    );
    await clock.advance(20 * SECOND);
    expect(kinds(it_.heard)).toEqual(['no-workers:reports firing']);
    expect(it_.heard[0]?.text).toBe("Alert no-workers:reports: 1 worker runs for queue 'reports' (threshold 2)");
    await it_.engine.jobs.submit('elsewhere', {}, { queue: 'orphaned' });
    await clock.advance(20 * SECOND);
    expect(it_.heard[1]).toMatchObject({ rule: 'any', kind: 'firing', queue: 'orphaned', value: 0 });
  });

  it('of rates are not judged on few attempts', async () => {
    const it_ = await watch([{ kind: 'failure-rate', threshold: 0.5, minimum: 5, for: 0 }], {
      workers: [{}],
      handlers: { work: [fails, { queue: 'mail' }] },
    });
    await submit(it_, 4);
    await clock.advance(MINUTE);
    expect(it_.heard).toEqual([]);
    await submit(it_, 1);
    await clock.advance(MINUTE);
    expect(it_.heard).toMatchObject([{ kind: 'firing', queue: 'mail', value: 1 }]);
  });

  it('go on when the store was away', async () => {
    const { alerts: store } = ports;
    const away = { is: false };
    const failing = new Proxy(store, {
      get: (target, name, self) =>
        away.is ? () => Promise.reject(new Error('away')) : (Reflect.get(target, name, self) as unknown),
    });
    ports = { ...ports, alerts: failing };
    const it_ = await watch([{ kind: 'queue-depth', threshold: 3, for: 0 }]);
    away.is = true;
    await submit(it_, 3);
    await clock.advance(5 * MINUTE);
    expect(it_.heard).toEqual([]);
    expect(it_.engine.log.lines.filter(({ message }) => message.includes('cannot be looked after'))).toHaveLength(1);
    away.is = false;
    await clock.advance(20 * SECOND);
    expect(kinds(it_.heard)).toEqual(['queue-depth firing']);
  });
});
