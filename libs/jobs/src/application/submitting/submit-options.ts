import { type Duration, MAX_DURATION, parseDuration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { type JobSettings, type JobSpec, type Json, NO_SETTINGS } from '../../domain/job.js';
import { refuseUnknownKeys } from '../../domain/options/known-keys.js';
import { checkId } from '../../domain/names.js';
import { serialisePayload } from '../../domain/payload.js';
import { reading, readOptions } from '../../domain/options/read-options.js';
import { type Priority, parsePriority } from '../../domain/priority.js';
import { MAX_COUNT, parseWholeNumber } from '../../domain/options/whole-number.js';
import { parseRetry, resolveRetry, type RetryPolicy, type StoredRetry } from '../../domain/retry-policy.js';

/** What a submit may say; what it leaves open is the handler's, its queue's or the module's default. */
export interface SubmitOptions {
  /** An id of your own, unique in its queue: submitting it again gives the job that is there. Default: a new UUIDv7. */
  readonly id?: string;
  /** Default: the queue of the handler. */
  readonly queue?: string;
  /** A name, or an integer; higher runs first. Default: the handler's. */
  readonly priority?: Priority;
  /** Runs no sooner than this long from now. Not with `runAt`. */
  readonly delay?: Duration;
  /** Runs no sooner than this; a time in the past is now. Not with `delay`. */
  readonly runAt?: Date | number | string;
  /** Wins over the handler's, option by option. Functions and classes cannot travel with a job. */
  readonly retry?: StoredRetry;
  /** How long one attempt may take. */
  readonly timeout?: Duration;
  /** Not begun this long after submission, it fails as `expired`. */
  readonly expiresIn?: Duration;
  /** Deaths of its process that it survives. */
  readonly maxCrashes?: number;
  /** Anything JSON can carry, for the handler, middleware and people. */
  readonly metadata?: Readonly<Record<string, Json>>;
  /** Up to 20 words to find it by. */
  readonly tags?: readonly string[];
  /** How long it and its result are kept once finished; 0 keeps nothing of a completed job. */
  readonly retain?: Duration;
}

/** The defaults that a job's handler, or what is published of it, gives. */
export interface TypeDefaults {
  readonly type: string;
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly retain?: number;
  readonly expiresIn?: number;
  /** Known where the handler is. */
  readonly retry?: RetryPolicy;
}

const OPTIONS: Readonly<Record<keyof SubmitOptions, true>> = {
  id: true,
  queue: true,
  priority: true,
  delay: true,
  runAt: true,
  retry: true,
  timeout: true,
  expiresIn: true,
  maxCrashes: true,
  metadata: true,
  tags: true,
  retain: true,
};

const OPTION_NAMES = Object.keys(OPTIONS);

const RETRY_OPTIONS: Readonly<Record<keyof StoredRetry, true>> = {
  attempts: true,
  backoff: true,
  initialDelay: true,
  factor: true,
  maxDelay: true,
  jitter: true,
  retryOn: true,
  giveUpOn: true,
};

const RETRY_NAMES = Object.keys(RETRY_OPTIONS) as readonly (keyof StoredRetry)[];

const MAX_TAGS = 20;
const MAX_TAG_LENGTH = 128;
const MAX_METADATA = 16_384;

/**
 * Makes the record that a store takes out of a submit's options and its type's defaults.
 *
 * @throws InvalidOptionError naming the option
 */
export function buildSpec(
  newId: () => string,
  of: TypeDefaults,
  payload: string,
  options: SubmitOptions | undefined,
): JobSpec {
  if (options === undefined) {
    return {
      id: newId(),
      type: of.type,
      payload,
      priority: of.priority,
      maxAttempts: of.maxAttempts,
      maxCrashes: of.maxCrashes,
      settings: NO_SETTINGS,
      due: undefined,
      retain: of.retain,
      expiresIn: of.expiresIn,
    };
  }
  refuseUnknown(options);
  const retain = options.retain === undefined ? of.retain : parseDuration(options.retain, 'retain');
  const expiresIn = options.expiresIn === undefined ? of.expiresIn : parseSpan(options.expiresIn, 'expiresIn');
  const due = parseDue(options.delay, options.runAt);
  return {
    id: options.id === undefined ? newId() : checkId(options.id),
    type: of.type,
    payload,
    priority: options.priority === undefined ? of.priority : parsePriority(options.priority),
    maxAttempts: options.retry?.attempts === undefined ? of.maxAttempts : resolveRetry(options.retry).attempts,
    maxCrashes:
      options.maxCrashes === undefined
        ? of.maxCrashes
        : parseWholeNumber(options.maxCrashes, 'maxCrashes', 0, MAX_COUNT),
    settings: parseSettings(options),
    due,
    retain,
    expiresIn,
  };
}

/** When a job is due, from a delay or a time. @throws InvalidOptionError for both at once or an unreadable one */
export function parseDue(delay: unknown, runAt: unknown): JobSpec['due'] {
  if (delay !== undefined && runAt !== undefined) {
    throw new InvalidOptionError('delay', delay, 'either delay or runAt, not both');
  }
  if (delay !== undefined) {
    const milliseconds = parseDuration(delay, 'delay');
    return milliseconds === 0 ? undefined : { delay: milliseconds };
  }
  return runAt === undefined ? undefined : { at: parseTime(runAt, 'runAt') };
}

/** A time as epoch milliseconds. @throws InvalidOptionError */
export function parseTime(value: unknown, option: string): number {
  const time = reading(option, value, () =>
    value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : value,
  );
  if (typeof time === 'number' && time >= 0 && time <= MAX_TIME) {
    return Math.round(time);
  }
  throw new InvalidOptionError(
    option,
    value,
    'a Date, epoch milliseconds, or an ISO 8601 time, not after the year 2286',
  );
}

/** Thirteen digits of milliseconds: stores sort and cut by it. */
const MAX_TIME = 9_999_999_999_999 - MAX_DURATION;

function parseSettings({ timeout, retry, metadata, tags }: SubmitOptions): JobSettings {
  if (timeout === undefined && retry === undefined && metadata === undefined && tags === undefined) {
    return NO_SETTINGS;
  }
  const milliseconds = timeout === undefined ? undefined : parseSpan(timeout, 'timeout');
  return {
    ...(milliseconds === undefined ? {} : { timeout: milliseconds }),
    ...(retry === undefined ? {} : { retry: checkRetry(retry) }),
    ...(metadata === undefined ? {} : { metadata: checkMetadata(metadata) }),
    ...(tags === undefined ? {} : tagSettings(checkTags(tags))),
  };
}

function checkRetry(told: StoredRetry): StoredRetry {
  const retry = readOptions<StoredRetry>(told, 'retry', RETRY_NAMES, 'retry.');
  if (typeof retry.backoff === 'function') {
    throw new InvalidOptionError(
      'retry.backoff',
      retry.backoff,
      'a name: functions cannot travel with a job, give it to the handler',
    );
  }
  for (const option of ['retryOn', 'giveUpOn'] as const) {
    if ([retry[option]].flat().some((matcher) => typeof matcher === 'function')) {
      throw new InvalidOptionError(
        `retry.${option}`,
        retry[option],
        'error codes, names or presets: classes and functions cannot travel with a job, give them to the handler',
      );
    }
  }
  const { retryOn, giveUpOn } = parseRetry(retry);
  // Lists of the caller's may be changed, or be others when they are looked at again.
  return {
    ...retry,
    ...(typeof retry.retryOn !== 'object' ? {} : { retryOn: retryOn as readonly string[] }),
    ...(typeof retry.giveUpOn !== 'object' ? {} : { giveUpOn: giveUpOn as readonly string[] }),
  };
}

function checkMetadata(metadata: unknown): Readonly<Record<string, Json>> {
  let text: string | undefined;
  try {
    text =
      typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
        ? serialisePayload('metadata', metadata)
        : undefined;
  } catch {
    text = undefined;
  }
  // A date, and what has a toJSON() of its own, may be written as no object at all.
  if (text === undefined || text.length > MAX_METADATA || !text.startsWith('{')) {
    throw new InvalidOptionError(
      'metadata',
      metadata,
      `an object that JSON can carry, of at most ${MAX_METADATA} characters`,
    );
  }
  return JSON.parse(text) as Readonly<Record<string, Json>>;
}

function tagSettings(tags: readonly string[]): Pick<JobSettings, 'tags'> {
  return tags.length === 0 ? {} : { tags };
}

/** Words to find a job by, each once. @throws InvalidOptionError */
export function checkTags(tags: unknown): readonly string[] {
  // Copied before it is looked at: places that are empty are looked at too.
  const list = Array.isArray(tags) && tags.length <= MAX_TAGS ? [...(tags as readonly unknown[])] : undefined;
  if (list === undefined || !list.every(isTag)) {
    throw new InvalidOptionError('tags', tags, `at most ${MAX_TAGS} words of 1 to ${MAX_TAG_LENGTH} characters`);
  }
  return [...new Set(list)];
}

function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && tag.length > 0 && tag.length <= MAX_TAG_LENGTH && tag.isWellFormed();
}

function refuseUnknown(options: SubmitOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, `an object with ${Object.keys(OPTIONS).join(', ')}`);
  }
  refuseUnknownKeys(options, OPTION_NAMES);
}

/** A duration in which something must be able to happen. */
function parseSpan(value: unknown, option: string): number {
  const milliseconds = parseDuration(value, option);
  if (milliseconds === 0) {
    throw new InvalidOptionError(option, value, 'at least 1 ms');
  }
  return milliseconds;
}
