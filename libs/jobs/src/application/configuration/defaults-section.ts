import { Inject, Injectable } from '@nestjs/common';
import { parseDuration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import type { Json } from '../../domain/job.js';
import { BACKOFFS, type BackoffName, parseRetry, resolveRetry, type StoredRetry } from '../../domain/retry-policy.js';
import { withDefaults } from '../handlers/handler-definition.js';
import { HandlerRegistry } from '../handlers/handler-registry.js';
import { DEFAULT_TIMEOUT, type EngineSettings, type JobDefaults } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { type ConfigurationSection, Problems, type SettingInForce } from './configuration-section.js';

interface DefaultsValue {
  readonly retry?: StoredRetry;
  readonly timeout?: string | number;
}

const RETRY_FIELDS = [
  'attempts',
  'backoff',
  'initialDelay',
  'factor',
  'maxDelay',
  'jitter',
  'retryOn',
  'giveUpOn',
] as const satisfies readonly (keyof StoredRetry)[];

const WHY_OTHERS = 'it is told to the store when a process publishes its handlers; it is read at the start';
const FIXED = {
  queue: WHY_OTHERS,
  priority: WHY_OTHERS,
  maxCrashes: WHY_OTHERS,
  retain: WHY_OTHERS,
  expiresIn: WHY_OTHERS,
};

/**
 * `defaults`: how jobs are retried, and how long an attempt may take, where neither submit, handler nor queue says so.
 * Attempts are counted for jobs that are submitted from then on; delays and timeouts hold for every attempt that begins.
 */
@Injectable()
export class DefaultsSection implements ConfigurationSection {
  private readonly code: JobDefaults;

  constructor(
    @Inject(ENGINE_SETTINGS) private readonly engine: EngineSettings,
    private readonly registry: HandlerRegistry,
  ) {
    this.code = engine.defaults;
  }

  check(value: Json): readonly string[] {
    const problems = new Problems();
    const retryReaders = Object.fromEntries(
      RETRY_FIELDS.map((field) => [field, (entry: Json) => readRetry(field, entry)]),
    );
    problems.fields(
      value,
      'defaults',
      {
        timeout: readTimeout,
        retry: (entry, path) => problems.fields(entry, path, retryReaders),
      },
      FIXED,
    );
    return problems.lines;
  }

  apply(value: Json | undefined): void {
    const { retry, timeout } = (value ?? {}) as DefaultsValue;
    this.engine.defaults = {
      ...this.code,
      ...(retry === undefined ? {} : { retry: { ...this.code.retry, ...retry } }),
      ...(timeout === undefined ? {} : { timeout: parseDuration(timeout) }),
    };
    this.registry.redefine((definition) => withDefaults(definition, this.engine.defaults));
  }

  async settings(): Promise<readonly SettingInForce[]> {
    const { retry, timeout = DEFAULT_TIMEOUT } = this.engine.defaults;
    const { attempts, backoff, initialDelay, factor, maxDelay, jitter } = resolveRetry(retry);
    const shown = typeof backoff === 'function' ? 'a function' : backoff;
    return [
      { path: 'timeout', value: timeout },
      ...Object.entries({ attempts, backoff: shown, initialDelay, factor, maxDelay, jitter }).map(([field, value]) => ({
        path: `retry.${field}`,
        value,
      })),
      ...(['retryOn', 'giveUpOn'] as const).flatMap((field) =>
        retry?.[field] === undefined ? [] : [{ path: `retry.${field}`, value: [retry[field]].flat().map(String) }],
      ),
    ];
  }
}

function readTimeout(value: Json, path: string): void {
  if (parseDuration(value, path) === 0) {
    throw new InvalidOptionError(path, value, 'at least 1 ms');
  }
}

function readRetry(field: (typeof RETRY_FIELDS)[number], value: Json): void {
  if (field === 'backoff' && !BACKOFFS.includes(value as BackoffName)) {
    throw new InvalidOptionError('defaults.retry.backoff', value, `one of ${BACKOFFS.join(', ')}`);
  }
  parseRetry({ [field]: value }, 'defaults.retry');
}
