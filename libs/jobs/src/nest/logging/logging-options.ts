import { InvalidOptionError } from '../../domain/errors/errors.js';
import { reading, readOptions } from '../../domain/options/read-options.js';
import { checkName } from '../../domain/names.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import type { PayloadLimits } from './payload-text.js';

/** Injects what `JobsLoggingModule` was told: {@link JobsLoggingOptions}. */
export const LOGGING_OPTIONS = Symbol.for('nestjs-jobs:logging-options');

/** What `JobsLoggingModule.forRoot` is told. */
export interface JobsLoggingOptions {
  /** Log at all. Default: `true`. */
  readonly enabled?: boolean;
  /** Show payloads where an attempt begins or fails, without what is secret in them. Default: `false`. */
  readonly payload?: boolean;
  /**
   * Names of payload fields that are secret too, at any depth, however they are capitalised: their values are `***`. What is called a
   * password, secret, token, credential, cookie, authorization, key and the like is one without being named. Default: none.
   */
  readonly redact?: readonly string[];
  /** Characters of a payload that are shown, at most. Default: 1,000. */
  readonly maxPayloadLength?: number;
  /**
   * Records as objects `{ message, event, job, … }`, for a logger that takes them, such as those of pino and winston. Default: as the
   * application's logger is: objects for Nest's own with `json: true`, text for all others.
   */
  readonly structured?: boolean;
  /** Only jobs of these types. Default: all. */
  readonly types?: readonly string[];
  /** Only jobs of these queues. Default: all. */
  readonly queues?: readonly string[];
}

/** The options with everything decided. */
export interface LoggingSettings {
  readonly enabled: boolean;
  /** Absent: payloads are not logged. */
  readonly payload?: PayloadLimits;
  /** Absent: as the application's logger is. */
  readonly structured?: boolean;
  readonly types?: ReadonlySet<string>;
  readonly queues?: ReadonlySet<string>;
}

const OPTIONS: Readonly<Record<keyof JobsLoggingOptions, true>> = {
  enabled: true,
  payload: true,
  redact: true,
  maxPayloadLength: true,
  structured: true,
  types: true,
  queues: true,
};

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof JobsLoggingOptions)[];

const DEFAULT_LENGTH = 1_000;
const MAX_LENGTH = 100_000;

/** @throws InvalidOptionError naming the option */
export function resolveLogging(told: JobsLoggingOptions): LoggingSettings {
  const options = readOptions<JobsLoggingOptions>(told, 'options', OPTION_NAMES);
  return reading('options', told, () => settingsOf(options));
}

function settingsOf(options: JobsLoggingOptions): LoggingSettings {
  const limits = {
    redact: words(options.redact ?? [], 'redact'),
    length: parseWholeNumber(options.maxPayloadLength ?? DEFAULT_LENGTH, 'maxPayloadLength', 1, MAX_LENGTH),
  };
  return {
    enabled: flag(options.enabled ?? true, 'enabled'),
    ...(flag(options.payload ?? false, 'payload') ? { payload: limits } : {}),
    ...(options.structured === undefined ? {} : { structured: flag(options.structured, 'structured') }),
    ...(options.types === undefined ? {} : { types: new Set(names(options.types, 'types')) }),
    ...(options.queues === undefined ? {} : { queues: new Set(names(options.queues, 'queues')) }),
  };
}

function flag(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') {
    throw new InvalidOptionError(option, value, 'true or false');
  }
  return value;
}

function names(value: unknown, option: string): readonly string[] {
  return words(value, option).map((each) => checkName(each, option));
}

function words(value: unknown, option: string): readonly string[] {
  // Copied: places that are empty are looked at too.
  const list = Array.isArray(value) ? [...(value as readonly unknown[])] : [];
  if (!Array.isArray(value) || !list.every((each) => typeof each === 'string' && each !== '')) {
    throw new InvalidOptionError(option, value, 'a list of names');
  }
  return list as readonly string[];
}
