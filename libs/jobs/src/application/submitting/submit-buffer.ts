import { Inject, Injectable } from '@nestjs/common';
import type { JobSpec } from '../../domain/job.js';
import { Batch } from '../batch.js';
import { JobStore, type SubmitReceipt } from '../ports/job-store.js';
import { HOLDER } from '../tokens.js';

interface Pending {
  readonly spec: JobSpec;
  readonly resolve: (receipt: SubmitReceipt) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes jobs to the store: those submitted in one tick of the event loop travel together. */
@Injectable()
export class SubmitBuffer {
  private readonly batches = new Map<string, Batch<Pending>>();

  constructor(
    private readonly store: JobStore,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  submit(queue: string, spec: JobSpec): Promise<SubmitReceipt> {
    let batch = this.batches.get(queue);
    if (batch === undefined) {
      batch = new Batch((entries) => this.send(queue, entries));
      this.batches.set(queue, batch);
    }
    const to = batch;
    return new Promise((resolve, reject) => to.add({ spec, resolve, reject }));
  }

  /** For jobs that are a batch already. */
  submitMany(queue: string, specs: readonly JobSpec[]): Promise<readonly SubmitReceipt[]> {
    return this.store.submit({ queue, holder: this.holder, specs });
  }

  /** Resolves once every submit that was made so far is answered. */
  async flush(): Promise<void> {
    await Promise.all([...this.batches.values()].map((batch) => batch.flush()));
  }

  private async send(queue: string, entries: readonly Pending[]): Promise<void> {
    try {
      const receipts = await this.submitMany(
        queue,
        entries.map(({ spec }) => spec),
      );
      for (const [index, { resolve }] of entries.entries()) {
        // A store answers one receipt for each spec; the contract holds it to that.
        resolve(receipts[index] as SubmitReceipt);
      }
    } catch (error) {
      for (const { reject } of entries) {
        reject(error);
      }
    }
  }
}
