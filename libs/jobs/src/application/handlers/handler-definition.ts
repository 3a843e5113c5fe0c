import { parseDuration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { DEFAULT_MAX_CRASHES } from '../../domain/job.js';
import { refuseUnknownKeys } from '../../domain/options/known-keys.js';
import { checkName, DEFAULT_QUEUE } from '../../domain/names.js';
import { parsePriority } from '../../domain/priority.js';
import { parseRetry, resolveRetry, type RetryOptions } from '../../domain/retry-policy.js';
import { MAX_COUNT, parseWholeNumber } from '../../domain/options/whole-number.js';
import {
  type HandlerDeclaration,
  type HandlerOptions,
  isMiddleware,
  type Middleware,
  MIDDLEWARE_ALLOWED,
} from './handler.js';
import type { DeclaredLayers, HandlerDefinition } from './handler-registry.js';
import type { PayloadValidator } from '../ports/payload-validator.js';
import { DEFAULT_TIMEOUT, type EngineSettings, type JobDefaults } from '../settings.js';

const HANDLER_OPTIONS: Readonly<Record<keyof HandlerOptions, true>> = {
  payload: true,
  queue: true,
  timeout: true,
  retry: true,
  priority: true,
  concurrency: true,
  maxCrashes: true,
  retain: true,
  expiresIn: true,
  middleware: true,
};

const RETRY_OPTIONS: Readonly<Record<keyof RetryOptions, true>> = {
  attempts: true,
  backoff: true,
  initialDelay: true,
  factor: true,
  maxDelay: true,
  jitter: true,
  retryOn: true,
  giveUpOn: true,
};

/**
 * Decides everything a handler left open: its own options win over its queue's defaults, those over the module's.
 *
 * @throws InvalidOptionError naming the handler and the option
 */
export function defineHandler(
  name: string,
  { type, options }: HandlerDeclaration,
  invoke: HandlerDefinition['invoke'],
  settings: EngineSettings,
  validator: PayloadValidator,
): HandlerDefinition {
  const at = (option: keyof HandlerOptions): string => `${name}.${option}`;
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(
      `${name}.options`,
      options,
      `an object with any of ${Object.keys(HANDLER_OPTIONS).join(', ')}`,
    );
  }
  refuseUnknownKeys(options, Object.keys(HANDLER_OPTIONS), `${name}.`);
  const queue = checkName(options.queue ?? settings.defaults.queue ?? DEFAULT_QUEUE, at('queue'));
  const byQueue = settings.queues.get(queue)?.defaults ?? {};
  const first = <K extends 'retain' | 'expiresIn' | 'timeout'>(option: K): number | undefined =>
    options[option] === undefined ? byQueue[option] : parseDuration(options[option], at(option));
  const retain = first('retain') ?? settings.defaults.retain;
  const expiresIn = first('expiresIn') ?? settings.defaults.expiresIn;
  const timeout = first('timeout');
  const declared: DeclaredLayers = {
    ...(timeout === undefined ? {} : { timeout: atLeastOne(timeout, at('timeout')) }),
    retry: [checkRetry(options.retry, at('retry')), byQueue.retry],
  };
  return {
    type: checkName(type, `${name}.type`),
    queue,
    name,
    priority: parsePriority(options.priority ?? byQueue.priority ?? settings.defaults.priority ?? 0, at('priority')),
    ...resolved(declared, settings.defaults),
    declared,
    maxCrashes: parseWholeNumber(
      options.maxCrashes ?? byQueue.maxCrashes ?? settings.defaults.maxCrashes ?? DEFAULT_MAX_CRASHES,
      at('maxCrashes'),
      0,
      MAX_COUNT,
    ),
    ...(retain === undefined ? {} : { retain }),
    ...(expiresIn === undefined ? {} : { expiresIn: atLeastOne(expiresIn, at('expiresIn')) }),
    ...(options.concurrency === undefined
      ? {}
      : {
          concurrency: atLeastOne(
            parseWholeNumber(options.concurrency, at('concurrency'), 0, MAX_COUNT),
            at('concurrency'),
          ),
        }),
    middleware: [...settings.middleware, ...checkMiddleware(options.middleware ?? [], at('middleware'))],
    ...(options.payload === undefined ? {} : { validate: validator.compile(type, options.payload) }),
    invoke,
  };
}

/** The handler as it is with other defaults of the module. */
export function withDefaults(definition: HandlerDefinition, defaults: JobDefaults): HandlerDefinition {
  return definition.declared === undefined ? definition : { ...definition, ...resolved(definition.declared, defaults) };
}

function resolved(
  { timeout, retry }: DeclaredLayers,
  defaults: JobDefaults,
): Pick<HandlerDefinition, 'timeout' | 'retry'> {
  return {
    timeout: timeout ?? defaults.timeout ?? DEFAULT_TIMEOUT,
    retry: resolveRetry(...retry, defaults.retry),
  };
}

/** Checked before it is laid over the defaults, so that an error names the handler. */
function checkRetry(retry: RetryOptions | undefined, path: string): RetryOptions | undefined {
  if (retry !== undefined) {
    if (typeof retry !== 'object' || retry === null) {
      throw new InvalidOptionError(path, retry, `an object with any of ${Object.keys(RETRY_OPTIONS).join(', ')}`);
    }
    refuseUnknownKeys(retry, Object.keys(RETRY_OPTIONS), `${path}.`);
    parseRetry(retry, path);
  }
  return retry;
}

function checkMiddleware(middleware: NonNullable<HandlerOptions['middleware']>, option: string): readonly Middleware[] {
  if (Array.isArray(middleware) && middleware.every(isMiddleware)) {
    return middleware;
  }
  throw new InvalidOptionError(option, middleware, MIDDLEWARE_ALLOWED);
}

/** Stands in for the handler of a job that is given back at once. */
export function unknownHandler(type: string, queue: string): HandlerDefinition {
  return {
    type,
    queue,
    name: 'unknown',
    priority: 0,
    timeout: 0,
    retry: { attempts: 1, backoff: 'none', initialDelay: 0, factor: 1, maxDelay: 0, jitter: 0, giveUpOn: [] },
    maxCrashes: 0,
    middleware: [],
    invoke: () => undefined,
  };
}

function atLeastOne(value: number, option: string): number {
  if (value >= 1) {
    return value;
  }
  throw new InvalidOptionError(option, value, 'at least 1');
}
