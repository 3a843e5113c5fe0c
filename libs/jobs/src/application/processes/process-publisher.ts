import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import type { ProcessRecord } from '../../domain/processes/process-record.js';
import { type Hearing, hearChanges } from '../hear-changes.js';
import { Clock } from '../ports/clock.js';
import { Log } from '../ports/log.js';
import { Notifier } from '../ports/notifier.js';
import { type NumberedOrder, ProcessDirectory, type SystemNews } from '../ports/process-directory.js';
import { type EngineSettings, lookAgainAfter } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import { WorkerPool } from '../working/worker-pool.js';

/** Milliseconds between two heartbeats of a process, at most. */
const LONGEST_HEARTBEAT = 5_000;

/** Heartbeats are spread by this share, so that processes started together do not beat together. */
const JITTER = 0.1;

/** Milliseconds in which changes of several workers gather into one record. */
const GATHERED = 50;

/** Tells the system what this process is and does, and does what it is asked of its workers in return. */
@Injectable()
export class ProcessPublisher {
  private readonly heartbeat: number;
  private schedules: readonly string[] = [];
  private startedAt = 0;
  private obeyed = 0;
  private callOff: (() => void) | undefined;
  private hearing: Hearing | undefined;
  private state: 'idle' | 'open' | 'closed' = 'idle';
  private publishing: Promise<void> | undefined;
  private soon = false;
  private listeners: ((news: SystemNews) => void)[] = [];

  constructor(
    private readonly directory: ProcessDirectory,
    private readonly notifier: Notifier,
    private readonly pool: WorkerPool,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {
    this.heartbeat = lookAgainAfter(settings, Math.min(settings.heartbeat, LONGEST_HEARTBEAT));
  }

  /** Publishes from now on: at once, with every heartbeat, and when a worker's state changes. */
  async start(): Promise<void> {
    if (this.state !== 'idle') {
      return;
    }
    this.state = 'open';
    this.startedAt = this.clock.now();
    this.pool.onChanged(() => this.hasten());
    if (this.pool.all().length > 0) {
      const otherwise = 'Orders to workers come with the heartbeat only';
      this.hearing = hearChanges(this.notifier, 'orders', () => this.hasten(), this.log, otherwise);
      await this.hearing.ready;
    }
    this.beat();
  }

  /** Calls back with what the store says to each heartbeat. */
  onNews(listener: (news: SystemNews) => void): void {
    this.listeners = [...this.listeners, listener];
  }

  /** What this process's code declares; told with the next heartbeat. */
  declareSchedules(ids: readonly string[]): void {
    this.schedules = ids;
    this.hasten();
  }

  /** Publishes no more, and takes back what was published. */
  async stop(): Promise<void> {
    const wasOpen = this.state === 'open';
    this.state = 'closed';
    this.callOff?.();
    if (wasOpen) {
      await this.publishing;
      await Promise.all([this.hearing?.end(), this.directory.retire(this.holder)]);
    }
  }

  /** Something has changed that others should see before the next heartbeat. */
  private hasten(): void {
    if (this.state === 'open' && !this.soon) {
      this.soon = true;
      this.callOff?.();
      this.callOff = this.clock.after(GATHERED, () => this.beat(), { background: true });
    }
  }

  private beat(): void {
    this.soon = false;
    this.publishing = (this.publishing ?? Promise.resolve()).then(() => this.publish());
    void this.publishing.then(() => {
      if (this.state === 'open' && !this.soon) {
        const pause = Math.round(this.heartbeat * (1 - JITTER * Math.random()));
        this.callOff?.();
        this.callOff = this.clock.after(pause, () => this.beat(), { background: true });
      }
    });
  }

  private async publish(): Promise<void> {
    if (this.state !== 'open') {
      return;
    }
    try {
      const news = await this.directory.publish(this.record(), this.obeyed);
      news.orders.forEach((order) => this.obey(order));
      this.listeners.forEach((listener) => listener(news));
    } catch (error) {
      // A store that is away is reported by who works with it; the next heartbeat says it all again.
      this.log.warn(`This process could not say that it lives: ${toError(error).message}`);
    }
  }

  private obey({ number, worker: id, order }: NumberedOrder): void {
    if (number <= this.obeyed) {
      return;
    }
    this.obeyed = number;
    const worker = this.pool.worker(id);
    if (worker !== undefined) {
      this.log.info(`Worker '${worker.name}' is told to ${order}`, { worker: worker.id });
      worker[order]();
    }
    this.hasten();
  }

  private record(): ProcessRecord {
    return {
      holder: this.holder,
      host: hostname(),
      pid: process.pid,
      startedAt: this.startedAt,
      heartbeat: this.heartbeat,
      queues: this.pool.queues(),
      workers: this.pool.publishedWorkers(),
      schedules: this.schedules,
    };
  }
}
