import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { Batch } from '../batch.js';
import { Clock } from '../ports/clock.js';
import { JobStore, type Settlement, type SettleReceipt } from '../ports/job-store.js';
import { Log } from '../ports/log.js';
import { HOLDER } from '../tokens.js';

/** An outcome on its way to the store. */
export interface OfferedSettlement extends Settlement {
  /** Called with what the store said to it. */
  readonly settled: (receipt: SettleReceipt) => void;
}

/** How long an outcome is offered again while the store is away, in milliseconds. */
const RETRY_DELAY = 250;

/**
 * Takes outcomes to the store: those of one tick of the event loop, and those that gather while two batches are under
 * way, travel together. An outcome is offered until the store answers, or the process ends.
 */
@Injectable()
export class Settler {
  private readonly batches = new Map<string, Batch<OfferedSettlement>>();
  private closed = false;

  constructor(
    private readonly store: JobStore,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  settle(queue: string, settlement: OfferedSettlement): void {
    let batch = this.batches.get(queue);
    if (batch === undefined) {
      batch = new Batch((settlements) => this.send(queue, settlements));
      this.batches.set(queue, batch);
    }
    batch.add(settlement);
  }

  /** Resolves once all that was given so far, of one queue or of all, is answered, or given up by {@link giveUp}. */
  async flush(queue?: string): Promise<void> {
    const batches = [...this.batches].filter(([name]) => queue === undefined || name === queue);
    await Promise.all(batches.map(([, batch]) => batch.flush()));
  }

  /** The store is away and the process must end: what is unanswered is left to the lease. */
  giveUp(): void {
    this.closed = true;
  }

  private async send(queue: string, settlements: readonly OfferedSettlement[]): Promise<void> {
    const receipts = await this.offer(queue, settlements);
    for (let index = 0; index < settlements.length; index++) {
      (settlements[index] as OfferedSettlement).settled(receipts?.[index] ?? 'lost-lease');
    }
  }

  private async offer(
    queue: string,
    settlements: readonly Settlement[],
  ): Promise<readonly SettleReceipt[] | undefined> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.store.settle({ queue, holder: this.holder, settlements });
      } catch (error) {
        if (this.closed) {
          this.log.warn(
            `${settlements.length} outcomes could not be told to the store before the process ends; their jobs run again elsewhere`,
            { queue, reason: toError(error).message },
          );
          return undefined;
        }
        if (failures === 0) {
          this.log.error(`Outcomes cannot be told to the store; trying until it answers`, error, { queue });
        }
        await new Promise<void>((resolve) => this.clock.after(RETRY_DELAY, resolve));
      }
    }
  }
}
