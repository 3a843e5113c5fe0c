import { type Duration, parseDuration } from '../../domain/duration.js';
import { InvalidOptionError, InvalidScheduleError } from '../../domain/errors/errors.js';
import { reading, readOptions } from '../../domain/options/read-options.js';
import {
  MISSED_POLICIES,
  type MissedPolicy,
  OVERLAP_POLICIES,
  type OverlapPolicy,
} from '../../domain/schedules/schedule.js';
import type { Timing } from '../../domain/timetable/timing.js';
import { MAX_COUNT, parseWholeNumber } from '../../domain/options/whole-number.js';
import { parseWord } from '../../domain/options/word.js';
import type { HandlerClass } from '../handlers/handler.js';
import { parseTime, type SubmitOptions } from '../submitting/submit-options.js';

/** What jobs of a schedule may be submitted with: id and time are the schedule's. */
export type ScheduledJobOptions = Omit<SubmitOptions, 'id' | 'delay' | 'runAt' | 'queue'>;

/** When a schedule fires, and what it does then. */
export interface ScheduleTiming {
  /** IANA name of the zone that the expression is meant in. Default: `UTC`. */
  readonly timezone?: string;
  /** Nothing fires earlier. Default: at once. */
  readonly startAt?: Date | number | string;
  /** Nothing fires from here on. Default: never. */
  readonly endAt?: Date | number | string;
  /** Dates (`'2026-12-25'`, `'12-25'`), ranges of dates and cron expressions to leave out. Default: none. */
  readonly except?: readonly string[];
  /** Each occurrence comes later by up to this, by another time each. Default: 0. */
  readonly jitter?: Duration;
  /** Runs after which it ends; 0 is without end. Default: 0. */
  readonly maxRuns?: number;
  /** What is done about occurrences that fell due while nobody ran. Default: `once`. */
  readonly missed?: MissedPolicy;
  /** What an occurrence does while a job before it has not ended. Default: `allow`. */
  readonly overlap?: OverlapPolicy;
}

/** What `@Schedule` takes besides the expression. */
export interface ScheduleDecoratorOptions extends ScheduleTiming {
  /** Names it; unique in the system. Default: the job type. */
  readonly id?: string;
  /** What its jobs get: always the same, as it is stored. Default: none. */
  readonly payload?: unknown;
  /** The queue of its jobs. Default: the handler's. */
  readonly queue?: string;
  /** `false` declares it switched off: it is there, and somebody may switch it on. Default: `true`. */
  readonly enabled?: boolean;
  /** What its jobs are submitted with. Default: the handler's options. */
  readonly job?: ScheduledJobOptions;
}

/** A schedule as it is given to `ScheduleService.upsert`. */
export interface ScheduleOptions extends ScheduleDecoratorOptions {
  /** 1 to 100 letters, digits and `_ . : / -`; unique in the system. */
  readonly id: string;
  /** Cron with five or six fields, a macro such as `@daily`, or what a builder (`every('5m')`, `daily(2)`) answers. */
  readonly expression: string;
  /** A type's name, or the handler's class. */
  readonly type: HandlerClass | string;
}

const OPTIONS: Readonly<Record<keyof ScheduleOptions, true>> = {
  id: true,
  expression: true,
  type: true,
  payload: true,
  queue: true,
  enabled: true,
  job: true,
  timezone: true,
  startAt: true,
  endAt: true,
  except: true,
  jitter: true,
  maxRuns: true,
  missed: true,
  overlap: true,
};

const JOB_OPTIONS: Readonly<Record<keyof ScheduledJobOptions, true>> = {
  priority: true,
  retry: true,
  timeout: true,
  expiresIn: true,
  maxCrashes: true,
  metadata: true,
  tags: true,
  retain: true,
};

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof ScheduleOptions)[];
const JOB_OPTION_NAMES = Object.keys(JOB_OPTIONS) as readonly (keyof ScheduledJobOptions)[];

/** Exceptions of one schedule: each firing looks at them all. */
const MAX_EXCEPTIONS = 1_000;

/** With the tag's beginning it is no longer than a tag may be. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/;

/** The options of a schedule that its store keeps beside its job. */
export interface ParsedSchedule {
  readonly timing: Timing;
  readonly jitter: number;
  readonly maxRuns: number;
  readonly missed: MissedPolicy;
  readonly overlap: OverlapPolicy;
}

/** Begins the tag that all jobs of a schedule carry. */
export const SCHEDULE_TAG = 'schedule:';

/** @throws InvalidOptionError */
export function checkScheduleId(value: unknown): string {
  if (typeof value === 'string' && ID.test(value)) {
    return value;
  }
  throw new InvalidOptionError(
    'id',
    value,
    "a schedule's name of 1 to 100 letters, digits and _ . : / - that begins with a letter or digit",
  );
}

/**
 * What a schedule says of itself, each part looked at once.
 *
 * @throws InvalidOptionError naming the option
 */
export function readSchedule(told: ScheduleOptions): ScheduleOptions {
  const options = readOptions<ScheduleOptions>(told, 'schedule', OPTION_NAMES);
  checkScheduleId(options.id);
  return options.job === undefined
    ? options
    : { ...options, job: readOptions<ScheduledJobOptions>(options.job, 'job', JOB_OPTION_NAMES, 'job.') };
}

/**
 * Decides what a schedule leaves open; what its expression, zone and exceptions say is left to the timetable.
 *
 * @throws InvalidOptionError, InvalidScheduleError naming the option
 */
export function parseSchedule(options: ScheduleOptions): ParsedSchedule {
  if (options.enabled !== undefined && typeof options.enabled !== 'boolean') {
    throw new InvalidOptionError('enabled', options.enabled, 'true or false');
  }
  const { expression, timezone = 'UTC', startAt, endAt, except, jitter, maxRuns, missed, overlap } = options;
  if (typeof expression !== 'string') {
    throw new InvalidScheduleError('expression', expression, "is no text; use cron, a macro, or a builder's answer");
  }
  if (typeof timezone !== 'string') {
    throw new InvalidScheduleError('timezone', timezone, "is no time zone; use an IANA name such as 'Europe/Berlin'");
  }
  return {
    timing: {
      expression,
      timezone,
      ...(startAt === undefined ? {} : { startAt: parseTime(startAt, 'startAt') }),
      ...(endAt === undefined ? {} : { endAt: parseTime(endAt, 'endAt') }),
      ...(except === undefined ? {} : { except: reading('except', except, () => checkExceptions(except)) }),
    },
    jitter: jitter === undefined ? 0 : parseDuration(jitter, 'jitter'),
    maxRuns: maxRuns === undefined ? 0 : parseWholeNumber(maxRuns, 'maxRuns', 0, MAX_COUNT),
    missed: parseWord(MISSED_POLICIES, missed ?? 'once', 'missed'),
    overlap: parseWord(OVERLAP_POLICIES, overlap ?? 'allow', 'overlap'),
  };
}

function checkExceptions(except: unknown): readonly string[] {
  if (!Array.isArray(except) || except.length > MAX_EXCEPTIONS) {
    throw new InvalidScheduleError(
      'except',
      except,
      `is no list of at most ${MAX_EXCEPTIONS}; use an array of dates, ranges and cron expressions`,
    );
  }
  return [...(except as readonly unknown[])].map((text, index) => {
    if (typeof text !== 'string') {
      throw new InvalidScheduleError(`except[${index}]`, text, 'is no text; use a date, a range or a cron expression');
    }
    return text;
  });
}
