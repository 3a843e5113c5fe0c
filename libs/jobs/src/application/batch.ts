/** Batches under way at once: one being answered while the next travels. */
const IN_FLIGHT = 2;

/**
 * Gathers entries into batches: what is added in one tick of the event loop is sent together, and while enough batches
 * are under way, the rest gathers until one is answered. So batches grow with the load, and a lone entry never waits.
 */
export class Batch<T> {
  private entries: T[] = [];
  private inFlight = 0;
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
        void this.dispatch();
      });
    }
  }

  private async dispatch(): Promise<void> {
    const entries = this.entries;
    if (entries.length === 0) {
      return;
    }
    this.entries = [];
    this.inFlight++;
    try {
      await this.send(entries);
    } finally {
      this.inFlight--;
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
