import type { SeriesFigures } from '../../domain/history/job-figures.js';

/**
 * What happened to jobs, minute by minute, added up over all processes and kept for {@link HISTORY_KEPT}.
 *
 * A minute keeps a bounded number of series (job types in queues); what comes beyond is added to one that is called
 * `OTHER`.
 */
export abstract class HistoryStore {
  /**
   * Adds what a process has counted in one minute, once, however often it is called with the same delta; minutes that
   * are too old are forgotten.
   *
   * @throws StoreUnavailableError, StoreFullError: to be called again with the same delta, before the recorder's next
   */
  abstract add(delta: HistoryDelta): Promise<StoreTime>;

  /** The figures of each series and minute in a span, oldest first; what has none is left out. */
  abstract read(query: HistoryQuery): Promise<readonly MinuteFigures[]>;
}

/** How long a minute is kept, in milliseconds. */
export const HISTORY_KEPT = 86_400_000;

/** Milliseconds. */
export const MINUTE = 60_000;

/** The store's clock, epoch milliseconds. */
export interface StoreTime {
  readonly now: number;
}

export interface HistoryDelta {
  /** One boot of one process, in few characters. */
  readonly recorder: string;
  /** Grows with each delta of a recorder. */
  readonly number: number;
  /** The minute's start, epoch milliseconds. */
  readonly minute: number;
  /** Series that a minute keeps, at most. */
  readonly most: number;
  readonly series: readonly SeriesFigures[];
}

export interface HistoryQuery {
  /** The first minute's start, epoch milliseconds. */
  readonly from: number;
  /** Minutes that begin before this time. */
  readonly to: number;
  /** Default: all. */
  readonly queue?: string | undefined;
  /** Default: all. */
  readonly type?: string | undefined;
}

export interface MinuteFigures extends SeriesFigures {
  /** The minute's start, epoch milliseconds. */
  readonly minute: number;
}
