import { type Duration, parseDurationWithin } from '../duration.js';
import { InvalidOptionError } from '../errors/errors.js';
import { checkName } from '../names.js';
import { reading, readOptions } from '../options/read-options.js';
import { MAX_COUNT, parseWholeNumber } from '../options/whole-number.js';
import { parseWord } from '../options/word.js';

export const ALERT_KINDS = [
  'queue-depth',
  'oldest-wait',
  'failure-rate',
  'p95-latency',
  'dead-letters',
  'no-workers',
] as const;

/**
 * What an alert watches: pending jobs; the age of the oldest pending job; the share of attempts that failed; the
 * duration that 95 % of attempts stay within; failed jobs that are kept; how few workers run.
 */
export type AlertKind = (typeof ALERT_KINDS)[number];

export const SEVERITIES = ['warning', 'critical'] as const;
/** How bad it is: a critical alert is logged as an error, the other as a warning. */
export type Severity = (typeof SEVERITIES)[number];

/** One thing to be warned of. What is left out is its kind's default. */
export interface AlertRule {
  readonly kind: AlertKind;
  /** Names the rule; unique. Default: its kind, with its queue and type. */
  readonly name?: string;
  /** The queue that is watched. Default: all, each an alert of its own; with `no-workers` one alert. */
  readonly queue?: string;
  /** The job type that is watched, with `failure-rate` and `p95-latency`. Default: all. */
  readonly type?: string;
  /**
   * From which value on it is bad, or, with `no-workers`, below which. Jobs, a duration, a share of 1, or workers.
   * Default: 1000 jobs, 5m, 0.2, 30s, 100 dead letters, 1 worker.
   */
  readonly threshold?: number | Duration;
  /** Below which value it is good again, or, with `no-workers`, from which on. Default: 80 % of the threshold; with `no-workers` the threshold. */
  readonly recovery?: number | Duration;
  /** For how long it must be bad before the alert fires, and good before it has recovered; at most 1 d. Default: `1m`. */
  readonly for?: Duration;
  /** Over which time `failure-rate` and `p95-latency` are taken: whole minutes to 1 h. Default: `5m`. */
  readonly window?: Duration;
  /** Attempts in that time below which those two are not judged. Default: 20. */
  readonly minimum?: number;
  /** Default: `critical` with `no-workers`, else `warning`. */
  readonly severity?: Severity;
}

/** A rule with everything decided; durations in milliseconds. */
export interface ResolvedAlertRule {
  readonly name: string;
  readonly kind: AlertKind;
  readonly queue?: string;
  readonly type?: string;
  readonly threshold: number;
  readonly recovery: number;
  readonly for: number;
  readonly window: number;
  readonly minimum: number;
  readonly severity: Severity;
}

/** Rules at most. */
export const MAX_RULES = 200;

const DAY = 86_400_000;
const MINUTE = 60_000;
const RECOVERY = 0.8;

const DEFAULT_THRESHOLDS: Readonly<Record<AlertKind, number>> = {
  'queue-depth': 1_000,
  'oldest-wait': 5 * MINUTE,
  'failure-rate': 0.2,
  'p95-latency': 30_000,
  'dead-letters': 100,
  'no-workers': 1,
};

/** One rule of each kind, with its defaults, for all queues. */
export const DEFAULT_ALERT_RULES: readonly AlertRule[] = ALERT_KINDS.map((kind) => ({ kind }));

const KEYS = [
  'kind',
  'name',
  'queue',
  'type',
  'threshold',
  'recovery',
  'for',
  'window',
  'minimum',
  'severity',
] as const;

/**
 * Checks rules and decides what they leave open.
 *
 * @throws InvalidOptionError naming the first that is wrong, such as `rules[2].threshold`
 */
export function resolveAlertRules(told: unknown, option = 'rules'): readonly ResolvedAlertRule[] {
  const rules = reading(option, told, () => {
    if (!Array.isArray(told) || told.length > MAX_RULES) {
      throw new InvalidOptionError(option, told, `a list of at most ${MAX_RULES} alert rules`);
    }
    return [...(told as readonly unknown[])];
  });
  const resolved = rules.map((rule, index) => resolveAlertRule(rule, `${option}[${index}]`));
  const names = resolved.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) {
      throw new InvalidOptionError(`${option}[${index}].name`, name, 'a name that no other rule has');
    }
  }
  return resolved;
}

/**
 * Checks a rule and decides what it leaves open.
 *
 * @throws InvalidOptionError naming the first that is wrong, such as `rules[2].threshold`
 */
export function resolveAlertRule(rule: unknown, path: string): ResolvedAlertRule {
  const told = readOptions<AlertRule>(rule, path, KEYS, `${path}.`);
  const kind = parseWord(ALERT_KINDS, told.kind, `${path}.kind`);
  const queue = told.queue === undefined ? undefined : checkName(told.queue, `${path}.queue`);
  const type = told.type === undefined ? undefined : checkName(told.type, `${path}.type`);
  if (type !== undefined && !isOfHistory(kind)) {
    throw new InvalidOptionError(`${path}.type`, type, 'a type with failure-rate and p95-latency only');
  }
  const threshold = valueOf(kind, told.threshold ?? DEFAULT_THRESHOLDS[kind], `${path}.threshold`);
  return {
    name:
      told.name === undefined ? [kind, queue, type].filter(Boolean).join(':') : checkName(told.name, `${path}.name`),
    kind,
    ...(queue === undefined ? {} : { queue }),
    ...(type === undefined ? {} : { type }),
    threshold,
    recovery: recoveryOf(kind, told.recovery, threshold, `${path}.recovery`),
    for: parseDurationWithin(told.for ?? '1m', `${path}.for`, 0, DAY),
    window: windowOf(told.window ?? '5m', `${path}.window`),
    minimum: parseWholeNumber(told.minimum ?? 20, `${path}.minimum`, 1, MAX_COUNT),
    severity:
      told.severity === undefined
        ? kind === 'no-workers'
          ? 'critical'
          : 'warning'
        : parseWord(SEVERITIES, told.severity, `${path}.severity`),
  };
}

/** True of what is read from the history. */
export function isOfHistory(kind: AlertKind): boolean {
  return kind === 'failure-rate' || kind === 'p95-latency';
}

/** True of what is a duration. */
export function isDuration(kind: AlertKind): boolean {
  return kind === 'oldest-wait' || kind === 'p95-latency';
}

function valueOf(kind: AlertKind, value: unknown, path: string): number {
  if (isDuration(kind)) {
    return parseDurationWithin(value, path, 1, 100 * DAY);
  }
  const most = kind === 'failure-rate' ? 1 : Number.MAX_SAFE_INTEGER;
  if (typeof value === 'number' && value > 0 && value <= most) {
    return value;
  }
  throw new InvalidOptionError(path, value, most === 1 ? 'a share above 0, up to 1' : 'a number above 0');
}

function recoveryOf(kind: AlertKind, told: unknown, threshold: number, path: string): number {
  if (told === undefined) {
    return kind === 'no-workers' ? threshold : threshold * RECOVERY;
  }
  const recovery = valueOf(kind, told, path);
  if (kind === 'no-workers' ? recovery < threshold : recovery > threshold) {
    throw new InvalidOptionError(
      path,
      told,
      `at ${kind === 'no-workers' ? 'least' : 'most'} the threshold (${threshold})`,
    );
  }
  return recovery;
}

function windowOf(value: unknown, path: string): number {
  const window = parseDurationWithin(value, path, MINUTE, 60 * MINUTE);
  if (window % MINUTE !== 0) {
    throw new InvalidOptionError(path, value, "whole minutes from '1m' to '1h'");
  }
  return window;
}
