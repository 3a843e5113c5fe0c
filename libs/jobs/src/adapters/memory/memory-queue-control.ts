import { QueueControl } from '../../application/ports/queue-control.js';
import type { QueueSettings } from '../../domain/queue-settings.js';
import type { MemoryData } from './memory-data.js';

/** What is done to a queue of the memory store as a whole. */
export class MemoryQueueControl extends QueueControl {
  constructor(private readonly data: MemoryData) {
    super();
  }

  override async configure(queue: string, settings: QueueSettings): Promise<void> {
    this.data.act(queue, (held) => {
      held.settings = { ...settings };
      // A higher concurrency makes room for what waits.
      held.news.ready = true;
    });
  }

  override async settings(queue: string): Promise<QueueSettings> {
    return { ...this.data.read(queue).settings };
  }

  override async pause(queue: string): Promise<void> {
    this.data.act(queue, (held) => {
      held.paused = true;
    });
  }

  override async resume(queue: string): Promise<void> {
    this.data.act(queue, (held) => {
      held.paused = false;
      held.news.ready = true;
      // Due times that came nearer while the queue was paused were told to nobody.
      held.news.earlierDue = held.nextDue !== undefined;
    });
  }

  override async clear(queue: string): Promise<number> {
    return this.data.act(queue, (held) => {
      let forgotten = 0;
      for (const state of ['scheduled', 'pending', 'retrying'] as const) {
        const index = held.byState[state];
        for (let first = index.first(); first !== undefined; first = index.first()) {
          held.forget(first.value);
          forgotten++;
        }
      }
      return forgotten;
    });
  }
}
