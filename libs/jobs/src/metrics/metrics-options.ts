import type { Registry } from 'prom-client';
import { type Duration, parseDuration } from '../domain/duration.js';
import { InvalidOptionError } from '../domain/errors/errors.js';
import { reading, readOptions } from '../domain/options/read-options.js';
import { parseWholeNumber } from '../domain/options/whole-number.js';
import { buckets } from './bucket-bounds.js';
import type { CustomJobMetric } from './custom-metrics.js';

/** Injects what `JobsMetricsModule` came to: {@link MetricsSettings}. */
export const METRICS_SETTINGS = Symbol.for('nestjs-jobs:metrics-settings');

/** Injects what `JobsMetricsModule` was told: {@link JobsMetricsOptions}. */
export const METRICS_OPTIONS = Symbol.for('nestjs-jobs:metrics-options');

/** What `JobsMetricsModule.forRoot` is told. */
export interface JobsMetricsOptions {
  /** Count at all. Default: `true`. */
  readonly enabled?: boolean;
  /** Put in front of every metric's name, such as `shop_`. Default: nothing. */
  readonly prefix?: string;
  /** The registry of prom-client that the metrics go to. Default: prom-client's own, which every endpoint serves. */
  readonly registry?: Registry;
  /** Upper bounds of the histograms' buckets, in seconds, ascending. Default: `DEFAULT_BUCKETS` for each. */
  readonly buckets?: BucketOptions;
  /** How many values labels may have; what comes beyond has the value `other`, and a warning is logged once. */
  readonly limits?: LimitOptions;
  /**
   * How long a reading of the store serves those who scrape. At most one is under way, whoever asks. Default: `5s`.
   */
  readonly cache?: Duration;
  /** How long a scrape waits for the store; without an answer it goes without the store's gauges. Default: `2s`. */
  readonly timeout?: Duration;
  /** Metrics of your own, fed by the events of one job type. Default: none. */
  readonly custom?: readonly CustomJobMetric[];
}

/** Upper bounds of buckets, in seconds. */
export interface BucketOptions {
  /** Of `jobs_duration_seconds`. */
  readonly duration?: readonly number[];
  /** Of `jobs_wait_seconds`. */
  readonly wait?: readonly number[];
  /** Of `jobs_schedule_lateness_seconds`. */
  readonly lateness?: readonly number[];
}

/** How many values a label may have. */
export interface LimitOptions {
  /** Default: 100. */
  readonly types?: number;
  /** Also how many queues a scrape looks at. Default: 100. */
  readonly queues?: number;
  /** Default: 20. */
  readonly priorities?: number;
  /** Default: 100. */
  readonly schedules?: number;
  /** Combinations of type, queue and priority; those beyond are `other` in all three. Default: 1,000. */
  readonly series?: number;
}

/** The options with everything decided. Times in milliseconds. */
export interface MetricsSettings {
  readonly enabled: boolean;
  readonly prefix: string;
  readonly registry?: Registry;
  readonly buckets: Required<BucketOptions>;
  readonly limits: Required<LimitOptions>;
  readonly cache: number;
  readonly timeout: number;
  readonly custom: readonly CustomJobMetric[];
}

const OPTIONS = ['enabled', 'prefix', 'registry', 'buckets', 'limits', 'cache', 'timeout', 'custom'] as const;
const DEFAULT_LIMITS: Required<LimitOptions> = {
  types: 100,
  queues: 100,
  priorities: 20,
  schedules: 100,
  series: 1_000,
};
const LIMITS = Object.keys(DEFAULT_LIMITS) as readonly (keyof LimitOptions)[];
const HISTOGRAMS = ['duration', 'wait', 'lateness'] as const;
const MOST_VALUES = 10_000;
const PREFIX = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** @throws InvalidOptionError naming the option */
export function resolveMetrics(told: JobsMetricsOptions = {}): MetricsSettings {
  const options = readOptions<JobsMetricsOptions>(told, 'options', OPTIONS);
  return reading('options', told, () => settingsOf(options));
}

function settingsOf(options: JobsMetricsOptions): MetricsSettings {
  const { enabled = true, prefix = '', registry, custom = [] } = options;
  const bounds = readOptions<BucketOptions>(options.buckets ?? {}, 'buckets', HISTOGRAMS, 'buckets.');
  const limits = readOptions<LimitOptions>(options.limits ?? {}, 'limits', LIMITS, 'limits.');
  if (typeof enabled !== 'boolean') {
    throw new InvalidOptionError('enabled', enabled, 'true or false');
  }
  if (prefix !== '' && (typeof prefix !== 'string' || !PREFIX.test(prefix))) {
    throw new InvalidOptionError('prefix', prefix, "letters, digits and _, not led by a digit, such as 'shop_'");
  }
  if (registry !== undefined && typeof registry?.registerMetric !== 'function') {
    throw new InvalidOptionError('registry', registry, 'a Registry of prom-client');
  }
  if (!Array.isArray(custom)) {
    throw new InvalidOptionError('custom', custom, 'a list of metrics');
  }
  const limit = (key: keyof LimitOptions): number =>
    parseWholeNumber(limits[key] ?? DEFAULT_LIMITS[key], `limits.${key}`, 1, MOST_VALUES);
  return {
    enabled,
    prefix,
    ...(registry === undefined ? {} : { registry }),
    buckets: {
      duration: buckets(bounds.duration, 'buckets.duration'),
      wait: buckets(bounds.wait, 'buckets.wait'),
      lateness: buckets(bounds.lateness, 'buckets.lateness'),
    },
    limits: {
      types: limit('types'),
      queues: limit('queues'),
      priorities: limit('priorities'),
      schedules: limit('schedules'),
      series: limit('series'),
    },
    cache: parseDuration(options.cache ?? '5s', 'cache'),
    timeout: parseDuration(options.timeout ?? '2s', 'timeout'),
    custom,
  };
}
