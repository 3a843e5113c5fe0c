import {
  type DueSchedules,
  type FireReceipt,
  type FireSchedule,
  type PutReceipt,
  type PutSchedule,
  type ScheduleReading,
  ScheduleStore,
} from '../application/ports/schedule-store.js';
import type { SubmissionLedger } from './submission-ledger.js';

/** Writes down every job that a schedule submits, by its timetable or by hand. */
export class LedgerScheduleStore extends ScheduleStore {
  constructor(
    private readonly store: ScheduleStore,
    private readonly ledger: SubmissionLedger,
  ) {
    super();
  }

  override async fire(request: FireSchedule): Promise<FireReceipt> {
    const { queue, job } = request;
    await this.ledger.follow(queue);
    const receipt = await this.store.fire(request);
    if (receipt.status === 'fired' && job !== undefined) {
      await this.ledger.noteFired(queue, job, receipt.state);
    }
    return receipt;
  }

  override places(): Promise<ReadonlyMap<string, string>> {
    return this.store.places();
  }

  override place(id: string): Promise<string | undefined> {
    return this.store.place(id);
  }

  override read(queue: string, ids: readonly string[]): Promise<ScheduleReading> {
    return this.store.read(queue, ids);
  }

  override put(request: PutSchedule): Promise<PutReceipt> {
    return this.store.put(request);
  }

  override remove(id: string): Promise<boolean> {
    return this.store.remove(id);
  }

  override due(queue: string, limit: number): Promise<DueSchedules> {
    return this.store.due(queue, limit);
  }
}
