import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { bucketOf, type Histogram } from '../../domain/history/duration-histogram.js';
import { toError } from '../../domain/failure.js';
import { COUNTED_AT, JobFigures, OTHER } from '../../domain/history/job-figures.js';
import { JobEvents } from '../job-events.js';
import { Clock } from '../ports/clock.js';
import { type HistoryDelta, HistoryStore, MINUTE } from '../ports/history-store.js';
import type { JobEventKind } from '../ports/job-observer.js';
import { Log } from '../ports/log.js';

/** What a recorder is told. */
export interface RecorderSettings {
  /** Milliseconds between two tellings of the store. */
  readonly interval: number;
  /** Series (job types in queues) that a minute keeps, at most. */
  readonly most: number;
}

export const DEFAULT_RECORDER: RecorderSettings = { interval: 10_000, most: 100 };

/** Series that travel in one delta: a script's worth. */
const SERIES_AT_ONCE = 50;

/** Deltas that wait for a store that is away, at most: the oldest are given up first. */
const MOST_WAITING = 100;

/** Kinds of events whose duration counts, and where the event is counted. */
const ENDED = {
  completed: COUNTED_AT.completed,
  retrying: COUNTED_AT.retried,
  failed: COUNTED_AT.failed,
} as const satisfies Partial<Record<JobEventKind, number>>;

const COUNTED_ONLY = {
  submitted: COUNTED_AT.submitted,
  cancelled: COUNTED_AT.cancelled,
  snoozed: COUNTED_AT.snoozed,
  released: COUNTED_AT.released,
  'lost-lease': COUNTED_AT.lostLeases,
} as const satisfies Partial<Record<JobEventKind, number>>;

/**
 * Counts what happens in this process, by queue and type, and tells the store every few seconds.
 *
 * Until it is started nothing is counted and jobs cost nothing more. Counting is a few additions a job, in arrays that
 * are there already. What could not be told is told later, and once: a delta keeps its number.
 */
@Injectable()
export class HistoryRecorder {
  private readonly name = randomBytes(6).toString('base64url');
  private readonly figures = new Map<string, Map<string, JobFigures>>();
  private readonly waiting: HistoryDelta[] = [];
  private series = 0;
  private number = 0;
  private beganAt = 0;
  /** The store's clock less this process's. */
  private offset = 0;
  private settings = DEFAULT_RECORDER;
  private state: 'idle' | 'open' | 'closed' = 'idle';
  private failing = false;
  private telling: Promise<void> = Promise.resolve();
  private callOff: (() => void) | undefined;
  private unsubscribe: readonly (() => void)[] = [];

  constructor(
    private readonly store: HistoryStore,
    private readonly events: JobEvents,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The store's time, as far as this process knows: epoch milliseconds. */
  now(): number {
    return this.clock.now() + this.offset;
  }

  /** Counts from now on. Started twice it goes on, with what it is told. */
  start(settings: Partial<RecorderSettings> = {}): void {
    this.settings = { ...this.settings, ...settings };
    if (this.state !== 'idle') {
      return;
    }
    this.state = 'open';
    this.unsubscribe = this.listen();
    // The first telling has nothing to say: it learns the store's time.
    this.waiting.push(this.delta([]));
    void this.tellSoon();
  }

  /** Tells the store now; resolves when it has been told, or could not be. */
  flush(): Promise<void> {
    this.close();
    return this.tellSoon();
  }

  /** Counts no more, and tells what there is. Never rejects. */
  async stop(): Promise<void> {
    if (this.state === 'open') {
      this.state = 'closed';
      this.unsubscribe.forEach((off) => off());
      await this.flush();
    }
  }

  private listen(): readonly (() => void)[] {
    const { events } = this;
    return [
      events.on('started', ({ queue, type, job }) => {
        const figures = this.of(queue, type);
        figures.count(COUNTED_AT.started);
        if (job !== undefined) {
          add(figures.wait, this.now() - job.pendingSince);
        }
      }),
      ...(Object.keys(ENDED) as (keyof typeof ENDED)[]).map((kind) =>
        events.on(kind, ({ queue, type, duration }) => {
          const figures = this.of(queue, type);
          figures.count(ENDED[kind]);
          add(figures.duration, duration);
        }),
      ),
      ...(Object.keys(COUNTED_ONLY) as (keyof typeof COUNTED_ONLY)[]).map((kind) =>
        events.on(kind, ({ queue, type }) => this.of(queue, type).count(COUNTED_ONLY[kind])),
      ),
    ];
  }

  /** Where it is counted. With the first count after a telling the time to the next begins: an idle process tells nothing. */
  private of(queue: string, type: string): JobFigures {
    if (this.callOff === undefined) {
      this.schedule();
    }
    return this.figures.get(queue)?.get(type) ?? this.newSeries(queue, type);
  }

  private newSeries(queue: string, type: string): JobFigures {
    const isOther = this.series >= this.settings.most && queue !== OTHER;
    if (isOther) {
      return this.of(OTHER, OTHER);
    }
    const figures = new JobFigures();
    const types = this.figures.get(queue) ?? new Map<string, JobFigures>();
    this.figures.set(queue, types.set(type, figures));
    this.series++;
    return figures;
  }

  /** After an interval, and where a minute ends, so that no delta is of two. */
  private schedule(): void {
    this.beganAt = this.now();
    const toTheMinute = MINUTE - (this.beganAt % MINUTE);
    this.callOff = this.clock.after(Math.min(this.settings.interval, toTheMinute), () => void this.flush(), {
      background: true,
    });
  }

  /** Puts what was counted into deltas of its minute, and begins the next. */
  private close(): void {
    this.callOff?.();
    this.callOff = undefined;
    const series = [...this.figures].flatMap(([queue, types]) =>
      [...types].flatMap(([type, figures]) => (figures.isEmpty ? this.drop(queue, type) : [figures.take(queue, type)])),
    );
    for (let from = 0; from < series.length; from += SERIES_AT_ONCE) {
      this.waiting.push(this.delta(series.slice(from, from + SERIES_AT_ONCE)));
    }
    const tooMany = this.waiting.length - MOST_WAITING;
    if (tooMany > 0) {
      this.waiting.splice(1, tooMany);
      this.log.warn(`The store is away: ${tooMany} parts of the jobs' history are given up`);
    }
  }

  private delta(series: HistoryDelta['series']): HistoryDelta {
    const minute = Math.floor(this.beganAt / MINUTE) * MINUTE;
    return { recorder: this.name, number: ++this.number, minute, most: this.settings.most, series };
  }

  /** What nothing happened to leaves its place to another. */
  private drop(queue: string, type: string): [] {
    this.series--;
    const types = this.figures.get(queue);
    types?.delete(type);
    if (types?.size === 0) {
      this.figures.delete(queue);
    }
    return [];
  }

  private tellSoon(): Promise<void> {
    this.telling = this.telling.then(() => this.tell());
    return this.telling;
  }

  /** What could not be told is told with what is counted next, or after an interval. */
  private tryAgain(): void {
    if (this.state === 'open' && this.callOff === undefined) {
      this.schedule();
    }
  }

  /** One delta after another, each until it is taken: the store knows the last that it has counted. */
  private async tell(): Promise<void> {
    try {
      for (let [delta] = this.waiting; delta !== undefined; [delta] = this.waiting) {
        const { now } = await this.store.add(delta);
        this.offset = now - this.clock.now();
        this.waiting.shift();
        this.failing = false;
      }
    } catch (error) {
      this.tryAgain();
      if (!this.failing) {
        this.failing = true;
        this.log.warn(`The jobs' history is told later: ${toError(error).message}`);
      }
    }
  }
}

function add(histogram: Histogram, milliseconds: number): void {
  const bucket = bucketOf(milliseconds);
  histogram[bucket] = (histogram[bucket] as number) + 1;
}
