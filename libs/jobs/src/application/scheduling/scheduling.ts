import { Inject, Injectable } from '@nestjs/common';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { DeclaredSchedules } from './declared-schedules.js';
import { Scheduler } from './scheduler.js';
import { UndeclaredWatch } from './undeclared-watch.js';

/** What a process does about schedules, from its boot to its end. */
@Injectable()
export class Scheduling {
  private closed = false;

  constructor(
    private readonly declared: DeclaredSchedules,
    private readonly scheduler: Scheduler,
    private readonly undeclared: UndeclaredWatch,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /** Declares what the code declares, and fires where this process is to. @throws as {@link DeclaredSchedules.declare} */
  async start(): Promise<void> {
    await this.declared.declare();
    const { schedules, workers } = this.settings;
    if (schedules.enabled && (workers.length > 0 || schedules.withoutWorkers) && !this.closed) {
      await this.scheduler.start();
      this.undeclared.start();
    }
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.undeclared.stop();
    await this.scheduler.stop();
  }
}
