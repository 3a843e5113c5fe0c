import { Inject, Injectable } from '@nestjs/common';
import { StoreUnavailableError } from '../../domain/errors/errors.js';
import type { JobSpec } from '../../domain/job.js';
import { Batch } from '../batch.js';
import { JobStore, type SubmitReceipt } from '../ports/job-store.js';
import { StoreConnection } from '../ports/store-connection.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';

interface Pending {
  readonly spec: JobSpec;
  readonly resolve: (receipt: SubmitReceipt) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Takes jobs to the store: those submitted in one tick of the event loop travel together. While the store is away they wait
 * here, and no more of them than was allowed.
 */
@Injectable()
export class SubmitBuffer {
  private readonly batches = new Map<string, Batch<Pending>>();
  /** Jobs whose submits are not answered. */
  private unanswered = 0;

  constructor(
    private readonly store: JobStore,
    private readonly connection: StoreConnection,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  /** @throws StoreUnavailableError also where too many wait for the store already */
  submit(queue: string, spec: JobSpec): Promise<SubmitReceipt> {
    const refusal = this.refusal(1);
    if (refusal !== undefined) {
      return Promise.reject(refusal);
    }
    let batch = this.batches.get(queue);
    if (batch === undefined) {
      batch = new Batch((entries) => this.send(queue, entries));
      this.batches.set(queue, batch);
    }
    const to = batch;
    this.unanswered += 1;
    return new Promise((resolve, reject) => to.add({ spec, resolve, reject }));
  }

  /** For jobs that are a batch already. @throws StoreUnavailableError also where too many wait for the store already */
  async submitMany(queue: string, specs: readonly JobSpec[]): Promise<readonly SubmitReceipt[]> {
    const refusal = this.refusal(specs.length);
    if (refusal !== undefined) {
      throw refusal;
    }
    this.unanswered += specs.length;
    return this.take(queue, specs);
  }

  /** Resolves once every submit that was made so far is answered. */
  async flush(): Promise<void> {
    await Promise.all([...this.batches.values()].map((batch) => batch.flush()));
  }

  private async take(queue: string, specs: readonly JobSpec[]): Promise<readonly SubmitReceipt[]> {
    try {
      return await this.store.submit({ queue, holder: this.holder, specs, patience: this.settings.submits.patience });
    } finally {
      this.unanswered -= specs.length;
    }
  }

  /** What to say to jobs that would be too many to wait while the store is away. */
  private refusal(jobs: number): StoreUnavailableError | undefined {
    const { maxWaiting } = this.settings.submits;
    return this.unanswered + jobs > maxWaiting && this.connection.isAway
      ? new StoreUnavailableError(
          `${this.connection.description} does not answer, and ${this.unanswered} jobs wait for it already (submits.maxWaiting: ${maxWaiting}): submit again later`,
        )
      : undefined;
  }

  private async send(queue: string, entries: readonly Pending[]): Promise<void> {
    try {
      const receipts = await this.take(
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
