import { defined } from '../domain/options/defined.js';
import { parseDuration } from '../domain/duration.js';
import { findProblems, lookingAt, refuse } from '../nest/options/check-options.js';
import type {
  HealthThreshold,
  HealthThresholds,
  JobsHealthOptions,
  LivenessFileOptions,
  QueueHealthThresholds,
} from './health-options.js';
import { HealthSchema } from './health-schema.js';
import type { ProblemLevel } from './health-level.js';
import type {
  DetailsPolicy,
  HealthSettings,
  Limits,
  LivenessFileSettings,
  QueueLimits,
  SystemLimits,
} from './health-settings.js';

const DEFAULT_TIMEOUT = 2_000;
const DEFAULT_CACHE = 1_000;
const DEFAULT_INTERVAL = 10_000;
const DEFAULT_PATIENCE = 300_000;

/** The level of a threshold that is told as one value. */
const USUAL: Readonly<Record<Exclude<keyof HealthThresholds, 'storeAway'>, ProblemLevel>> = {
  pending: 'degraded',
  oldestPending: 'degraded',
  noWorker: 'down',
  deadLetters: 'degraded',
  roundTrip: 'degraded',
  silence: 'degraded',
  overdue: 'degraded',
};

const DEFAULTS = {
  pending: 10_000,
  oldestPending: '5m',
  noWorker: '30s',
  deadLetters: false,
  storeAway: 'down',
  roundTrip: '500ms',
  silence: '20s',
  overdue: 0,
} as const satisfies HealthThresholds;

/**
 * Checks the options, and decides what they leave open.
 *
 * @throws InvalidConfigurationError that names everything that is wrong with them
 */
export function resolveHealthOptions(options: JobsHealthOptions): HealthSettings {
  return lookingAt('health', () => resolve(options));
}

function resolve(options: JobsHealthOptions): HealthSettings {
  refuse(findProblems(HealthSchema, options, 'health'));
  const { thresholds = {}, queues = {}, livenessFile } = options;
  return {
    details: detailsPolicy(options.details),
    timeout: parseDuration(options.timeout ?? DEFAULT_TIMEOUT),
    freshFor: parseDuration(options.cache ?? DEFAULT_CACHE),
    system: systemLimits(thresholds),
    queue: queueLimits(thresholds),
    queues: new Map(
      Object.entries(queues).map(([name, own]) => [name, queueLimits({ ...thresholds, ...defined(own) })]),
    ),
    ...(livenessFile === undefined ? {} : { livenessFile: livenessSettings(livenessFile) }),
  };
}

function detailsPolicy(details: JobsHealthOptions['details'] = true): DetailsPolicy {
  return details === true ? 'everyone' : details === false ? 'nobody' : details;
}

function systemLimits(told: HealthThresholds): SystemLimits {
  return {
    storeAway: told.storeAway ?? DEFAULTS.storeAway,
    roundTrip: limits(told, 'roundTrip'),
    silence: limits(told, 'silence'),
    overdue: limits(told, 'overdue'),
  };
}

function queueLimits(told: QueueHealthThresholds): QueueLimits {
  return {
    pending: limits(told, 'pending'),
    oldestPending: limits(told, 'oldestPending'),
    noWorker: limits(told, 'noWorker'),
    deadLetters: limits(told, 'deadLetters'),
  };
}

function limits(told: HealthThresholds, threshold: keyof typeof USUAL): Limits {
  const value: HealthThreshold<unknown> = told[threshold] ?? DEFAULTS[threshold];
  if (value === false) {
    return {};
  }
  // Counts are numbers, which a duration may be too: one way to read both.
  if (typeof value !== 'object') {
    return { [USUAL[threshold]]: parseDuration(value) };
  }
  const { degraded, down } = value as { readonly degraded?: unknown; readonly down?: unknown };
  return {
    ...(degraded === undefined ? {} : { degraded: parseDuration(degraded) }),
    ...(down === undefined ? {} : { down: parseDuration(down) }),
  };
}

function livenessSettings(file: string | LivenessFileOptions): LivenessFileSettings {
  const { path, interval, patience } = typeof file === 'string' ? ({ path: file } as LivenessFileOptions) : file;
  return {
    path,
    interval: parseDuration(interval ?? DEFAULT_INTERVAL),
    patience: parseDuration(patience ?? DEFAULT_PATIENCE),
  };
}
