import { Inject, Injectable } from '@nestjs/common';
import type { Json } from '../../domain/job.js';
import { MAX_LOG_LINES } from '../../domain/job.js';
import type { Attempt } from './attempt.js';
import { Clock } from '../ports/clock.js';
import { JobStore, type Report } from '../ports/job-store.js';
import { Log } from '../ports/log.js';
import { HOLDER } from '../tokens.js';

/** Milliseconds that progress and log lines gather before they travel. */
export const REPORT_INTERVAL = 100;

const MAX_LINE = 2_000;

interface Pending {
  progress?: Json;
  log: string[];
}

/**
 * Takes progress and log lines to the store, gathered: of an attempt's progress only the latest, of its lines the last
 * hundred. They are worth less than the job: what the store does not take is dropped with a warning.
 */
@Injectable()
export class ReportBuffer {
  private readonly pending = new Map<Attempt, Pending>();
  private scheduled = false;

  constructor(
    private readonly store: JobStore,
    private readonly clock: Clock,
    private readonly log_: Log,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  progress(attempt: Attempt, progress: Json): void {
    this.entry(attempt).progress = progress;
  }

  log(attempt: Attempt, message: string): void {
    const { log } = this.entry(attempt);
    log.push(message.length > MAX_LINE ? `${message.slice(0, MAX_LINE - 1)}…`.toWellFormed() : message.toWellFormed());
    if (log.length > MAX_LOG_LINES) {
      log.shift();
    }
  }

  /** True while something of the attempt has not been sent. */
  has(attempt: Attempt): boolean {
    return this.pending.has(attempt);
  }

  /** Sends what has gathered, of one queue or of all: one queue does not wait for the store of another. Never rejects. */
  async flush(queue?: string): Promise<void> {
    const byQueue = new Map<string, Report[]>();
    for (const [attempt, { progress, log }] of this.pending) {
      if (queue !== undefined && attempt.queue !== queue) {
        continue;
      }
      this.pending.delete(attempt);
      const reports = byQueue.get(attempt.queue) ?? [];
      byQueue.set(attempt.queue, reports);
      reports.push({
        id: attempt.job.id,
        token: attempt.token,
        attempt: attempt.job.attempt,
        ...(progress === undefined ? {} : { progress }),
        ...(log.length === 0 ? {} : { log }),
      });
    }
    await Promise.all(
      [...byQueue].map(([queue, reports]) =>
        this.store.report({ queue, holder: this.holder, reports }).catch((error: unknown) => {
          this.log_.warn(`Progress and log lines of ${reports.length} jobs were lost: ${String(error)}`, { queue });
        }),
      ),
    );
  }

  private entry(attempt: Attempt): Pending {
    let entry = this.pending.get(attempt);
    if (entry === undefined) {
      entry = { log: [] };
      this.pending.set(attempt, entry);
      this.schedule();
    }
    return entry;
  }

  private schedule(): void {
    if (!this.scheduled) {
      this.scheduled = true;
      this.clock.after(
        REPORT_INTERVAL,
        () => {
          this.scheduled = false;
          void this.flush();
        },
        { background: true },
      );
    }
  }
}
