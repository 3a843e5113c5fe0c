import 'reflect-metadata';
import * as fc from 'fast-check';
import { resolveAlertsOptions } from '../../libs/jobs/src/alerts/alerts-options.js';
import { verifyWebhook } from '../../libs/jobs/src/alerts/webhook-signature.js';
import { resolveApiOptions } from '../../libs/jobs/src/api/options/api-settings.js';
import { resolveAlertRules } from '../../libs/jobs/src/domain/alerts/alert-rule.js';
import { resolveHealthOptions } from '../../libs/jobs/src/health/resolve-health-options.js';
import { resolveMetrics } from '../../libs/jobs/src/metrics/metrics-options.js';
import { resolveLogging } from '../../libs/jobs/src/nest/logging/logging-options.js';
import { Bulkhead } from '../../libs/jobs/src/resilience/bulkhead.js';
import { resolveCircuit } from '../../libs/jobs/src/resilience/circuit-options.js';
import { checkTracing } from '../../libs/jobs/src/tracing/tracing-options.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judgedNow } from './judge.js';
import { damaged, nastyText } from './nasty-texts.js';
import { mostlyRight, nasty } from './nasty-values.js';
import { duration } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

const SECRET = 'hunter2-secret-long-enough';
const count = fc.nat({ max: 100 });
const names = fc.array(
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom('mail', 'a:b') }, { weight: 1, arbitrary: nastyText }),
  { maxLength: 3 },
);

it('any alert rules and webhooks are taken, or the first wrong option is named and no secret shown', async () => {
  const rule = mostlyRight({
    kind: fc.constantFrom('queue-depth', 'oldest-wait', 'failure-rate', 'p95-latency', 'dead-letters', 'no-workers'),
    name: nastyText,
    queue: fc.constantFrom('mail', 'a:b'),
    type: fc.constant('known'),
    threshold: fc.oneof(fc.constantFrom<unknown>('30s', 0.5), count),
    recovery: fc.oneof(fc.constantFrom<unknown>('10s', 0.1), count),
    for: duration,
    window: fc.constantFrom('1m', '5m'),
    minimum: count,
    severity: fc.constantFrom('warning', 'critical'),
  });
  const webhook = mostlyRight({
    url: fc.oneof(
      fc.constant(`https://hooks.example/x?token=${SECRET}`),
      damaged(fc.constant(`https://u:${SECRET}@h/x`)),
    ),
    name: fc.constantFrom('one', 'two'),
    secret: fc.oneof(fc.constant(SECRET), nastyText),
    headers: fc.dictionary(
      fc.oneof(fc.constant('authorization'), nastyText),
      fc.oneof(fc.constant(SECRET), nastyText),
      { maxKeys: 3 },
    ),
    timeout: fc.constant('5s'),
    allowHttp: fc.boolean(),
  });
  const options = mostlyRight({
    rules: fc.array(rule, { maxLength: 3 }),
    webhooks: fc.array(webhook, { maxLength: 3 }),
    interval: fc.constant('15s'),
  });
  await fuzz(fc.tuple(options, fc.oneof(fc.array(rule, { maxLength: 3 }), nasty)), 2_000, ([given, rules]) => {
    const alerts = judgedNow(() => resolveAlertsOptions(given as object));
    expect(alerts.ok ? '' : alerts.error.message).not.toContain(SECRET);
    judgedNow(() => resolveAlertRules(rules));
  });
});

it('any options of the management API close it or are refused, and show no token', async () => {
  const token = mostlyRight({
    name: fc.constantFrom('one', 'two'),
    role: fc.constantFrom('read', 'submit', 'operate'),
    token: fc.oneof({ weight: 4, arbitrary: fc.constant(SECRET) }, { weight: 1, arbitrary: nastyText }),
    tokenEnv: fc.constant('TOKEN'),
  });
  const options = mostlyRight({
    tokens: fc.array(token, { maxLength: 2 }),
    guards: fc.constantFrom<unknown>([], undefined),
    data: mostlyRight({ visibleTo: fc.constantFrom('read', 'nobody'), redact: names }),
    rateLimit: fc.oneof(
      fc.constant(false),
      mostlyRight({ reads: count, changes: count, denials: count, window: duration }),
    ),
    maxStreams: count,
    auditIp: fc.boolean(),
  });
  await fuzz(options, 1_500, (given) => {
    const resolved = judgedNow(() => resolveApiOptions(given as object, 1_000, { TOKEN: SECRET }));
    if (resolved.ok) {
      expect(resolved.value.tokens.length + resolved.value.guards.length).toBeGreaterThan(0);
    } else {
      expect(resolved.error.message).not.toContain(SECRET);
    }
  });
});

it('any options of health, metrics, logging, tracing, breakers and bulkheads are taken, or refused by name', async () => {
  const threshold = fc.oneof(duration, fc.constant(false), mostlyRight({ degraded: duration, down: duration }));
  const limits = { pending: threshold, oldestPending: threshold, noWorker: threshold, deadLetters: threshold };
  const options = mostlyRight({
    // Of all of them: what is another's is one that is not known.
    ...Object.fromEntries(
      ['enabled', 'payload', 'structured', 'parent', 'details'].map((flag) => [flag, fc.boolean()]),
    ),
    ...Object.fromEntries(['types', 'queues', 'redact', 'errors', 'ignore'].map((list) => [list, names])),
    ...Object.fromEntries(['timeout', 'cache', 'halfOpenAfter', 'spread'].map((time) => [time, duration])),
    concurrency: count,
    waiting: count,
  });
  const metrics = mostlyRight({
    enabled: fc.boolean(),
    prefix: nastyText,
    buckets: mostlyRight({ duration: fc.constant([1, 2]), wait: fc.array(fc.double(), { maxLength: 3 }) }),
    limits: mostlyRight({ types: count, series: count }),
    cache: duration,
    custom: fc.constant([]),
  });
  const circuit = mostlyRight({
    threshold: fc.oneof(count, mostlyRight({ share: fc.constant(0.5), of: count, atLeast: count })),
    halfOpenAfter: duration,
    types: names,
    errors: names,
  });
  const health = mostlyRight({
    details: fc.boolean(),
    timeout: duration,
    thresholds: mostlyRight({ storeAway: fc.constant('down'), roundTrip: threshold, ...limits }),
    queues: fc.dictionary(fc.constantFrom('mail', '{'), mostlyRight(limits), { maxKeys: 2 }),
    livenessFile: mostlyRight({ path: fc.constant('/tmp/live'), interval: duration }),
  });
  const any = fc.oneof(options, metrics, circuit, health);
  await fuzz(any, 2_000, (given) => {
    judgedNow(() => resolveHealthOptions(given as object));
    judgedNow(() => resolveMetrics(given as object));
    judgedNow(() => resolveLogging(given as object));
    judgedNow(() => checkTracing(given as object));
    judgedNow(() => resolveCircuit(given as object));
    judgedNow(() => new Bulkhead('fuzz', given as { readonly concurrency: number }));
  });
});

it('any signature of a webhook but the right one is no signature', async () => {
  const header = fc.oneof(
    nastyText,
    damaged(fc.constant('v1,aaaa')),
    fc.constant(undefined),
    fc.array(nastyText, { maxLength: 2 }),
  );
  const headers = fc.record({
    'webhook-id': header,
    'webhook-timestamp': fc.oneof(header, fc.constant('0')),
    'webhook-signature': header,
  });
  await fuzz(fc.tuple(headers, nastyText, nastyText), 1_000, ([given, body, secret]) => {
    expect(verifyWebhook(given, body, secret, { now: 0 })).toBe(false);
  });
});
