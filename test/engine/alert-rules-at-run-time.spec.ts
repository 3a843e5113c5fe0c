import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { AlertEvaluator } from '../../libs/jobs/src/application/alerting/alert-evaluator.js';
import { AlertRulesSection } from '../../libs/jobs/src/application/alerting/alert-rules-section.js';
import { AlertEvents } from '../../libs/jobs/src/application/alerting/alert-events.js';
import { Alerts } from '../../libs/jobs/src/application/alerting/alerts.js';
import { WebhookSender } from '../../libs/jobs/src/application/ports/webhook-sender.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import type { AlertRule } from '../../libs/jobs/src/domain/alerts/alert-rule.js';
import { InvalidConfigurationError } from '../../libs/jobs/src/domain/errors/errors.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { startEngine, type TestEngine } from './start-engine.js';

const SECOND = 1_000;
const BY = { by: 'ada' } as const;
const RULES: readonly AlertRule[] = [
  { kind: 'queue-depth', threshold: 100, recovery: 50, for: 0 },
  { kind: 'oldest-wait', queue: 'mail', threshold: '10m' },
];

class Nobody extends WebhookSender {
  override async send(): Promise<void> {}
}

interface Watching {
  readonly engine: TestEngine;
  readonly alerts: Alerts;
  readonly heard: string[];
}

describe('alert rules that are changed at run time', () => {
  let clock: VirtualClock;
  let ports: StorePorts;
  let stops: (() => Promise<void>)[];

  beforeEach(() => {
    clock = new VirtualClock();
    ports = createMemoryStore({ clock });
    stops = [];
  });

  afterEach(async () => {
    for (const stop of stops.splice(0)) {
      await stop();
    }
  });

  /** A process that judges alerts, as `JobsAlertsModule` starts it. */
  async function watch(rules: readonly AlertRule[] = RULES): Promise<Watching> {
    const engine = await startEngine({ clock, ports, workers: [] });
    const alerts = engine.get(Alerts);
    const heard: string[] = [];
    for (const kind of ['firing', 'recovered'] as const) {
      engine.get(AlertEvents).on(kind, ({ rule }) => void heard.push(`${rule} ${kind}`));
    }
    alerts.setRules(rules);
    await engine.configuration.register('alerts', engine.get(AlertRulesSection));
    const evaluator = engine.get(AlertEvaluator);
    await evaluator.start({ interval: 15 * SECOND, webhooks: [], sender: new Nobody() });
    await clock.advance(0);
    stops.push(async () => {
      const ended = evaluator.stop();
      await clock.advance(3 * SECOND);
      await ended;
      await engine.close();
    });
    return { engine, alerts, heard };
  }

  const submit = async ({ engine }: Watching, count: number): Promise<void> => {
    await engine.jobs.submitMany(
      Array.from({ length: count }, () => ({ type: 'any', payload: {}, options: { queue: 'mail' } })),
    );
  };

  const problems = async ({ engine }: Watching, alerts: unknown): Promise<readonly string[]> => {
    const error: unknown = await engine.configuration.change({ alerts }, BY).catch((thrown: unknown) => thrown);
    return error instanceof InvalidConfigurationError ? error.problems : [];
  };

  it('fire and recover by the new threshold, in the process whose turn it is and in those that come later', async () => {
    const [first, second] = [await watch(), await watch()];
    await submit(first, 8);
    await clock.advance(60 * SECOND);
    expect(first.heard).toEqual([]);

    await second.engine.configuration.change({ alerts: { 'queue-depth': { threshold: 8 } } }, BY);
    await clock.advance(20 * SECOND);
    expect(first.heard).toEqual(['queue-depth firing']);
    expect(first.alerts.rules()[0]).toMatchObject({ name: 'queue-depth', threshold: 8, recovery: 4 });
    expect((await watch()).alerts.rules()[0]).toMatchObject({ threshold: 8 });

    await second.engine.configuration.change({ alerts: { 'queue-depth': null } }, BY);
    await clock.advance(20 * SECOND);
    expect(first.heard).toEqual(['queue-depth firing', 'queue-depth recovered']);
    expect(first.alerts.rules()[0]).toMatchObject({ threshold: 100, recovery: 50 });
  });

  it('can be switched off, and be joined by others', async () => {
    const it_ = await watch();
    await submit(it_, 5);
    await it_.engine.configuration.change(
      {
        alerts: {
          'queue-depth': { enabled: false },
          deep: { kind: 'queue-depth', queue: 'mail', threshold: 5, for: 0 },
        },
      },
      BY,
    );
    await clock.advance(0);
    expect(it_.alerts.rules().map(({ name }) => name)).toEqual(['oldest-wait:mail', 'deep']);
    expect(it_.heard).toEqual(['deep firing']);
    await it_.engine.configuration.change({ alerts: null }, BY);
    await clock.advance(0);
    expect(it_.heard).toEqual(['deep firing', 'deep recovered']);
    expect(it_.alerts.rules().map(({ name }) => name)).toEqual(['queue-depth', 'oldest-wait:mail']);
  });

  it('are refused with everything that is wrong with them, and stay as they were', async () => {
    const it_ = await watch();
    expect(
      await problems(it_, {
        'queue-depth': { threshold: -1, severity: 'loud', treshold: 5, kind: 'no-workers', enabled: 'no' },
        'oldest-wait:mail': { recovery: '1h' },
        deep: { threshold: 5 },
        deeper: { kind: 'depth' },
        deepest: 7,
      }),
    ).toEqual([
      'alerts.queue-depth.kind cannot be changed at run time: it is what the rule in the code watches; give another rule a name of its own',
      'alerts.queue-depth.enabled: "no" is not allowed; use true or false',
      expect.stringContaining('alerts.queue-depth.treshold: 5 is an unknown option'),
      'alerts.queue-depth.threshold: -1 is not allowed; use a number above 0',
      'alerts.queue-depth.severity: "loud" is not allowed; use one of warning, critical',
      'alerts.oldest-wait:mail.recovery: "1h" is not allowed; use at most the threshold (600000)',
      'alerts.deep is no rule of the code (queue-depth, oldest-wait:mail); one of its own needs a kind',
      expect.stringContaining('alerts.deeper.kind: "depth" is not allowed; use one of queue-depth'),
      'alerts.deepest: 7 is not allowed; use an object with what is different of the rule',
    ]);
    expect(await problems(it_, [])).toEqual(['alerts: [] is not allowed; use an object of alert rules by name']);
    expect(it_.alerts.rules()[0]).toMatchObject({ threshold: 100 });
    expect((await it_.engine.configuration.current()).version).toBe(0);
  });

  it('are told among all settings, with where they come from', async () => {
    const it_ = await watch();
    await it_.engine.configuration.change(
      { alerts: { 'queue-depth': { threshold: 7 }, 'oldest-wait:mail': { enabled: false } } },
      BY,
    );
    const settings = (await it_.engine.configuration.effective()).filter(({ path }) => path.startsWith('alerts.'));
    expect(settings).toEqual([
      { path: 'alerts.queue-depth.threshold', value: 7, from: 'run time' },
      { path: 'alerts.queue-depth.recovery', value: 3.5, from: 'code' },
      { path: 'alerts.queue-depth.for', value: 0, from: 'code' },
      { path: 'alerts.queue-depth.window', value: 300_000, from: 'code' },
      { path: 'alerts.queue-depth.minimum', value: 20, from: 'code' },
      { path: 'alerts.queue-depth.severity', value: 'warning', from: 'code' },
      { path: 'alerts.queue-depth.enabled', value: true, from: 'code' },
      { path: 'alerts.oldest-wait:mail.enabled', value: false, from: 'run time' },
    ]);
  });

  it('of which the code has another now are left out with a warning', async () => {
    const it_ = await watch();
    await it_.engine.configuration.change({ alerts: { 'queue-depth': { recovery: 90 } } }, BY);
    expect(it_.alerts.rules()[0]).toMatchObject({ threshold: 100, recovery: 90 });
    it_.alerts.setRules([{ kind: 'queue-depth', threshold: 10 }]);
    expect(it_.alerts.rules()).toMatchObject([{ threshold: 10, recovery: 8 }]);
    expect(it_.engine.log.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('A changed alert rule is not taken here: alerts.queue-depth.recovery: 90'),
    );
  });
});
