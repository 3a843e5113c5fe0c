import { availableParallelism } from 'node:os';
import {
  DEFAULT_BLOCK_TIMEOUT,
  DEFAULT_DEAD_LETTER_WARNING,
  DEFAULT_HEARTBEAT,
  DEFAULT_LEASE,
  DEFAULT_SCHEDULES,
  DEFAULT_SHUTDOWN_DEADLINE,
  DEFAULT_SUBMITS,
  type EngineSettings,
  type JobDefaults,
  type QueueProfile,
  type QueueSelection,
  type WorkerGroup,
} from '../../application/settings.js';
import { type Duration, formatDuration, parseDuration } from '../../domain/duration.js';
import { DEFAULT_MAX_PAYLOAD_SIZE } from '../../domain/payload.js';
import { parsePriority } from '../../domain/priority.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../domain/queue-settings.js';
import { withProviders } from '../handlers/provided-middleware.js';
import { findProblems, lookingAt, type Problem, refuse } from './check-options.js';
import type { JobDefaultsOptions, JobsModuleOptions, Preset, QueueOptions, WorkerOptions } from './module-options.js';
import { ModuleSchema } from './option-schema.js';
import { DEFAULT_CONCURRENCY, PRESET_DEFAULTS } from './presets.js';
import {
  ownedOptions,
  redisProblems,
  resolveStore,
  type ResolvedStore,
  type ToldOptions,
  usesEnvironmentUrl,
} from './resolve-store.js';
import { RedisSchema } from './redis-schema.js';

/** The module's options with everything decided. */
export interface ResolvedOptions {
  readonly enabled: boolean;
  readonly isGlobal: boolean;
  readonly preset: Preset;
  readonly store: ResolvedStore;
  /** Run Nest's global enhancers around handlers. */
  readonly globalEnhancers: boolean;
  readonly settings: EngineSettings;
  /** What is to be said once at boot. */
  readonly notices: readonly string[];
}

/** What of the environment decides about options: `NODE_ENV` and `REDIS_URL`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Checks the options and decides what they leave open: an option wins over `REDIS_URL`, that over the preset.
 *
 * @throws InvalidConfigurationError naming every option that is wrong, its value (secrets masked) and what is allowed
 */
export function resolveOptions(told: JobsModuleOptions = {}, env: Environment = process.env): ResolvedOptions {
  return lookingAt('options', () => resolve(told, env));
}

function resolve(told: JobsModuleOptions, env: Environment): ResolvedOptions {
  const options = withRedisObject(told);
  const problems = findProblems(ModuleSchema, options);
  refuse(problems);
  refuse([
    ...redisProblems(options.redis),
    ...timingProblems(options),
    ...groupProblems(options),
    ...urlProblems(options, env),
  ]);
  const store = resolveStore(options, env);
  if (!('kind' in store)) {
    refuse(store);
    throw new TypeError('A store that cannot be resolved comes with its problems');
  }
  const preset = options.preset ?? (env['NODE_ENV'] === 'production' ? 'production' : 'development');
  const enabled = options.enabled ?? true;
  return {
    enabled,
    isGlobal: options.isGlobal ?? true,
    preset,
    store,
    globalEnhancers: options.handlers?.globalEnhancers ?? false,
    settings: engineSettings(options, preset),
    notices: enabled ? notices(options, store) : [],
  };
}

/** A URL alone is short for an object with it. */
function withRedisObject(options: JobsModuleOptions): ToldOptions {
  // What is told may be anything: the rules come after this.
  const redis: unknown = (options as JobsModuleOptions | null | undefined)?.redis;
  return typeof redis === 'string' ? { ...options, redis: { url: redis } } : (options as ToldOptions);
}

const MEMORY_NOTICE =
  "Jobs are kept in this process's memory: other processes do not see them, and a restart loses them. Set redis.url or REDIS_URL to keep them in Redis, or store: 'memory' to say that this is meant.";

function notices(options: ToldOptions, store: ResolvedStore): readonly string[] {
  if (store.kind === 'memory') {
    return options.store === undefined ? [MEMORY_NOTICE] : [];
  }
  const owned = ownedOptions(options.redis);
  return owned.length === 0
    ? []
    : [
        `${owned.join(', ')} ${owned.length === 1 ? 'is' : 'are'} decided by the engine itself: what the options say of it is left aside.`,
      ];
}

function engineSettings(options: JobsModuleOptions, preset: Preset): EngineSettings {
  const { lease, heartbeat } = timing(options);
  const defaults = jobDefaults(options.defaults ?? {});
  return {
    defaults: {
      ...defaults,
      retry: { attempts: PRESET_DEFAULTS[preset].attempts, ...defined(options.defaults?.retry) },
    },
    queues: new Map(
      Object.entries(options.queues ?? {}).map(([name, queue]) => [name, queueProfile(queue ?? {})] as const),
    ),
    maxPayloadSize: options.maxPayloadSize ?? DEFAULT_MAX_PAYLOAD_SIZE,
    lease,
    heartbeat,
    workers: options.enabled === false ? [] : workerGroups(options.worker, preset),
    shutdownDeadline: read(options.shutdown?.deadline, DEFAULT_SHUTDOWN_DEADLINE),
    submits: {
      patience: read(options.submits?.patience, DEFAULT_SUBMITS.patience),
      maxWaiting: options.submits?.maxWaiting ?? DEFAULT_SUBMITS.maxWaiting,
    },
    deadLetterWarning: options.deadLetterWarning ?? DEFAULT_DEAD_LETTER_WARNING,
    logSummary: summaryInterval(options, preset),
    middleware: withProviders(options.middleware ?? []),
    schedules: { ...DEFAULT_SCHEDULES, ...defined(options.schedules) },
  };
}

function summaryInterval({ log }: JobsModuleOptions, preset: Preset): number {
  return log?.summary === false ? 0 : read(log?.summary, PRESET_DEFAULTS[preset].summary);
}

function jobDefaults(options: JobDefaultsOptions): JobDefaults {
  return defined({
    queue: options.queue,
    priority: options.priority === undefined ? undefined : parsePriority(options.priority),
    timeout: options.timeout === undefined ? undefined : parseDuration(options.timeout),
    retry: options.retry === undefined ? undefined : defined(options.retry),
    maxCrashes: options.maxCrashes,
    retain: options.retain === undefined ? undefined : parseDuration(options.retain),
    expiresIn: options.expiresIn === undefined ? undefined : parseDuration(options.expiresIn),
  });
}

function queueProfile(options: QueueOptions): QueueProfile {
  const told = defined({
    concurrency: options.concurrency,
    maxDepth: options.maxDepth,
    maxScheduled: options.maxScheduled,
    onFull: options.onFull,
    retainAge: options.retain?.age === undefined ? undefined : parseDuration(options.retain.age),
    retainCount: options.retain?.count,
  });
  return {
    // A queue of which nothing is told that the store enforces keeps there whatever another process has said.
    ...(Object.keys(told).length === 0 ? {} : { settings: { ...DEFAULT_QUEUE_SETTINGS, ...told } }),
    defaults: jobDefaults(options.defaults ?? {}),
    ...(options.priorities === undefined
      ? {}
      : { priorities: [...new Set(options.priorities.map((priority) => parsePriority(priority)))] }),
    blockTimeout: read(options.blockTimeout, DEFAULT_BLOCK_TIMEOUT),
    ...(options.events === undefined ? {} : { events: options.events }),
  };
}

function workerGroups(worker: JobsModuleOptions['worker'], preset: Preset): readonly WorkerGroup[] {
  if (worker === false) {
    return [];
  }
  const groups: readonly WorkerOptions[] = Array.isArray(worker) ? worker : [worker ?? {}];
  const names = groupNames(groups);
  return groups.map(({ size, concurrency, queues }, index) => ({
    name: names[index] as string,
    size: size === 'cpus' ? availableParallelism() : (size ?? PRESET_DEFAULTS[preset].workers),
    concurrency: concurrency ?? DEFAULT_CONCURRENCY,
    queues: queueSelection(queues),
  }));
}

/** A group that is not named is a `worker`; with several groups, one with its number. */
function groupNames(groups: readonly WorkerOptions[]): readonly string[] {
  return groups.map(({ name }, index) => name ?? (groups.length === 1 ? 'worker' : `worker-${index + 1}`));
}

function queueSelection(queues: WorkerOptions['queues']): QueueSelection {
  if (queues === undefined) {
    return { order: 'all' };
  }
  return Array.isArray(queues)
    ? { order: 'strict', queues: [...(queues as readonly string[])] }
    : { order: 'weighted', weights: new Map(Object.entries(queues)) };
}

function timing({ lease, heartbeat }: JobsModuleOptions): { readonly lease: number; readonly heartbeat: number } {
  const leaseTime = read(lease, DEFAULT_LEASE);
  return { lease: leaseTime, heartbeat: read(heartbeat, Math.min(DEFAULT_HEARTBEAT, Math.floor(leaseTime / 3))) };
}

/** What is wrong between options that are each right: how lease and heartbeat go together. */
export function timingProblems(options: JobsModuleOptions): readonly Problem[] {
  const { lease, heartbeat } = timing(options);
  return heartbeat <= lease / 2
    ? []
    : [
        {
          path: 'heartbeat',
          value: options.heartbeat,
          allowed: `at most half the lease (${formatDuration(lease)}), or a longer lease: one missed heartbeat must not cost the jobs`,
        },
      ];
}

function groupProblems({ worker }: JobsModuleOptions): readonly Problem[] {
  if (!Array.isArray(worker)) {
    return [];
  }
  const names = groupNames(worker as readonly WorkerOptions[]);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: `worker[${index}].name`, value: name, allowed: 'a name that no other group has' }],
  );
}

function urlProblems(options: ToldOptions, env: Environment): readonly Problem[] {
  const url = env['REDIS_URL']?.trim() ?? '';
  return url === '' || !usesEnvironmentUrl(options)
    ? []
    : findProblems(RedisSchema, { url }).map((problem) => ({ ...problem, path: 'REDIS_URL' }));
}

function read(duration: Duration | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : parseDuration(duration);
}

function defined<T extends object>(value: T | undefined): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined)) as never;
}
