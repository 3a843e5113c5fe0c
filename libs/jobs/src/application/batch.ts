/** Batches under way at once: one being answered while the next travels. */
const IN_FLIGHT = 2;

/** Fewer entries than this are not worth a batch of their own. */
const SMALL = 32;

/**
 * Gathers entries into batches: what is added in one tick of the event loop is sent together, and while enough batches
 * are under way, the rest gathers until one is answered. So batches grow with the load, and a lone entry never waits.
 *
 * Many entries at once are sent as two halves: whoever waits for the first half goes on while the store works on the
 * second. As one batch, both sides would wait for each other in turn.
 */
export class Batch<T> {
  private entries: T[] = [];
  private inFlight = 0;
  /** Entries in the batches under way. */
  private travelling = 0;
  private scheduled = false;
  private readonly waiters: (() => void)[] = [];

  /** @param send must never reject */
  constructor(private readonly send: (entries: readonly T[]) => Promise<void>) {}

  add(entry: T): void {
    this.entries.push(entry);
    this.schedule();
  }

  /** Resolves when nothing is left to send or to be answered. */
  flush(): Promise<void> {
    return this.empty ? Promise.resolve() : new Promise((resolve) => this.waiters.push(resolve));
  }

  private get empty(): boolean {
    return this.entries.length === 0 && this.inFlight === 0;
  }

  private schedule(): void {
    if (!this.scheduled && this.inFlight < IN_FLIGHT) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        while (this.entries.length > 0 && this.inFlight < IN_FLIGHT) {
          void this.dispatch();
        }
      });
    }
  }

  private async dispatch(): Promise<void> {
    const share = Math.max(Math.ceil((this.entries.length + this.travelling) / IN_FLIGHT), SMALL);
    const entries = this.entries;
    this.entries = entries.splice(share);
    this.inFlight++;
    this.travelling += entries.length;
    try {
      await this.send(entries);
    } finally {
      this.inFlight--;
      this.travelling -= entries.length;
      if (this.entries.length > 0) {
        this.schedule();
      } else if (this.empty) {
        for (const waiter of this.waiters.splice(0)) {
          waiter();
        }
      }
    }
  }
}
