import { Injectable } from '@nestjs/common';
import { bucketOf, type Histogram, newHistogram } from '../../domain/history/duration-histogram.js';
import type { OutcomeKind } from '../../domain/outcome.js';

/** Attempts that ended in this process since they were last asked for. */
export interface AttemptCounts {
  readonly completed: number;
  /** Failed, and retried. */
  readonly retried: number;
  /** Failed, and given up. */
  readonly failed: number;
  /** How long they took. */
  readonly durations: Histogram;
}

/** Counts attempts as they end, while somebody asks for it: a few additions each, and no event that would have to be made. */
@Injectable()
export class AttemptTally {
  private counting = false;
  private completed = 0;
  private retried = 0;
  private failed = 0;
  private durations = newHistogram();

  start(): void {
    this.counting = true;
  }

  count(outcome: OutcomeKind, duration: number): void {
    if (!this.counting) {
      return;
    }
    if (outcome === 'completed') {
      this.completed++;
    } else if (outcome === 'retry') {
      this.retried++;
    } else if (outcome === 'failed') {
      this.failed++;
    } else {
      return;
    }
    const bucket = bucketOf(duration);
    this.durations[bucket] = (this.durations[bucket] as number) + 1;
  }

  /** What was counted, and begins again at nothing. */
  take(): AttemptCounts {
    const { completed, retried, failed, durations } = this;
    this.completed = 0;
    this.retried = 0;
    this.failed = 0;
    this.durations = newHistogram();
    return { completed, retried, failed, durations };
  }
}
