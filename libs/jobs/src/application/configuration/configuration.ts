import { isDeeperThan } from '../../domain/depth.js';
import type { Duration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { readOptions } from '../../domain/options/read-options.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import type { Json } from '../../domain/job.js';
import type { OnFull } from '../../domain/queue-settings.js';
import type { StoredRetry } from '../../domain/retry-policy.js';
import type { SettingChange } from '../ports/configuration-store.js';
import { isObject, type JsonObject } from './configuration-section.js';
import type { LogLevel } from './filtered-log.js';

/** What of the configuration was changed at run time. */
export interface Configuration {
  /** One more with each change; 0 where there never was one. */
  readonly version: number;
  /** What differs from the code, by part: `{ workers: { mail: { size: 4 } } }`. */
  readonly changed: JsonObject;
  /** Who made the last change; absent where there never was one. */
  readonly changedBy?: string;
  /** When, by the store's clock, epoch milliseconds. */
  readonly changedAt?: number;
}

/** A change that was made. */
export interface ConfigurationChange {
  /** The version that it made. */
  readonly version: number;
  readonly by: string;
  /** By the store's clock, epoch milliseconds. */
  readonly at: number;
  /** Each setting that became another. */
  readonly changes: readonly SettingChange[];
}

/** A setting as it is in this process. */
export interface EffectiveSetting {
  /** Such as `workers.mail.size`. */
  readonly path: string;
  /** Durations in milliseconds. */
  readonly value?: Json;
  readonly from: 'code' | 'run time';
  /** Why it cannot be changed at run time; absent where it can. */
  readonly fixed?: string;
}

/** Who changes the configuration, and what they believe it to be. */
export interface ChangeOptions {
  /** Shown with the change: a name, 1 to 200 characters. */
  readonly by: string;
  /** The change is refused if the configuration has another version. Default: it is laid over whatever there is. */
  readonly expectedVersion?: number;
}

/** A value to change to; `null` is the code's again. */
type Changed<T> = T | null;

/** What a change may say. What it does not name stays; `null` gives back to the code. */
export interface ConfigurationPatch {
  /** Groups of workers, by name, in every process that has them. */
  readonly workers?: Changed<Readonly<Record<string, Changed<WorkersPatch>>>>;
  /** Queues, by name. */
  readonly queues?: Changed<Readonly<Record<string, Changed<QueuePatch>>>>;
  /** Where neither submit, handler nor queue says so. */
  readonly defaults?: Changed<DefaultsPatch>;
  readonly log?: Changed<{ readonly level?: Changed<LogLevel> }>;
  /** Parts that other modules have added. */
  readonly [section: string]: unknown;
}

/** A group of workers. */
export interface WorkersPatch {
  /** How many workers, 1 to 10000. */
  readonly size?: Changed<number>;
  /** Jobs each of them runs at once, 1 to 10000. */
  readonly concurrency?: Changed<number>;
}

/** A queue. */
export interface QueuePatch {
  readonly concurrency?: Changed<number | 'unlimited'>;
  readonly maxDepth?: Changed<number | 'unlimited'>;
  readonly maxScheduled?: Changed<number | 'unlimited'>;
  readonly onFull?: Changed<OnFull>;
  readonly retain?: Changed<{ readonly age?: Changed<Duration>; readonly count?: Changed<number> }>;
  /** Gives no jobs to anyone while it is. */
  readonly paused?: boolean;
}

/** What jobs get when neither submit, handler nor queue says otherwise. */
export interface DefaultsPatch {
  readonly timeout?: Changed<Duration>;
  readonly retry?: Changed<{ readonly [K in keyof StoredRetry]?: Changed<StoredRetry[K]> }>;
}

const MAX_AUTHOR = 200;

/** Levels of a change: far more than any setting has. */
const MOST_LEVELS = 64;

/** A change as plain JSON. @throws InvalidOptionError */
export function readPatch(change: unknown): JsonObject {
  let read: unknown;
  try {
    read = JSON.parse(JSON.stringify(change) ?? 'null');
  } catch {
    read = undefined;
  }
  if (isObject(read) && !isDeeperThan(read, MOST_LEVELS)) {
    return read;
  }
  throw new InvalidOptionError('change', change, `an object that JSON can carry, at most ${MOST_LEVELS} levels deep`);
}

/** Who changes it, and over which version, if that is told. @throws InvalidOptionError */
export function readChangeOptions(options: ChangeOptions): {
  readonly author: string;
  readonly expectedVersion?: number;
} {
  const { by, expectedVersion } = readOptions<ChangeOptions>(options, 'options', ['by', 'expectedVersion']);
  return {
    author: readAuthor(by),
    ...(expectedVersion === undefined
      ? {}
      : { expectedVersion: parseWholeNumber(expectedVersion, 'expectedVersion', 0, Number.MAX_SAFE_INTEGER) }),
  };
}

function readAuthor(by: unknown): string {
  if (typeof by === 'string' && by.trim() !== '' && by.length <= MAX_AUTHOR) {
    return by;
  }
  throw new InvalidOptionError('by', by, `who makes the change, in 1 to ${MAX_AUTHOR} characters`);
}
