import { Inject, Injectable } from '@nestjs/common';
import { AttemptTally } from '../attempts/attempt-tally.js';
import { formatDuration } from '../../domain/duration.js';
import { quantile } from '../../domain/history/duration-histogram.js';
import { Clock } from '../ports/clock.js';
import { JobInspector } from '../ports/job-inspector.js';
import { Log, type LogFields } from '../ports/log.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { WorkerPool } from '../working/worker-pool.js';

/** Queues that a line names, at most: those in which most waits. */
const NAMED = 10;

/**
 * Says in one line, now and then, what this process has done and what waits in its queues. When nothing happened and
 * nothing waits it says so once, and is silent until there is something.
 */
@Injectable()
export class LogSummary {
  private callOff: (() => void) | undefined;
  private quiet = false;

  constructor(
    private readonly tally: AttemptTally,
    private readonly inspector: JobInspector,
    private readonly pool: WorkerPool,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /** Does nothing unless the settings say how often. */
  start(): void {
    const { logSummary = 0 } = this.settings;
    if (logSummary > 0) {
      this.tally.start();
      this.schedule(logSummary);
    }
  }

  stop(): void {
    this.callOff?.();
    this.callOff = undefined;
  }

  private schedule(interval: number): void {
    this.callOff = this.clock.after(
      interval,
      () => {
        void this.say(interval).finally(() => {
          if (this.callOff !== undefined) {
            this.schedule(interval);
          }
        });
      },
      { background: true },
    );
  }

  private async say(interval: number): Promise<void> {
    const done = this.doneIn(interval);
    const waiting = await this.waiting().catch(() => undefined); // the ticker reports a store that is away
    const isQuiet =
      done['completed'] === 0 && done['failed'] === 0 && done['retried'] === 0 && waiting?.['waiting'] === 0;
    if (!isQuiet || !this.quiet) {
      this.log.info(`Jobs in the last ${formatDuration(interval)}`, { ...done, ...waiting, ...this.workers() });
    }
    this.quiet = isQuiet;
  }

  private doneIn(interval: number): LogFields {
    const { completed, retried, failed, durations } = this.tally.take();
    const p95 = quantile(durations, 0.95);
    return {
      completed,
      retried,
      failed,
      perSecond: Number(((completed * 1_000) / interval).toPrecision(3)),
      ...(p95 === undefined ? {} : { p95: formatDuration(Number(p95.toPrecision(2))) }),
    };
  }

  private async waiting(): Promise<LogFields> {
    const queues = await Promise.all(
      this.pool.queues().map(async (queue) => ({ queue, ...(await this.inspector.counts(queue)).byState })),
    );
    const busiest = queues
      .filter(({ pending }) => pending > 0)
      .sort((a, b) => b.pending - a.pending)
      .slice(0, NAMED);
    return {
      waiting: queues.reduce((sum, { pending }) => sum + pending, 0),
      ...(busiest.length === 0 ? {} : { queues: busiest.map(({ queue, pending }) => `${queue}:${pending}`).join(',') }),
      deadLetters: queues.reduce((sum, { failed }) => sum + failed, 0),
    };
  }

  private workers(): LogFields {
    const slots = this.pool.teams.reduce((sum, team) => sum + team.slots, 0);
    const busy = this.pool.all().reduce((sum, { running }) => sum + running.size, 0);
    return { busy, idle: Math.max(0, slots - busy) };
  }
}
