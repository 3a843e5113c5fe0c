import type { CanActivate, Type } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { formatDuration, parseDuration } from '../../domain/duration.js';
import { InvalidConfigurationError, InvalidOptionError } from '../../domain/errors/errors.js';
import { readOptions, unreadable } from '../../domain/options/read-options.js';
import { MAX_COUNT, parseWholeNumber } from '../../domain/options/whole-number.js';
import { MASK } from '../../nest/options/secrets.js';
import { API_ROLES, type ApiRole, isRole } from '../access/role.js';
import { hashToken, type KnownToken } from '../access/token-check.js';
import type { ApiDataOptions, ApiRateLimitOptions, ApiTokenOptions, JobsApiOptions } from './api-options.js';

/** Injects the API's settings: {@link ApiSettings}. */
export const API_SETTINGS = Symbol.for('nestjs-jobs:api-settings');

/** The API's options with everything decided. */
export interface ApiSettings {
  readonly tokens: readonly KnownToken[];
  readonly guards: readonly (Type<CanActivate> | CanActivate)[];
  readonly roleOf?: JobsApiOptions['roleOf'];
  readonly whoami?: JobsApiOptions['whoami'];
  readonly dataVisibleTo: ApiRole | 'nobody';
  /** In lower case. */
  readonly redacted: ReadonlySet<string>;
  readonly rateLimit?: RateLimitSettings;
  readonly maxStreams: number;
  readonly auditIp: boolean;
  readonly maxPayloadSize: number;
}

export interface RateLimitSettings {
  readonly reads: number;
  readonly changes: number;
  readonly denials: number;
  /** Milliseconds. */
  readonly window: number;
  readonly storage?: ThrottlerStorage;
}

const LEAST_TOKEN = 16;
const LEAST_WINDOW = 1_000;
const MAX_STREAMS = 100;

const REDACTED = [
  'password',
  'passwd',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'authorization',
  'cookie',
  'creditCard',
];

const OPTIONS: Readonly<Record<keyof JobsApiOptions, true>> = {
  tokens: true,
  guards: true,
  roleOf: true,
  whoami: true,
  data: true,
  rateLimit: true,
  maxStreams: true,
  auditIp: true,
};

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof JobsApiOptions)[];

/**
 * Decides what was left open.
 *
 * @throws InvalidConfigurationError naming all that is wrong; neither tokens nor guards is
 */
export function resolveApiOptions(
  told: JobsApiOptions,
  maxPayloadSize: number,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ApiSettings {
  const problems: string[] = [];
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      // What it is about may be a secret: it is not shown where it cannot be read.
      problems.push(unreadable('api', MASK, error).message);
      return otherwise;
    }
  };
  const options = attempt(() => readOptions<JobsApiOptions>(told, 'api', OPTION_NAMES, 'api.'), {});
  const listed = attempt(() => listOf(options.tokens, 'api.tokens'), []) as readonly ApiTokenOptions[];
  const tokens = listed.flatMap((token, index) =>
    attempt(() => [readToken(token, `api.tokens[${index}]`, environment)], []),
  );
  problems.push(...clashes(tokens));
  const guards = attempt(() => listOf(options.guards, 'api.guards'), []) as NonNullable<JobsApiOptions['guards']>;
  if (listed.length === 0 && guards.length === 0) {
    problems.push(
      'api: the management API does not start open to everyone; give it tokens: [{ name, role, tokenEnv }], or guards: [MyGuard]',
    );
  }
  const data = attempt(
    () => readOptions<ApiDataOptions>(options.data ?? {}, 'api.data', ['visibleTo', 'redact'], 'api.data.'),
    {},
  );
  const redacted = attempt(() => (data.redact === undefined ? REDACTED : wordsOf(data.redact)), REDACTED);
  const visibleTo = data.visibleTo ?? 'operate';
  if (visibleTo !== 'nobody' && !isRole(visibleTo)) {
    problems.push(
      new InvalidOptionError('api.data.visibleTo', visibleTo, `one of ${API_ROLES.join(', ')}, nobody`).message,
    );
  }
  const rateLimit = options.rateLimit ?? {};
  const limits = rateLimit === false ? undefined : attempt(() => readRateLimit(rateLimit), undefined);
  const { maxStreams = MAX_STREAMS } = options;
  attempt(() => parseWholeNumber(maxStreams, 'api.maxStreams', 0, MAX_COUNT), 0);
  if (problems.length > 0) {
    throw new InvalidConfigurationError(problems);
  }
  return {
    tokens,
    guards,
    ...(options.roleOf === undefined ? {} : { roleOf: options.roleOf }),
    ...(options.whoami === undefined ? {} : { whoami: options.whoami }),
    dataVisibleTo: visibleTo,
    redacted: new Set(redacted.map((name) => name.toLowerCase())),
    ...(limits === undefined ? {} : { rateLimit: limits }),
    maxStreams,
    auditIp: options.auditIp ?? true,
    maxPayloadSize,
  };
}

function listOf(value: unknown, option: string): readonly unknown[] {
  if (value !== undefined && !Array.isArray(value)) {
    throw new InvalidOptionError(option, MASK, 'a list');
  }
  return [...((value ?? []) as readonly unknown[])];
}

function wordsOf(value: unknown): readonly string[] {
  const words = listOf(value, 'api.data.redact');
  if (!words.every((word) => typeof word === 'string')) {
    throw new InvalidOptionError('api.data.redact', words, 'a list of names');
  }
  return words;
}

/** No message shows a token, nor how long it is. */
function readToken(
  told: ApiTokenOptions,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): KnownToken {
  if (typeof told !== 'object' || told === null) {
    throw new InvalidOptionError(path, MASK, '{ name, role, tokenEnv }');
  }
  const { name, role, token, tokenEnv } = told;
  if (typeof name !== 'string' || name === '' || name.length > 128) {
    throw new InvalidOptionError(`${path}.name`, name, 'a name of 1 to 128 characters');
  }
  if (!isRole(role)) {
    throw new InvalidOptionError(`${path}.role`, role, `one of ${API_ROLES.join(', ')}`);
  }
  if ((token === undefined) === (tokenEnv === undefined)) {
    throw new InvalidOptionError(path, name, 'exactly one of token and tokenEnv');
  }
  const value = tokenEnv === undefined ? token : environment[tokenEnv];
  if (typeof value !== 'string' || value.length < LEAST_TOKEN || /\s|,/.test(value)) {
    const place = tokenEnv === undefined ? `${path}.token` : `${path}.tokenEnv (${tokenEnv})`;
    throw new InvalidOptionError(place, MASK, `a token of at least ${LEAST_TOKEN} characters without spaces or commas`);
  }
  return { name, role, hash: hashToken(value) };
}

function clashes(tokens: readonly KnownToken[]): readonly string[] {
  return tokens.flatMap(({ name, hash }, index) =>
    tokens
      .slice(0, index)
      .filter((other) => other.name === name || other.hash.equals(hash))
      .map((other) => `api.tokens: '${other.name}' and '${name}' have the same name or token; give each its own`),
  );
}

function readRateLimit(told: ApiRateLimitOptions): RateLimitSettings {
  const known = ['reads', 'changes', 'denials', 'window', 'storage'] as const;
  const options = readOptions<ApiRateLimitOptions>(told, 'api.rateLimit', known, 'api.rateLimit.');
  const { reads = 300, changes = 60, denials = 30, window: span = '1m', storage } = options;
  const window = parseDuration(span, 'api.rateLimit.window');
  if (window < LEAST_WINDOW) {
    throw new InvalidOptionError('api.rateLimit.window', span, `at least ${formatDuration(LEAST_WINDOW)}`);
  }
  return {
    reads: parseWholeNumber(reads, 'api.rateLimit.reads', 1, MAX_COUNT),
    changes: parseWholeNumber(changes, 'api.rateLimit.changes', 1, MAX_COUNT),
    denials: parseWholeNumber(denials, 'api.rateLimit.denials', 1, MAX_COUNT),
    window,
    ...(storage === undefined ? {} : { storage }),
  };
}
