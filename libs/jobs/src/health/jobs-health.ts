import { Inject, Injectable } from '@nestjs/common';
import type { WorkerView } from '../domain/processes/worker-view.js';
import { BoundedLook, type Seen } from '../application/inspecting/bounded-look.js';
import { ableWorkers, type ProcessFacts, type QueueFacts, type StoreFacts } from './health-facts.js';
import { type HealthLevel, worstOf } from './health-level.js';
import {
  type HealthProblem,
  nobodyWorks,
  silentTooLong,
  slotsOverdue,
  stopping,
  storeAway,
  storeSlow,
  stuck,
  tooManyDeadLetters,
  tooManyPending,
  type Verdict,
  waitsTooLong,
} from './health-rules.js';
import type { HealthSettings } from './health-settings.js';
import { HealthSources } from './health-sources.js';
import { HEALTH_SETTINGS } from './tokens.js';

/** How one part is, and why. */
export interface PartHealth {
  readonly level: HealthLevel;
  /** What is wrong, worst first; none when the level is `up`. */
  readonly problems: readonly HealthProblem[];
}

export interface StoreHealth extends PartHealth {
  /** Absent while the store is away. */
  readonly store?: StoreFacts;
}

export interface QueuesHealth extends PartHealth {
  /** Each known queue by name; absent while the store is away. */
  readonly queues?: Readonly<Record<string, QueueHealth>>;
}

export interface QueueHealth extends Omit<QueueFacts, 'name'> {
  readonly level: HealthLevel;
  /** Workers of living processes that take its jobs; absent when they could not be seen. */
  readonly workers?: number;
}

export interface WorkersHealth extends PartHealth {
  /** False while the store is away: only this process is shown then. */
  readonly complete: boolean;
  readonly processes: readonly ProcessHealth[];
}

export interface ProcessHealth extends Omit<ProcessFacts, 'workers'> {
  readonly level: HealthLevel;
  readonly workers: readonly WorkerHealth[];
}

/** A worker with the time of its last heartbeat as text. */
export interface WorkerHealth extends Omit<WorkerView, 'lastHeartbeat'> {
  readonly lastHeartbeat?: string;
}

/** The store, the queues and the workers at once. */
export interface JobsHealthReport {
  readonly level: HealthLevel;
  readonly store: StoreHealth;
  readonly queues: QueuesHealth;
  readonly workers: WorkersHealth;
}

/** How the jobs of an application are: of the whole system, and of this process alone. Nothing here rejects, and all of it answers within the `timeout`. */
@Injectable()
export class JobsHealth {
  private readonly storeLook: BoundedLook<StoreFacts>;
  private readonly queuesLook: BoundedLook<readonly QueueFacts[]>;
  private readonly processesLook: BoundedLook<readonly ProcessFacts[]>;
  private readonly levels = new Map<string, HealthLevel>();

  constructor(
    private readonly sources: HealthSources,
    @Inject(HEALTH_SETTINGS) private readonly settings: HealthSettings,
  ) {
    const { timeout, freshFor } = settings;
    const bounded = <T>(look: () => Promise<T>): BoundedLook<T> =>
      new BoundedLook(sources.clock, look, timeout, freshFor);
    this.storeLook = bounded(() => sources.store());
    this.processesLook = bounded(() => sources.processes());
    this.queuesLook = bounded(async () => {
      const processes = await this.processesLook.see();
      return sources.queues((queue) => !processes.known || ableWorkers(processes.value, queue) > 0);
    });
  }

  /** The whole system. */
  async report(): Promise<JobsHealthReport> {
    const [store, queues, workers] = await Promise.all([this.store(), this.queues(), this.workers()]);
    return { level: worstOf([store.level, queues.level, workers.level]), store, queues, workers };
  }

  /** Whether the store answers, and how fast. */
  async store(): Promise<StoreHealth> {
    const seen = await this.storeLook.see();
    const { system } = this.settings;
    return this.judged(
      'store',
      [storeAway(seen, system), storeSlow(seen, system)],
      seen.known ? { store: seen.value } : {},
    );
  }

  /** Each queue: what waits in it, for how long, and whether anyone works it. */
  async queues(): Promise<QueuesHealth> {
    const [seen, processes] = await Promise.all([this.queuesLook.see(), this.processesLook.see()]);
    if (!seen.known) {
      return this.judged('queues', [storeAway(seen, this.settings.system, 'queues')], {});
    }
    const judged = seen.value.map((queue) => ({ queue, problems: this.problemsOf(queue, processes) }));
    const queues = judged.map(({ queue: { name, ...facts }, problems }): [string, QueueHealth] => [
      name,
      {
        level: worstOf(problems.map(({ level }) => level)),
        ...facts,
        ...(processes.known ? { workers: ableWorkers(processes.value, name) } : {}),
      },
    ]);
    const unseen = storeAway(processes, this.settings.system, 'processes');
    return this.judged('queues', [unseen, ...judged.flatMap(({ problems }) => problems)], {
      queues: Object.fromEntries(queues),
    });
  }

  /** Each worker of every process; those of this process alone while the store is away. */
  async workers(): Promise<WorkersHealth> {
    const seen = await this.processesLook.see();
    const processes = seen.known ? seen.value : [this.sources.thisProcess()];
    const { system } = this.settings;
    const judged = processes.map((process) => ({
      process,
      problems: found([silentTooLong(process, system), slotsOverdue(process, system), stuck(process, 'degraded')]),
    }));
    return this.judged(
      'workers',
      [storeAway(seen, system, 'processes'), ...judged.flatMap(({ problems }) => problems)],
      {
        complete: seen.known,
        processes: judged.map(({ process, problems }) => ({
          level: worstOf(problems.map(({ level }) => level)),
          ...process,
          workers: process.workers.map(toWorkerHealth),
        })),
      },
    );
  }

  /** Whether this process can take work of its callers: it is not shutting down, and its store answers. */
  async ready(): Promise<PartHealth> {
    const store = await this.storeLook.see();
    return this.judged('ready', [stopping(this.sources.isStopping), storeAway(store, this.settings.system)], {});
  }

  /** Whether this process is worth keeping: only what a restart would cure makes it `down`. Never asks the store. */
  live(): PartHealth {
    return this.judged('live', [stuck(this.sources.thisProcess(), 'down')], {});
  }

  private problemsOf(queue: QueueFacts, processes: Seen<readonly ProcessFacts[]>): readonly HealthProblem[] {
    const limits = this.settings.queues.get(queue.name) ?? this.settings.queue;
    return found([
      tooManyPending(queue, limits),
      waitsTooLong(queue, limits),
      // Who cannot be seen may well be there.
      processes.known ? nobodyWorks(queue, processes.value, limits) : undefined,
      tooManyDeadLetters(queue, limits),
    ]);
  }

  private judged<F extends object>(part: string, verdicts: readonly Verdict[], facts: F): PartHealth & F {
    const problems = found(verdicts);
    const level = worstOf(problems.map((problem) => problem.level));
    this.tell(part, level, problems);
    return { level, problems, ...facts };
  }

  /** Logs a level that is not what it was when last asked for. */
  private tell(part: string, level: HealthLevel, problems: readonly HealthProblem[]): void {
    const before = this.levels.get(part) ?? 'up';
    this.levels.set(part, level);
    if (level === before) {
      return;
    }
    if (level === 'up') {
      this.sources.log.info(`Health: ${part} is up again`);
    } else {
      this.sources.log.warn(`Health: ${part} is ${level}: ${problems.map(({ message }) => message).join('; ')}`);
    }
  }
}

/** What is wrong, worst first. */
function found(verdicts: readonly Verdict[]): readonly HealthProblem[] {
  const problems = verdicts.filter((verdict) => verdict !== undefined);
  return [...problems.filter(({ level }) => level === 'down'), ...problems.filter(({ level }) => level !== 'down')];
}

function toWorkerHealth({ lastHeartbeat, ...worker }: WorkerView): WorkerHealth {
  return {
    ...worker,
    ...(lastHeartbeat === undefined ? {} : { lastHeartbeat: new Date(lastHeartbeat).toISOString() }),
  };
}
