import {
  type Claim,
  type ClaimRequest,
  JobStore,
  type ReportRequest,
  type ReportReceipt,
  type SettleReceipt,
  type SettleRequest,
  type SubmitReceipt,
  type SubmitRequest,
  type TickReply,
  type TickRequest,
} from '../application/ports/job-store.js';
import type { StorePorts } from '../application/ports/store-ports.js';
import type { Clock } from '../application/ports/clock.js';
import { LedgerScheduleStore } from './ledger-schedule-store.js';
import { SubmissionLedger } from './submission-ledger.js';

/** A store's ports, with the ledger of what was submitted through them. */
export interface LedgerPorts extends StorePorts {
  readonly ledger: SubmissionLedger;
}

/** The same ports, keeping a ledger. */
export function withLedger(ports: StorePorts, clock: Clock): LedgerPorts {
  const ledger = new SubmissionLedger(ports.inspector, ports.notifier, clock);
  return {
    ...ports,
    ledger,
    jobs: new LedgerJobStore(ports.jobs, ledger),
    schedules: new LedgerScheduleStore(ports.schedules, ledger),
  };
}

/** Writes down every job on its way to the store, whoever submits it; but for those of schedules. */
class LedgerJobStore extends JobStore {
  constructor(
    private readonly store: JobStore,
    private readonly ledger: SubmissionLedger,
  ) {
    super();
  }

  override async submit(request: SubmitRequest): Promise<readonly SubmitReceipt[]> {
    await this.ledger.follow(request.queue);
    const receipts = await this.store.submit(request);
    await this.ledger.note(request.queue, request.specs, receipts);
    return receipts;
  }

  override claim(request: ClaimRequest): Promise<Claim> {
    return this.store.claim(request);
  }

  override settle(request: SettleRequest): Promise<readonly SettleReceipt[]> {
    return this.store.settle(request);
  }

  override report(request: ReportRequest): Promise<readonly ReportReceipt[]> {
    return this.store.report(request);
  }

  override tick(request: TickRequest): Promise<TickReply> {
    return this.store.tick(request);
  }

  override retire(request: { readonly queue: string; readonly holder: string }): Promise<void> {
    return this.store.retire(request);
  }
}
