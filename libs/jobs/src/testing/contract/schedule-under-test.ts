import type { FireReceipt, FireSchedule, StoredSchedule } from '../../application/ports/schedule-store.js';
import type { Occurrence } from '../../domain/schedules/schedule.js';
import { HOUR, MINUTE, type QueueUnderTest } from './queue-under-test.js';

/** More schedules than any store under test has. */
export const MANY = 1_000_000;

/** A schedule of a store under test, with the few words that this part is written in. */
export class ScheduleUnderTest {
  private runs = 0;

  constructor(
    readonly queue: QueueUnderTest,
    readonly id = `${queue.queue}/nightly`,
  ) {}

  get store() {
    return this.queue.ports.schedules;
  }

  async now(): Promise<number> {
    return (await this.store.read(this.queue.queue, [])).now;
  }

  async find(queue = this.queue.queue): Promise<StoredSchedule | undefined> {
    return (await this.store.read(queue, [this.id])).schedules[0];
  }

  async record(): Promise<StoredSchedule> {
    const found = await this.find();
    if (found === undefined) {
      throw new Error(`There is no schedule ${this.id}`);
    }
    return found;
  }

  /** Adds or replaces it as it is now; due in that many milliseconds, where told. */
  async put(dueIn?: number, part: { definition?: string; max?: number; keepsWaiting?: boolean } = {}) {
    const replaces = await this.find();
    return this.store.put({
      id: this.id,
      queue: this.queue.queue,
      definition: '{"says":"this"}',
      keepsWaiting: true,
      max: MANY,
      ...(replaces === undefined ? {} : { replaces }),
      ...(dueIn === undefined ? {} : { next: await this.at(dueIn) }),
      ...part,
    });
  }

  async at(milliseconds: number): Promise<Occurrence> {
    const time = (await this.now()) + milliseconds;
    return { time, due: time };
  }

  /** Fires it as it is now; the next time is an hour later. */
  async fire(part: Partial<FireSchedule> = {}): Promise<FireReceipt> {
    const { revision } = await this.record();
    return this.store.fire({
      queue: this.queue.queue,
      id: this.id,
      cause: 'due',
      revision,
      next: await this.at(HOUR),
      overlap: 'allow',
      maxRuns: 0,
      job: this.queue.spec({ id: `${this.id}@${++this.runs}` }),
      ...part,
    });
  }

  /** Lets an hour pass, and fires. */
  async fireAnHourLater(part: Partial<FireSchedule> = {}): Promise<FireReceipt> {
    await this.queue.advance(HOUR + MINUTE);
    return this.fire(part);
  }
}
