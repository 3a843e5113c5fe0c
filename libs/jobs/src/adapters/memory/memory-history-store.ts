import type { Clock } from '../../application/ports/clock.js';
import {
  HISTORY_KEPT,
  type HistoryDelta,
  type HistoryQuery,
  HistoryStore,
  type MinuteFigures,
  type StoreTime,
} from '../../application/ports/history-store.js';
import { JobFigures, OTHER, type SeriesFigures } from '../../domain/history/job-figures.js';

/** One minute: its series by name, and the last delta of each recorder. */
interface Minute {
  readonly series: Map<string, { readonly queue: string; readonly type: string; figures: SeriesFigures }>;
  readonly counted: Map<string, number>;
}

/** The history of jobs in this process's memory. */
export class MemoryHistoryStore extends HistoryStore {
  private readonly minutes = new Map<number, Minute>();

  constructor(private readonly clock: Clock) {
    super();
  }

  override async add({ recorder, number, minute: start, most, series }: HistoryDelta): Promise<StoreTime> {
    const now = this.clock.now();
    this.forget(now);
    if (start > now - HISTORY_KEPT && series.length > 0) {
      const minute: Minute = this.minutes.get(start) ?? { series: new Map(), counted: new Map() };
      this.minutes.set(start, minute);
      if ((minute.counted.get(recorder) ?? 0) < number) {
        minute.counted.set(recorder, number);
        for (const each of series) {
          add(minute, each, most);
        }
      }
    }
    return { now };
  }

  override async read({ from, to, queue, type }: HistoryQuery): Promise<readonly MinuteFigures[]> {
    this.forget(this.clock.now());
    return [...this.minutes]
      .filter(([start]) => start >= from && start < to)
      .sort(([a], [b]) => a - b)
      .flatMap(([minute, { series }]) =>
        [...series.values()]
          .filter((each) => (queue === undefined || each.queue === queue) && (type === undefined || each.type === type))
          .map(({ figures }) => ({ minute, ...figures })),
      );
  }

  private forget(now: number): void {
    for (const start of this.minutes.keys()) {
      if (start <= now - HISTORY_KEPT) {
        this.minutes.delete(start);
      }
    }
  }
}

function add({ series }: Minute, told: SeriesFigures, most: number): void {
  const own = `${told.queue}\n${told.type}`;
  const isOther = told.queue === OTHER || (!series.has(own) && series.size >= most);
  const { queue, type } = isOther ? { queue: OTHER, type: OTHER } : told;
  const name = `${queue}\n${type}`;
  const sum = new JobFigures();
  sum.add(told);
  const before = series.get(name);
  if (before !== undefined) {
    sum.add(before.figures);
  }
  series.set(name, { queue, type, figures: sum.take(queue, type) });
}
