import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import { JobInspector } from '../ports/job-inspector.js';
import { Log } from '../ports/log.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { WorkerPool } from '../working/worker-pool.js';

const INTERVAL = 60_000;

/** Warns when a queue's dead letters, which are kept until someone purges them, pass a number; and again when it doubles. */
@Injectable()
export class DeadLetterWatch {
  private callOff: (() => void) | undefined;
  private readonly warnedAt = new Map<string, number>();

  constructor(
    private readonly inspector: JobInspector,
    private readonly pool: WorkerPool,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  start(): void {
    this.callOff = this.clock.after(
      INTERVAL,
      () => {
        void this.look().finally(() => {
          if (this.callOff !== undefined) {
            this.start();
          }
        });
      },
      { background: true },
    );
  }

  stop(): void {
    this.callOff?.();
    this.callOff = undefined;
  }

  private async look(): Promise<void> {
    for (const queue of this.pool.queues()) {
      const failed = await this.inspector.counts(queue).then(
        ({ byState }) => byState.failed,
        () => 0, // the ticker reports a store that is away
      );
      if (failed < this.settings.deadLetterWarning) {
        this.warnedAt.delete(queue); // somebody has tidied up: the next time is news again
      }
      const limit = Math.max(this.settings.deadLetterWarning, 2 * (this.warnedAt.get(queue) ?? 0));
      if (failed >= limit && failed > 0) {
        this.warnedAt.set(queue, failed);
        this.log.warn(`Queue '${queue}' has ${failed} dead letters; look at them, retry or purge them`, {
          queue,
          failed,
        });
      }
    }
  }
}
