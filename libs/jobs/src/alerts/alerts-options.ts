import type { Webhook } from '../application/alerting/alert-deliveries.js';
import {
  type AlertRule,
  DEFAULT_ALERT_RULES,
  type ResolvedAlertRule,
  resolveAlertRules,
} from '../domain/alerts/alert-rule.js';
import { type Duration, parseDurationWithin } from '../domain/duration.js';
import { InvalidOptionError } from '../domain/errors/errors.js';
import { refuseUnknownKeys } from '../domain/options/known-keys.js';
import { reading, readOptions } from '../domain/options/read-options.js';
import { checkName } from '../domain/names.js';
import { MASK } from '../nest/options/secrets.js';

/** What `JobsAlertsModule.forRoot` is told. */
export interface JobsAlertsOptions {
  /** What to be warned of. Default: one rule of each kind, for all queues. */
  readonly rules?: readonly AlertRule[];
  /** Where alerts are posted. Default: nowhere. */
  readonly webhooks?: readonly WebhookOptions[];
  /** How often the rules are judged; 1 s to 1 h. Default: `15s`. */
  readonly interval?: Duration;
}

/** A receiver of alerts. */
export interface WebhookOptions {
  /** Where to post to; with https, unless `allowHttp`. No log shows more of it than its host. */
  readonly url: string;
  /** Names it in logs, the same in every process. Default: its host. */
  readonly name?: string;
  /** Signs what is posted, by HMAC-SHA256; at least 16 characters, or `whsec_` and base64. Default: nothing is signed. */
  readonly secret?: string;
  /** Sent with it, such as an authorization. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one try may take; 100 ms to 10 s. Default: `5s`. */
  readonly timeout?: Duration;
  /** Takes a URL without encryption, such as one inside a cluster. Default: `false`. */
  readonly allowHttp?: boolean;
}

/** The options with everything decided. */
export interface ResolvedAlertsOptions {
  readonly rules: readonly ResolvedAlertRule[];
  readonly webhooks: readonly Webhook[];
  readonly interval: number;
}

const MIN_SECRET = 16;

/** @throws InvalidOptionError naming the first option that is wrong; secrets are not shown */
export function resolveAlertsOptions(told: JobsAlertsOptions = {}): ResolvedAlertsOptions {
  const options = readOptions<JobsAlertsOptions>(told, 'options', ['rules', 'webhooks', 'interval']);
  const { rules = DEFAULT_ALERT_RULES, webhooks = [], interval = '15s' } = options;
  const listed = reading('webhooks', MASK, () => {
    if (!Array.isArray(webhooks)) {
      throw new InvalidOptionError('webhooks', MASK, 'a list of webhooks');
    }
    return [...(webhooks as readonly WebhookOptions[])];
  });
  const resolved = listed.map((each, index) =>
    reading(`webhooks[${index}]`, MASK, () => resolveWebhook(each, `webhooks[${index}]`)),
  );
  for (const [index, { name }] of resolved.entries()) {
    if (resolved.findIndex((each) => each.name === name) !== index) {
      throw new InvalidOptionError(`webhooks[${index}].name`, name, 'a name that no other webhook has');
    }
  }
  return {
    rules: resolveAlertRules(rules),
    webhooks: resolved,
    interval: parseDurationWithin(interval, 'interval', 1_000, 3_600_000),
  };
}

function resolveWebhook(webhook: WebhookOptions, path: string): Webhook {
  if (typeof webhook !== 'object' || webhook === null) {
    throw new InvalidOptionError(path, MASK, 'an object with a url');
  }
  // A misspelt one may be a secret.
  const masked = Object.fromEntries(Object.keys(webhook).map((key) => [key, MASK]));
  refuseUnknownKeys(masked, ['url', 'name', 'secret', 'headers', 'timeout', 'allowHttp'], `${path}.`);
  const { name, secret, headers = {}, timeout = '5s' } = webhook;
  const url = readUrl(webhook, `${path}.url`);
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < MIN_SECRET)) {
    throw new InvalidOptionError(`${path}.secret`, MASK, `a text of at least ${MIN_SECRET} characters`);
  }
  return {
    name: name === undefined ? url.host : checkName(name, `${path}.name`),
    url: url.href,
    secret,
    headers: readHeaders(headers, `${path}.headers`),
    timeout: parseDurationWithin(timeout, `${path}.timeout`, 100, 10_000),
  };
}

function readUrl({ url, allowHttp = false }: WebhookOptions, path: string): URL {
  const read = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  const protocols = allowHttp ? ['https:', 'http:'] : ['https:'];
  if (read === undefined || !protocols.includes(read.protocol) || read.username !== '' || read.password !== '') {
    const shown = read === undefined ? MASK : `${read.protocol}//${read.host}/${MASK}`;
    throw new InvalidOptionError(
      path,
      shown,
      `${allowHttp ? 'an http or https URL' : 'an https URL (or allowHttp: true)'} without a user or password; headers take those`,
    );
  }
  return read;
}

function readHeaders(headers: unknown, path: string): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers(headers as Record<string, string>));
  } catch {
    throw new InvalidOptionError(path, MASK, 'an object of names and texts that HTTP allows');
  }
}
