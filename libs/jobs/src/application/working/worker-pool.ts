import { Inject, Injectable } from '@nestjs/common';
import { HandlerRegistry } from '../handlers/handler-registry.js';
import { type QueueOrder, queueOrder } from './queue-order.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import type { WorkerView } from '../../domain/worker-view.js';
import { Worker } from './worker.js';

/** Workers that are alike, and the order in which they choose among their queues. */
export class WorkerTeam {
  private turn = 0;

  constructor(
    readonly name: string,
    readonly order: QueueOrder,
    readonly workers: readonly Worker[],
  ) {}

  get freeSlots(): number {
    let free = 0;
    for (const worker of this.workers) {
      free += worker.free;
    }
    return free;
  }

  /** Slots of workers that take jobs, busy or not. */
  get slots(): number {
    let slots = 0;
    for (const worker of this.workers) {
      slots += worker.state === 'running' ? worker.concurrency : 0;
    }
    return slots;
  }

  /** A worker with a free slot, in turn, so that the work spreads. */
  nextFree(): Worker | undefined {
    for (let tried = 0; tried < this.workers.length; tried++) {
      const worker = this.workers[this.turn++ % this.workers.length];
      if (worker !== undefined && worker.free > 0) {
        return worker;
      }
    }
    return undefined;
  }
}

/** The workers of this process. */
@Injectable()
export class WorkerPool {
  readonly teams: readonly WorkerTeam[];
  private listeners: (() => void)[] = [];
  private heartbeatAt: number | undefined;

  constructor(
    @Inject(ENGINE_SETTINGS) settings: EngineSettings,
    @Inject(HOLDER) holder: string,
    registry: HandlerRegistry,
  ) {
    let number = 0;
    this.teams = settings.workers.map(
      (group) =>
        new WorkerTeam(
          group.name,
          queueOrder(group.queues, () => registry.queues()),
          Array.from(
            { length: group.size },
            (_, index) =>
              new Worker(
                `${holder}#${++number}`,
                `${group.name}-${index + 1}`,
                group.name,
                group.concurrency,
                () => this.changed(),
                () => this.heartbeatAt,
              ),
          ),
        ),
    );
  }

  /** Every worker of this process as it is now. */
  workers(): readonly WorkerView[] {
    return this.all().map((worker) => worker.view());
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

  private changed(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }
}
