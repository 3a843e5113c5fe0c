import { isMiddleware, isMiddlewareClass, MIDDLEWARE_ALLOWED } from '../../application/handlers/handler.js';
import { UNDECLARED_POLICIES } from '../../application/settings.js';
import { show } from '../../domain/errors/errors.js';
import { checkName } from '../../domain/names.js';
import { parsePriority } from '../../domain/priority.js';
import { ON_FULL } from '../../domain/queue-settings.js';
import { parseRetry, type RetryOptions } from '../../domain/retry-policy.js';
import {
  type HandlersOptions,
  type JobDefaultsOptions,
  type JobsModuleOptions,
  type LogOptions,
  PRESETS,
  type QueueDefaultsOptions,
  type QueueOptions,
  type RetentionOptions,
  type SchedulesOptions,
  type ShutdownOptions,
  STORES,
  type SubmitsOptions,
  type WorkerOptions,
} from './module-options.js';
import {
  boolean,
  Checked,
  describeSection,
  duration,
  either,
  integer,
  isRecord,
  listOf,
  Nested,
  oneOf,
  readable,
  type Rule,
} from './option-rules.js';
import { RedisSchema } from './redis-schema.js';

const DAY = 86_400_000;
const MAX_PAYLOAD_SIZE = 268_435_456;
const MAX_WORKERS = 10_000;
const MAX_WEIGHT = 1_000_000;
const name: Rule = readable((value) => checkName(value, 'name'));
const priority: Rule = readable((value) => parsePriority(value));

/** Every option has a rule: one without does not compile. */
type Every<T> = { readonly [K in keyof T]-?: unknown };

/** A field of the retry policy, as the domain reads it. */
function retryField(field: keyof RetryOptions): Rule {
  return readable((value) => parseRetry({ [field]: value }));
}

class RetrySchema implements Every<RetryOptions> {
  @Checked(retryField('attempts')) attempts: unknown;
  @Checked(retryField('backoff')) backoff: unknown;
  @Checked(retryField('initialDelay')) initialDelay: unknown;
  @Checked(retryField('factor')) factor: unknown;
  @Checked(retryField('maxDelay')) maxDelay: unknown;
  @Checked(retryField('jitter')) jitter: unknown;
  @Checked(retryField('retryOn')) retryOn: unknown;
  @Checked(retryField('giveUpOn')) giveUpOn: unknown;
}

class QueueDefaultsSchema implements Every<QueueDefaultsOptions> {
  @Checked(priority) priority: unknown;
  @Checked(duration(1)) timeout: unknown;
  @Nested(() => RetrySchema) retry: unknown;
  @Checked(integer(0, 1_000_000)) maxCrashes: unknown;
  @Checked(duration(0)) retain: unknown;
  @Checked(duration(1)) expiresIn: unknown;
}

class JobDefaultsSchema extends QueueDefaultsSchema implements Every<JobDefaultsOptions> {
  @Checked(name) queue: unknown;
}

class RetentionSchema implements Every<RetentionOptions> {
  @Checked(duration(0)) age: unknown;
  @Checked(integer(0)) count: unknown;
}

class QueueSchema implements Every<QueueOptions> {
  @Checked(integer(1)) concurrency: unknown;
  @Checked(integer(1)) maxDepth: unknown;
  @Checked(integer(1)) maxScheduled: unknown;
  @Checked(oneOf(...ON_FULL)) onFull: unknown;
  @Checked(duration(0, DAY)) blockTimeout: unknown;
  @Nested(() => RetentionSchema) retain: unknown;
  @Checked(listOf(priority, 'priorities')) priorities: unknown;
  @Checked(boolean) events: unknown;
  @Nested(() => QueueDefaultsSchema) defaults: unknown;
}

class WorkerSchema implements Every<WorkerOptions> {
  @Checked(name) name: unknown;
  @Checked(either(integer(1, MAX_WORKERS), oneOf('cpus'))) size: unknown;
  @Checked(integer(1, MAX_WORKERS)) concurrency: unknown;
  @Checked(queueSelection) queues: unknown;
}

class ShutdownSchema implements Every<ShutdownOptions> {
  @Checked(duration(0, DAY)) deadline: unknown;
}

class SubmitsSchema implements Every<SubmitsOptions> {
  @Checked(duration(0, DAY)) patience: unknown;
  @Checked(integer(1)) maxWaiting: unknown;
}

class LogSchema implements Every<LogOptions> {
  @Checked(summaryInterval) summary: unknown;
}

class SchedulesSchema implements Every<SchedulesOptions> {
  @Checked(boolean) enabled: unknown;
  @Checked(boolean) withoutWorkers: unknown;
  @Checked(integer(1, 100_000)) max: unknown;
  @Checked(integer(1, 10_000)) missedBound: unknown;
  @Checked(oneOf(...UNDECLARED_POLICIES)) undeclared: unknown;
  // What each says is checked when it is put, with what a wrong one that comes at run time is told.
  @Checked(declared) declared: unknown;
}

class HandlersSchema implements Every<HandlersOptions> {
  @Checked(boolean) globalEnhancers: unknown;
}

/** The rules of `JobsModuleOptions`. */
export class ModuleSchema implements Every<JobsModuleOptions> {
  @Checked(boolean) enabled: unknown;
  @Checked(boolean) isGlobal: unknown;
  @Checked(oneOf(...PRESETS)) preset: unknown;
  @Checked(oneOf(...STORES)) store: unknown;
  @Nested(() => RedisSchema, 'object', redisShape) redis: unknown;
  @Checked(prefix) prefix: unknown;
  @Nested(() => QueueSchema, 'record', queueNames) queues: unknown;
  @Nested(() => JobDefaultsSchema) defaults: unknown;
  @Nested(() => WorkerSchema, 'object-or-list', workerShape) worker: unknown;
  @Checked(duration(100, DAY)) lease: unknown;
  @Checked(duration(10, DAY)) heartbeat: unknown;
  @Nested(() => ShutdownSchema) shutdown: unknown;
  @Nested(() => SubmitsSchema) submits: unknown;
  @Checked(integer(1, MAX_PAYLOAD_SIZE)) maxPayloadSize: unknown;
  @Checked(integer(1)) deadLetterWarning: unknown;
  @Nested(() => LogSchema) log: unknown;
  @Nested(() => SchedulesSchema) schedules: unknown;
  @Checked(middlewares) middleware: unknown;
  @Nested(() => HandlersSchema) handlers: unknown;
}

function summaryInterval(value: unknown): string | undefined {
  const refused = value === false || value === 0 ? undefined : duration(1_000, DAY)(value);
  return refused === undefined ? undefined : `${refused}; or false`;
}

function declared(value: unknown): string | undefined {
  return Array.isArray(value) && value.every(isRecord) ? undefined : 'a list of schedules';
}

function prefix(value: unknown): string | undefined {
  // Braces would move every queue's keys to the prefix's slot of a Cluster.
  return typeof value === 'string' && /^[A-Za-z0-9_.:-]{1,64}$/.test(value)
    ? undefined
    : '1 to 64 letters, digits and _ . : -';
}

function redisShape(value: unknown): string | undefined {
  return isRecord(value) ? undefined : `a URL, or ${describeSection(RedisSchema, 'object')}`;
}

function queueNames(value: unknown): string | undefined {
  if (!isRecord(value)) {
    return describeSection(QueueSchema, 'record');
  }
  const bad = Object.keys(value).find((key) => name(key) !== undefined);
  return bad === undefined ? undefined : `for the queue ${show(bad)} ${name(bad)}`;
}

function queueSelection(value: unknown): string | undefined {
  const allowed = `a list of queue names, in strict order and each once, or an object of weights from 1 to ${MAX_WEIGHT} by queue name, such as { orders: 100, mail: 50 }`;
  if (Array.isArray(value)) {
    const good = value.length > 0 && value.every((queue) => name(queue) === undefined);
    return good && new Set(value).size === value.length ? undefined : allowed;
  }
  const weight = integer(1, MAX_WEIGHT);
  return isRecord(value) &&
    Object.keys(value).length > 0 &&
    Object.entries(value).every(([queue, share]) => name(queue) === undefined && weight(share) === undefined)
    ? undefined
    : allowed;
}

function workerShape(value: unknown): string | undefined {
  return value === false || isRecord(value) || (Array.isArray(value) && value.length > 0)
    ? undefined
    : `${describeSection(WorkerSchema, 'object')}, a list of such objects, or false for a process that only submits`;
}

function middlewares(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((each) => isMiddleware(each) || isMiddlewareClass(each))
    ? undefined
    : `${MIDDLEWARE_ALLOWED}, or of such providers' classes`;
}
