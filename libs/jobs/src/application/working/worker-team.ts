import type { WorkerGroup } from '../settings.js';
import type { QueueOrder } from './queue-order.js';
import type { Worker } from './worker.js';

/** Workers that are alike, and the order in which they choose among their queues. */
export class WorkerTeam {
  private members: readonly Worker[] = [];
  private numbered = 0;
  private size_ = 0;
  private turn = 0;

  /** @param hire makes a worker with the number it has in its team; it takes jobs once it is started */
  constructor(
    readonly name: string,
    readonly order: QueueOrder,
    private concurrency_: number,
    private readonly hire: (number: number, concurrency: number) => Worker,
  ) {}

  /** Those that take jobs, and those that end what they run. */
  get workers(): readonly Worker[] {
    return this.members;
  }

  /** How many workers it is to have, and jobs each is to run at once. */
  get size(): Pick<WorkerGroup, 'size' | 'concurrency'> {
    return { size: this.size_, concurrency: this.concurrency_ };
  }

  get freeSlots(): number {
    let free = 0;
    for (const worker of this.members) {
      free += worker.free;
    }
    return free;
  }

  /** Slots of workers that take jobs, busy or not. */
  get slots(): number {
    let slots = 0;
    for (const worker of this.members) {
      slots += worker.state === 'running' ? worker.concurrency : 0;
    }
    return slots;
  }

  /** A worker with a free slot, in turn, so that the work spreads. */
  nextFree(): Worker | undefined {
    for (let tried = 0; tried < this.members.length; tried++) {
      const worker = this.members[this.turn++ % this.members.length];
      if (worker !== undefined && worker.free > 0) {
        return worker;
      }
    }
    return undefined;
  }

  /**
   * Has so many workers from now on: answers new ones, which are still to be started. Of those that are too many, idle ones
   * first, each ends what it runs, and is then forgotten.
   */
  resize(size: number, concurrency: number): readonly Worker[] {
    const hired = Array.from({ length: Math.max(size - this.size_, 0) }, () => this.hire(++this.numbered, concurrency));
    const staying = this.members.filter(({ leaving }) => !leaving);
    const leavers = staying
      .toReversed()
      .sort((a, b) => a.running.size - b.running.size)
      .slice(0, Math.max(this.size_ - size, 0));
    this.size_ = size;
    this.concurrency_ = concurrency;
    this.members = [...this.members, ...hired];
    for (const worker of staying) {
      worker.resize(concurrency);
    }
    for (const worker of leavers) {
      worker.leave();
    }
    return hired;
  }

  /** Forgets workers that have left. */
  tidy(): void {
    if (this.members.some(({ leaving, state }) => leaving && state === 'stopped')) {
      this.members = this.members.filter(({ leaving, state }) => !leaving || state !== 'stopped');
    }
  }
}
