import { Inject, Injectable } from '@nestjs/common';
import { HandlerRegistry } from '../handlers/handler-registry.js';
import { queueOrder } from './queue-order.js';
import type { EngineSettings, WorkerGroup } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import { PUBLISHED_JOBS, type WorkerView } from '../../domain/processes/worker-view.js';
import { Worker } from './worker.js';
import { WorkerTeam } from './worker-team.js';

/** The workers of this process. */
@Injectable()
export class WorkerPool {
  readonly teams: readonly WorkerTeam[];
  private listeners: (() => void)[] = [];
  private heartbeatAt: number | undefined;
  private numbered = 0;
  private state: 'idle' | 'started' | 'stopped' = 'idle';

  constructor(
    @Inject(ENGINE_SETTINGS) settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
    registry: HandlerRegistry,
  ) {
    this.teams = settings.workers.map(({ name, size, concurrency, queues }) => {
      const order = queueOrder(queues, () => registry.queues());
      const team = new WorkerTeam(name, order, concurrency, (number, slots) => this.hire(name, number, slots));
      team.resize(size, concurrency);
      return team;
    });
  }

  /** Every worker begins to take jobs, and so do those that come later. */
  start(): void {
    this.state = 'started';
    this.all().forEach((worker) => worker.start());
  }

  /** No worker takes jobs ever again, and none comes. */
  stop(): void {
    this.state = 'stopped';
    this.all().forEach((worker) => worker.stop());
  }

  /**
   * The group has so many workers, and each runs so many jobs at once, from now on. Those that are too many end what they
   * run, and go. Nothing happens where there is no such group, or the process is stopping.
   */
  resize(group: string, size: number, concurrency: number): void {
    const team = this.teams.find(({ name }) => name === group);
    if (team === undefined || this.state === 'stopped') {
      return;
    }
    const hired = team.resize(size, concurrency);
    if (this.state === 'started') {
      hired.forEach((worker) => worker.start());
    }
  }

  /** How many workers the group is to have, and how many jobs each is to run at once; `undefined` for no group. */
  sizeOf(group: string): Pick<WorkerGroup, 'size' | 'concurrency'> | undefined {
    return this.teams.find(({ name }) => name === group)?.size;
  }

  /** Every worker of this process as it is now. */
  workers(): readonly WorkerView[] {
    return this.all().map((worker) => worker.view());
  }

  /** The same, with as many of their jobs as other processes are told of. */
  publishedWorkers(): readonly WorkerView[] {
    return this.workers().map((worker) => ({ ...worker, currentJobs: worker.currentJobs.slice(0, PUBLISHED_JOBS) }));
  }

  /** The worker with this id or name, to pause, resume or stop. */
  worker(idOrName: string): Worker | undefined {
    return this.all().find(({ id, name }) => id === idOrName || name === idOrName);
  }

  /** The team that a worker of this process belongs to. */
  teamOf(worker: Worker): WorkerTeam | undefined {
    return this.teams.length === 1 ? this.teams[0] : this.teams.find(({ name }) => name === worker.group);
  }

  all(): readonly Worker[] {
    return this.teams.flatMap(({ workers }) => workers);
  }

  /** The queues that any of the workers works. */
  queues(): readonly string[] {
    return [...new Set(this.teams.flatMap(({ order }) => order.queues()))];
  }

  /** Slots, busy or not, of those who work the queue. */
  slotsFor(queue: string): number {
    return this.teamsOf(queue).reduce((sum, { slots }) => sum + slots, 0);
  }

  /** The queue's share of the slots that are free. */
  roomFor(queue: string): number {
    return this.teamsOf(queue).reduce(
      (sum, { freeSlots, order }) => sum + Math.ceil(freeSlots / order.queues().length),
      0,
    );
  }

  /** Calls back whenever a worker's state changes. */
  onChanged(listener: () => void): void {
    this.listeners = [...this.listeners, listener];
  }

  /** The process has just reached the store. @param at epoch milliseconds */
  beat(at: number): void {
    this.heartbeatAt = at;
  }

  private teamsOf(queue: string): readonly WorkerTeam[] {
    return this.teams.filter(({ order }) => order.queues().includes(queue));
  }

  private hire(group: string, number: number, concurrency: number): Worker {
    return new Worker(
      `${this.holder}#${++this.numbered}`,
      `${group}-${number}`,
      group,
      concurrency,
      () => this.changed(),
      () => this.heartbeatAt,
    );
  }

  private changed(): void {
    this.teams.forEach((team) => team.tidy());
    for (const listener of this.listeners) {
      listener();
    }
  }
}
