import { resolveAlertsOptions, type JobsAlertsOptions } from './alerts-options.js';

describe('options of alerts', () => {
  it('are one rule of each kind and no webhook, unless told', () => {
    const { rules, webhooks, interval } = resolveAlertsOptions();
    expect(webhooks).toEqual([]);
    expect(interval).toBe(15_000);
    expect(rules.map(({ name, threshold, recovery, severity }) => [name, threshold, recovery, severity])).toEqual([
      ['queue-depth', 1_000, 800, 'warning'],
      ['oldest-wait', 300_000, 240_000, 'warning'],
      ['failure-rate', 0.2, expect.closeTo(0.16), 'warning'],
      ['p95-latency', 30_000, 24_000, 'warning'],
      ['dead-letters', 100, 80, 'warning'],
      ['no-workers', 1, 1, 'critical'],
    ]);
    expect(new Set(rules.map((rule) => `${rule.for} ${rule.window} ${rule.minimum}`))).toEqual(
      new Set(['60000 300000 20']),
    );
  });

  it('name rules by what they watch, and webhooks by their host', () => {
    const { rules, webhooks } = resolveAlertsOptions({
      rules: [{ kind: 'failure-rate', queue: 'mail', type: 'mail.send' }],
      webhooks: [{ url: 'https://hooks.example.org/a' }],
    });
    expect(rules[0]?.name).toBe('failure-rate:mail:mail.send');
    expect(webhooks[0]).toMatchObject({ name: 'hooks.example.org', timeout: 5_000 });
  });

  const secret = 'too short';
  it.each<[string, unknown, string]>([
    ['an unknown option', { rule: [] }, 'rule: [] is an unknown option'],
    [
      'an unknown kind',
      { rules: [{ kind: 'depth' }] },
      'rules[0].kind: "depth" is not allowed; use one of queue-depth',
    ],
    ['an unknown key', { rules: [{ kind: 'queue-depth', treshold: 1 }] }, 'rules[0].treshold: 1 is an unknown option'],
    ['two rules of a name', { rules: [{ kind: 'no-workers' }, { kind: 'no-workers' }] }, 'rules[1].name'],
    ['a share above one', { rules: [{ kind: 'failure-rate', threshold: 20 }] }, 'rules[0].threshold: 20'],
    ['a duration that is none', { rules: [{ kind: 'oldest-wait', threshold: 'long' }] }, 'rules[0].threshold: "long"'],
    ['a recovery beyond', { rules: [{ kind: 'queue-depth', threshold: 5, recovery: 6 }] }, 'at most the threshold (5)'],
    ['a recovery below', { rules: [{ kind: 'no-workers', threshold: 5, recovery: 4 }] }, 'at least the threshold (5)'],
    ['a type where none counts', { rules: [{ kind: 'queue-depth', type: 'a' }] }, 'rules[0].type'],
    ['half a minute', { rules: [{ kind: 'failure-rate', window: '90s' }] }, "whole minutes from '1m' to '1h'"],
    ['no list', { rules: {} }, 'a list of at most 200 alert rules'],
    ['an interval too short', { interval: 10 }, 'interval: 10 is not allowed'],
    ['an unencrypted webhook', { webhooks: [{ url: 'http://x.org/t0ken' }] }, 'webhooks[0].url: "http://x.org/***"'],
    ['a user in a URL', { webhooks: [{ url: 'https://u:t0ken@x.org/' }] }, 'headers take those'],
    ['no URL', { webhooks: [{ url: 't0ken' }] }, 'webhooks[0].url: "***" is not allowed'],
    ['a short secret', { webhooks: [{ url: 'https://x.org', secret }] }, 'at least 16 characters'],
    ['wrong headers', { webhooks: [{ url: 'https://x.org', headers: { 'a b': 't0ken' } }] }, 'webhooks[0].headers'],
    [
      'two webhooks of a name',
      { webhooks: [{ url: 'https://x.org/1' }, { url: 'https://x.org/2' }] },
      'webhooks[1].name',
    ],
  ])('refuse %s, and show no secret', (_name, options, message) => {
    let error: unknown;
    try {
      resolveAlertsOptions(options as JobsAlertsOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(String(error)).toContain(message);
    expect(String(error)).not.toMatch(/t0ken|too short/);
  });

  it('allow http where that is meant', () => {
    const { webhooks } = resolveAlertsOptions({ webhooks: [{ url: 'http://gateway:8080/', allowHttp: true }] });
    expect(webhooks[0]?.name).toBe('gateway:8080');
  });
});
