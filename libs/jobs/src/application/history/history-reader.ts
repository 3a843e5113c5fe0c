import { Injectable } from '@nestjs/common';
import { HistoryStore, type MinuteFigures } from '../ports/history-store.js';
import { HistoryRecorder } from './history-recorder.js';

/** Which series of the history are read. */
export interface SeriesFilter {
  /** Default: all queues. */
  readonly queue?: string | undefined;
  /** Default: all types. */
  readonly type?: string | undefined;
}

/** Reads the history, this process's own latest figures included. */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly store: HistoryStore,
    private readonly recorder: HistoryRecorder,
  ) {}

  /** The store's time, epoch milliseconds. */
  now(): number {
    return this.recorder.now();
  }

  /** @throws StoreUnavailableError */
  async read(from: number, to: number, { queue, type }: SeriesFilter = {}): Promise<readonly MinuteFigures[]> {
    await this.recorder.flush();
    return this.store.read({ from, to, queue, type });
  }
}
