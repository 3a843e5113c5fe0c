import {
  DEFAULT_DEAD_LETTER_WARNING,
  DEFAULT_HEARTBEAT,
  DEFAULT_LEASE,
  DEFAULT_SHUTDOWN_DEADLINE,
  DEFAULT_SUBMITS,
  DEFAULT_TIMEOUT,
} from '../../application/settings.js';
import { formatDuration } from '../../domain/duration.js';
import { DEFAULT_MAX_CRASHES } from '../../domain/job.js';
import { DEFAULT_QUEUE } from '../../domain/names.js';
import { DEFAULT_MAX_PAYLOAD_SIZE } from '../../domain/payload.js';
import { DEFAULT_RETRY } from '../../domain/retry-policy.js';
import { DEFAULT_CONCURRENCY, DEFAULT_DURABILITY_TIMEOUT, DEFAULT_PREFIX, PRESET_DEFAULTS } from './presets.js';

/** How a variable's text becomes an option's value. */
export const VARIABLE_KINDS = {
  text: 'text',
  boolean: '`true` or `false`; also `1`/`0`, `yes`/`no`, `on`/`off`',
  number: 'a number',
  duration: 'milliseconds, or a number and `ms`, `s`, `m`, `h`, `d` or `w`, such as `30s`',
  size: 'a number, or `cpus`',
  priority: 'an integer, or `low`, `normal`, `high`, `critical`',
  queues: 'a list such as `orders,mail` (strict order), or with weights `orders:100,mail:50`',
} as const;

export type VariableKind = keyof typeof VARIABLE_KINDS;

/** A variable of the environment that sets an option. */
export interface Variable {
  readonly name: string;
  /** The option's path in `JobsModuleOptions`. */
  readonly option: string;
  readonly kind: VariableKind;
  /** What holds when it is not set, for people. */
  readonly default: string;
  /** One line. */
  readonly explanation: string;
}

const { development, production } = PRESET_DEFAULTS;

/** Every variable that `jobsConfig` reads; `.env.example` and the reference are generated from this table. */
export const VARIABLES: readonly Variable[] = [
  variable('JOBS_ENABLED', 'enabled', 'boolean', 'true', 'Switches background jobs off altogether when false'),
  variable('JOBS_PRESET', 'preset', 'text', 'by NODE_ENV', 'The defaults to start from: development or production'),
  variable('JOBS_STORE', 'store', 'text', 'by REDIS_URL', 'Where jobs are kept: redis or memory'),
  variable(
    'REDIS_URL',
    'redis.url',
    'text',
    'none',
    'Where Redis is: redis://user:password@host:6379/0, or rediss:// for TLS',
  ),
  variable(
    'JOBS_DURABILITY_REPLICAS',
    'redis.durability.replicas',
    'number',
    '0',
    'How many replicas must have a job before its submit resolves',
  ),
  variable(
    'JOBS_DURABILITY_APPEND_ONLY',
    'redis.durability.appendOnly',
    'boolean',
    'false',
    'Whether it must be in the append-only files of the primary and those replicas too',
  ),
  variable(
    'JOBS_DURABILITY_TIMEOUT',
    'redis.durability.timeout',
    'duration',
    formatDuration(DEFAULT_DURABILITY_TIMEOUT),
    'How long a submit waits for that before it rejects',
  ),
  variable('JOBS_PREFIX', 'prefix', 'text', DEFAULT_PREFIX, 'Begins every key in Redis'),
  variable(
    'JOBS_SUBMIT_PATIENCE',
    'submits.patience',
    'duration',
    formatDuration(DEFAULT_SUBMITS.patience),
    'How long a submit is tried again while the store is away; 0 rejects at once',
  ),
  variable(
    'JOBS_SUBMIT_MAX_WAITING',
    'submits.maxWaiting',
    'number',
    `${DEFAULT_SUBMITS.maxWaiting}`,
    'How many jobs may wait for a store that is away before submits are refused',
  ),
  variable('JOBS_WORKER_ENABLED', 'worker', 'boolean', 'true', 'When false, this process only submits'),
  variable('JOBS_WORKER_NAME', 'worker.name', 'text', 'worker', "Shown in the workers' ids and logs"),
  variable(
    'JOBS_WORKER_SIZE',
    'worker.size',
    'size',
    `${development.workers}, in production ${production.workers}`,
    'How many workers this process has, or cpus for one a processor',
  ),
  variable(
    'JOBS_WORKER_CONCURRENCY',
    'worker.concurrency',
    'number',
    `${DEFAULT_CONCURRENCY}`,
    'Jobs each worker runs at once',
  ),
  variable(
    'JOBS_WORKER_QUEUES',
    'worker.queues',
    'queues',
    'every queue with a handler here',
    'The queues to work: a,b in strict order, or orders:100,mail:50 by weight',
  ),
  variable(
    'JOBS_LEASE',
    'lease',
    'duration',
    formatDuration(DEFAULT_LEASE),
    'How long after its last heartbeat a process counts as dead',
  ),
  variable(
    'JOBS_HEARTBEAT',
    'heartbeat',
    'duration',
    `${formatDuration(DEFAULT_HEARTBEAT)}, or a third of a shorter lease`,
    'How often a process says that it is alive; at most half the lease',
  ),
  variable(
    'JOBS_SHUTDOWN_DEADLINE',
    'shutdown.deadline',
    'duration',
    formatDuration(DEFAULT_SHUTDOWN_DEADLINE),
    'How long running jobs may take to end when the process stops',
  ),
  variable(
    'JOBS_MAX_PAYLOAD_SIZE',
    'maxPayloadSize',
    'number',
    `${DEFAULT_MAX_PAYLOAD_SIZE}`,
    'The largest payload, in bytes of JSON',
  ),
  variable(
    'JOBS_DEAD_LETTER_WARNING',
    'deadLetterWarning',
    'number',
    `${DEFAULT_DEAD_LETTER_WARNING}`,
    'Failed jobs in a queue from which a warning is logged',
  ),
  variable(
    'JOBS_LOG_SUMMARY',
    'log.summary',
    'duration',
    `${formatDuration(development.summary)}, in production ${formatDuration(production.summary)}`,
    'How often the log says in one line what was done and what waits; 0 is never',
  ),
  variable(
    'JOBS_GLOBAL_ENHANCERS',
    'handlers.globalEnhancers',
    'boolean',
    'false',
    'Runs global guards, interceptors, pipes and filters around handlers',
  ),
  variable('JOBS_DEFAULT_QUEUE', 'defaults.queue', 'text', DEFAULT_QUEUE, 'The queue of handlers that name none'),
  variable('JOBS_DEFAULT_PRIORITY', 'defaults.priority', 'priority', 'normal', 'The priority of jobs that name none'),
  variable(
    'JOBS_DEFAULT_TIMEOUT',
    'defaults.timeout',
    'duration',
    `${DEFAULT_TIMEOUT / 1_000}s`,
    'How long one attempt may take',
  ),
  variable(
    'JOBS_DEFAULT_MAX_CRASHES',
    'defaults.maxCrashes',
    'number',
    `${DEFAULT_MAX_CRASHES}`,
    'Deaths of its process that a job survives',
  ),
  variable(
    'JOBS_DEFAULT_RETAIN',
    'defaults.retain',
    'duration',
    "the queue's retention, 24h",
    'How long a finished job and its result are kept',
  ),
  variable(
    'JOBS_DEFAULT_EXPIRES_IN',
    'defaults.expiresIn',
    'duration',
    'never',
    'Jobs not begun this long after they were submitted fail',
  ),
  variable(
    'JOBS_DEFAULT_ATTEMPTS',
    'defaults.retry.attempts',
    'number',
    `${development.attempts}, in production ${production.attempts}`,
    'Attempts in all, the first one included',
  ),
  variable(
    'JOBS_DEFAULT_BACKOFF',
    'defaults.retry.backoff',
    'text',
    String(DEFAULT_RETRY.backoff),
    'How the delay between attempts grows: none, fixed, linear or exponential',
  ),
  variable(
    'JOBS_DEFAULT_INITIAL_DELAY',
    'defaults.retry.initialDelay',
    'duration',
    formatDuration(DEFAULT_RETRY.initialDelay),
    'The delay before the second attempt',
  ),
  variable(
    'JOBS_DEFAULT_FACTOR',
    'defaults.retry.factor',
    'number',
    `${DEFAULT_RETRY.factor}`,
    'What an exponential delay is multiplied by each time',
  ),
  variable(
    'JOBS_DEFAULT_MAX_DELAY',
    'defaults.retry.maxDelay',
    'duration',
    formatDuration(DEFAULT_RETRY.maxDelay),
    'No delay is longer',
  ),
  variable(
    'JOBS_DEFAULT_JITTER',
    'defaults.retry.jitter',
    'number',
    `${DEFAULT_RETRY.jitter}`,
    'The share of each delay that is left to chance, 0 to 1',
  ),
];

function variable(name: string, option: string, kind: VariableKind, otherwise: string, explanation: string): Variable {
  return { name, option, kind, default: otherwise, explanation };
}

/**
 * A variable's text as its option's value. What cannot be read stays text, for the option's own rule to refuse: what
 * is allowed is said in one place.
 */
export function readVariable(kind: VariableKind, text: string): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'boolean':
      return BOOLEANS.get(text.toLowerCase()) ?? text;
    case 'number':
    case 'size':
    case 'priority':
    case 'duration':
      return NUMBER.test(text) ? Number(text) : text;
    case 'queues':
      return readQueues(text);
  }
}

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

/** Weights when every entry ends in `:number`; a queue's own name may have colons too. */
function readQueues(text: string): unknown {
  const entries = text.split(',').map((entry) => entry.trim());
  const weighted = entries.map((entry) => /^(.+):(\d+)$/.exec(entry));
  const pairs = weighted.flatMap((match) => (match === null ? [] : [[match[1] as string, Number(match[2])] as const]));
  if (pairs.length === 0) {
    return entries;
  }
  const distinct = new Set(pairs.map(([queue]) => queue)).size === entries.length;
  return pairs.length === entries.length && distinct ? Object.fromEntries(pairs) : text;
}
