import { type Duration, parseDuration } from '../domain/duration.js';
import { type ErrorMatcher, matchesError } from '../domain/error-matcher.js';
import { InvalidOptionError, UnrecoverableError } from '../domain/errors/errors.js';
import { refuseUnknownKeys } from '../domain/options/known-keys.js';
import { reading, readOptions } from '../domain/options/read-options.js';
import { parseMatchers } from '../domain/retry-policy.js';
import { parseWholeNumber } from '../domain/options/whole-number.js';
import type { CircuitView } from './circuit-view.js';
import { type Coverage, type CoverageOptions, coverageOf } from './coverage.js';

/** What a `CircuitBreaker` is told. */
export interface CircuitBreakerOptions extends CoverageOptions {
  /** Failures in a row that open a circuit, or the share of the latest attempts that is too much. Default: 5. */
  readonly threshold?: number | FailureShare;
  /** How long an open circuit holds jobs back before one of them may try; at least 1 s. Default: 30 s. */
  readonly halfOpenAfter?: Duration;
  /** Each try that fails doubles that time, up to this. Default: `halfOpenAfter`, which is: it stays the same. */
  readonly maxHalfOpenAfter?: Duration;
  /** Over how long the jobs that were held back come again, at least. Default: `halfOpenAfter`. */
  readonly spread?: Duration;
  /** Errors that count as failures; timeouts are `JobTimeoutError`. Default: all but `UnrecoverableError`. */
  readonly errors?: ErrorMatcher | readonly ErrorMatcher[];
  /** Errors that do not count; wins over `errors`. Default: none. */
  readonly ignore?: ErrorMatcher | readonly ErrorMatcher[];
  /** Told when a circuit opens, and again when a try failed. What it throws is logged. Default: nobody. */
  readonly onOpen?: (circuit: CircuitView) => void;
  /** Told when a circuit closes. What it throws is logged. Default: nobody. */
  readonly onClose?: (circuit: CircuitView) => void;
}

/** A share of the latest attempts. */
export interface FailureShare {
  /** More than this share of them opens the circuit: between 0 and 1. */
  readonly share: number;
  /** How many attempts back. */
  readonly of: number;
  /** None opens before so many attempts are known. Default: `of`. */
  readonly atLeast?: number;
}

/** The options with everything decided. Times in milliseconds. */
export interface CircuitSettings {
  readonly covers: Coverage;
  readonly threshold: number | Required<FailureShare>;
  readonly halfOpenAfter: number;
  readonly maxHalfOpenAfter: number;
  readonly spread: number;
  readonly counts: (error: Error) => boolean;
  readonly onOpen: (circuit: CircuitView) => void;
  readonly onClose: (circuit: CircuitView) => void;
}

const OPTIONS: Readonly<Record<keyof CircuitBreakerOptions, true>> = {
  types: true,
  queues: true,
  threshold: true,
  halfOpenAfter: true,
  maxHalfOpenAfter: true,
  spread: true,
  errors: true,
  ignore: true,
  onOpen: true,
  onClose: true,
};

const DEFAULT_THRESHOLD = 5;
const DEFAULT_HALF_OPEN_AFTER = 30_000;
const LEAST_HALF_OPEN_AFTER = 1_000;
const MAX_WINDOW = 10_000;

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof CircuitBreakerOptions)[];

/** @throws InvalidOptionError naming the option */
export function resolveCircuit(told: CircuitBreakerOptions): CircuitSettings {
  const options = readOptions<CircuitBreakerOptions>(told, 'options', OPTION_NAMES);
  return reading('options', told, () => settingsOf(options));
}

function settingsOf(options: CircuitBreakerOptions): CircuitSettings {
  const { errors, ignore = [], onOpen = nobody, onClose = nobody } = options;
  const halfOpenAfter = span(options.halfOpenAfter ?? DEFAULT_HALF_OPEN_AFTER, 'halfOpenAfter', LEAST_HALF_OPEN_AFTER);
  const counted = errors === undefined ? undefined : parseMatchers(errors, 'errors');
  const ignored = [...(counted === undefined ? [UnrecoverableError] : []), ...parseMatchers(ignore, 'ignore')];
  return {
    covers: coverageOf(options),
    threshold: parseThreshold(options.threshold ?? DEFAULT_THRESHOLD),
    halfOpenAfter,
    maxHalfOpenAfter: span(options.maxHalfOpenAfter ?? halfOpenAfter, 'maxHalfOpenAfter', halfOpenAfter),
    spread: span(options.spread ?? halfOpenAfter, 'spread', 0),
    counts: (error) =>
      !ignored.some((matcher) => matchesError(error, matcher)) &&
      (counted?.some((matcher) => matchesError(error, matcher)) ?? true),
    onOpen: listener(onOpen, 'onOpen'),
    onClose: listener(onClose, 'onClose'),
  };
}

function nobody(): void {}

function listener(value: unknown, option: string): (circuit: CircuitView) => void {
  if (typeof value !== 'function') {
    throw new InvalidOptionError(option, value, 'a function (circuit) => void');
  }
  return value as (circuit: CircuitView) => void;
}

function parseThreshold(threshold: number | FailureShare): CircuitSettings['threshold'] {
  if (typeof threshold !== 'object' || threshold === null) {
    return parseWholeNumber(threshold, 'threshold', 1, MAX_WINDOW);
  }
  refuseUnknownKeys(threshold, ['share', 'of', 'atLeast'], 'threshold.');
  const { share } = threshold;
  if (!(typeof share === 'number' && share > 0 && share < 1)) {
    throw new InvalidOptionError('threshold.share', share, 'a number between 0 and 1, such as 0.5');
  }
  const of = parseWholeNumber(threshold.of, 'threshold.of', 1, MAX_WINDOW);
  return { share, of, atLeast: parseWholeNumber(threshold.atLeast ?? of, 'threshold.atLeast', 1, of) };
}

function span(value: Duration, option: string, least: number): number {
  const milliseconds = parseDuration(value, option);
  if (milliseconds < least) {
    throw new InvalidOptionError(option, value, `at least ${least} ms`);
  }
  return milliseconds;
}
