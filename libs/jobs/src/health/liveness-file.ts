import { rename, rm, writeFile } from 'node:fs/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { toError } from '../domain/failure.js';
import { type HealthLevel, worstOf } from './health-level.js';
import type { HealthSettings, LivenessFileSettings } from './health-settings.js';
import { HealthSources } from './health-sources.js';
import { JobsHealth } from './jobs-health.js';
import { HEALTH_SETTINGS } from './tokens.js';

/** What the file holds, in one line of JSON. */
export interface LivenessRecord {
  /** When it was written, as ISO 8601. */
  readonly time: string;
  readonly level: HealthLevel;
  readonly pid: number;
}

/**
 * Renews a file for as long as this process is worth keeping, so that one without HTTP can be watched from outside. It grows
 * old when the event loop is blocked, when every slot is held by handlers that should have ended, and when the store has been
 * away for longer than the patience.
 */
@Injectable()
export class LivenessFile implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly file: LivenessFileSettings | undefined;
  private callOff: (() => void) | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private state: 'idle' | 'open' | 'closed' = 'idle';
  /** Monotonic time at which the store last answered. */
  private reachedAt = 0;

  constructor(
    private readonly health: JobsHealth,
    private readonly sources: HealthSources,
    @Inject(HEALTH_SETTINGS) settings: HealthSettings,
  ) {
    this.file = settings.livenessFile;
  }

  /** What a process before this one left says nothing of this one. @throws when it cannot be removed, which stops the boot */
  async onModuleInit(): Promise<void> {
    if (this.file !== undefined) {
      await rm(this.file.path, { force: true });
    }
  }

  /** Writes it for the first time. @throws when it cannot be written, which stops the boot */
  async onApplicationBootstrap(): Promise<void> {
    if (this.file !== undefined) {
      this.state = 'open';
      this.reachedAt = this.sources.clock.monotonic();
      await this.write(this.file, this.health.live().level);
      this.plan(this.file);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.state = 'closed';
    this.callOff?.();
    await this.renewing;
    if (this.file !== undefined) {
      await rm(this.file.path, { force: true });
    }
  }

  private plan(file: LivenessFileSettings): void {
    this.callOff = this.sources.clock.after(
      file.interval,
      () => {
        this.renewing = this.renew(file).catch((error: unknown) =>
          this.sources.log.error(`The liveness file could not be written: ${toError(error).message}`, error),
        );
        void this.renewing.then(() => {
          if (this.state === 'open') {
            this.plan(file);
          }
        });
      },
      { background: true },
    );
  }

  private async renew(file: LivenessFileSettings): Promise<void> {
    const now = this.sources.clock.monotonic();
    const [live, { store }] = [this.health.live(), await this.health.store()];
    if (store !== undefined) {
      this.reachedAt = now;
    }
    if (live.level !== 'down' && now - this.reachedAt <= file.patience) {
      await this.write(file, worstOf([live.level, store === undefined ? 'degraded' : 'up']));
    }
  }

  /** Whoever reads it sees the line before or this one, whole. */
  private async write({ path }: LivenessFileSettings, level: HealthLevel): Promise<void> {
    const record: LivenessRecord = {
      time: new Date(this.sources.clock.now()).toISOString(),
      level,
      pid: process.pid,
    };
    const written = `${path}.${process.pid}.tmp`;
    await writeFile(written, `${JSON.stringify(record)}\n`);
    await rename(written, path);
  }
}
