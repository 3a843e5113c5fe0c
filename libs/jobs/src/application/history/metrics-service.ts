import { Injectable } from '@nestjs/common';
import { type Duration, parseDuration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { JobFigures } from '../../domain/history/job-figures.js';
import { refuseUnknownKeys } from '../../domain/options/known-keys.js';
import { checkName } from '../../domain/names.js';
import { HISTORY_KEPT, MINUTE } from '../ports/history-store.js';
import { parseTime } from '../submitting/submit-options.js';
import { HistoryReader, type SeriesFilter } from './history-reader.js';
import { type JobSummary, summaryOf } from './job-summary.js';

/** Which jobs a summary is of. */
export interface SummaryFilter {
  /** Default: all queues. */
  readonly queue?: string;
  /** Default: all types. */
  readonly type?: string;
  /** How far back, as a duration, or from when, as a `Date`; a day at most. Default: `1h`. */
  readonly since?: Duration | Date;
}

/** Which points a history has. */
export interface HistoryFilter {
  /** Default: all queues. */
  readonly queue?: string;
  /** Default: all types. */
  readonly type?: string;
  /** The minute that it begins with. Default: an hour before `to`. */
  readonly from?: Date | number;
  /** Minutes that begin before this time. Default: now. */
  readonly to?: Date | number;
  /** What a point is of: whole minutes. Default: `1m`. */
  readonly step?: Duration;
}

/** A summary, and the span it is of. */
export interface SpanSummary extends JobSummary {
  readonly from: Date;
  readonly to: Date;
}

/** A summary of one job type in one queue. */
export interface SeriesSummary extends JobSummary {
  readonly queue: string;
  readonly type: string;
}

/** A step of a history. */
export interface HistoryPoint extends JobSummary {
  /** When it begins. */
  readonly at: Date;
}

const HOUR = 60 * MINUTE;

/**
 * What happened to jobs in the last day, minute by minute, over all processes that have `JobsHistoryModule`: counts,
 * rates, and quantiles of waits and durations.
 *
 * Other processes tell theirs every ten seconds, so the last minute may still grow.
 */
@Injectable()
export class MetricsService {
  constructor(private readonly reader: HistoryReader) {}

  /** Everything that is asked for in one summary. @throws InvalidOptionError, StoreUnavailableError */
  async summary(filter: SummaryFilter = {}): Promise<SpanSummary> {
    const { from, to, series } = this.sinceOf(filter);
    const figures = new JobFigures();
    for (const minute of await this.reader.read(from, to, series)) {
      figures.add(minute);
    }
    return { from: new Date(from), to: new Date(to), ...summaryOf(figures, (to - from) / MINUTE) };
  }

  /** A summary of each job type in each queue, by their names. @throws InvalidOptionError, StoreUnavailableError */
  async series(filter: SummaryFilter = {}): Promise<readonly SeriesSummary[]> {
    const { from, to, series } = this.sinceOf(filter);
    const found = new Map<string, { readonly queue: string; readonly type: string; readonly figures: JobFigures }>();
    for (const minute of await this.reader.read(from, to, series)) {
      const { queue, type } = minute;
      const name = `${queue}\n${type}`;
      const each = found.get(name) ?? { queue, type, figures: new JobFigures() };
      each.figures.add(minute);
      found.set(name, each);
    }
    return [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { queue, type, figures }]) => ({ queue, type, ...summaryOf(figures, (to - from) / MINUTE) }));
  }

  /**
   * A summary of each step of a span, oldest first; where nothing happened its counts are 0.
   *
   * @throws InvalidOptionError, StoreUnavailableError
   */
  async history(filter: HistoryFilter = {}): Promise<readonly HistoryPoint[]> {
    refuseUnknownKeys(filter, ['queue', 'type', 'from', 'to', 'step']);
    const now = this.reader.now();
    const to = filter.to === undefined ? now : Math.min(parseTime(filter.to, 'to'), now);
    const asked = filter.from === undefined ? to - HOUR : parseTime(filter.from, 'from');
    const from = minuteOf(Math.max(asked, now - HISTORY_KEPT));
    const step = stepOf(filter.step ?? '1m');
    const steps: JobFigures[] = Array.from(
      { length: Math.max(0, Math.ceil((to - from) / step)) },
      () => new JobFigures(),
    );
    for (const minute of await this.reader.read(from, to, seriesOf(filter))) {
      steps[Math.floor((minute.minute - from) / step)]?.add(minute);
    }
    return steps.map((figures, index) => {
      const at = from + index * step;
      return { at: new Date(at), ...summaryOf(figures, Math.min(step, to - at) / MINUTE) };
    });
  }

  private sinceOf(filter: SummaryFilter): {
    readonly from: number;
    readonly to: number;
    readonly series: SeriesFilter;
  } {
    refuseUnknownKeys(filter, ['queue', 'type', 'since']);
    const { since = '1h' } = filter;
    const to = this.reader.now();
    const asked = since instanceof Date ? parseTime(since, 'since') : to - parseDuration(since, 'since');
    const from = minuteOf(Math.max(Math.min(asked, to), to - HISTORY_KEPT));
    return { from, to, series: seriesOf(filter) };
  }
}

/** The start of its minute: a span begins with a whole one. */
function minuteOf(time: number): number {
  return Math.floor(time / MINUTE) * MINUTE;
}

function seriesOf({ queue, type }: SeriesFilter): SeriesFilter {
  return {
    queue: queue === undefined ? undefined : checkName(queue, 'queue'),
    type: type === undefined ? undefined : checkName(type, 'type'),
  };
}

function stepOf(step: Duration): number {
  const milliseconds = parseDuration(step, 'step');
  if (milliseconds < MINUTE || milliseconds > HISTORY_KEPT || milliseconds % MINUTE !== 0) {
    throw new InvalidOptionError('step', step, "whole minutes from '1m' to '1d'");
  }
  return milliseconds;
}
