import {
  type DueSchedules,
  type FireReceipt,
  type FireSchedule,
  type PutReceipt,
  type PutSchedule,
  type ScheduleReading,
  ScheduleStore,
  type StoredSchedule,
} from '../../application/ports/schedule-store.js';
import type { MemoryData } from './memory-data.js';
import { fire } from './memory-fire.js';
import { schedule, unfinished } from './memory-schedule.js';

/** The schedules of the memory store. */
export class MemoryScheduleStore extends ScheduleStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  override async places(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.data.schedulePlaces);
  }

  override async place(id: string): Promise<string | undefined> {
    return this.data.schedulePlaces.get(id);
  }

  override async read(queue: string, ids: readonly string[]): Promise<ScheduleReading> {
    const held = this.data.read(queue);
    return { now: held.now, schedules: ids.flatMap((id) => held.schedules.get(id) ?? []) };
  }

  override async put(request: PutSchedule): Promise<PutReceipt> {
    const { id, queue, replaces, max, definition, next, keepsWaiting } = request;
    const { schedulePlaces } = this.data;
    const place = schedulePlaces.get(id);
    const present = place === undefined ? undefined : this.data.read(place).schedules.get(id);
    if (present?.revision !== replaces?.revision || present?.queue !== replaces?.queue) {
      return { status: 'conflict' };
    }
    if (place === undefined && schedulePlaces.size >= max) {
      return { status: 'too-many' };
    }
    if (present !== undefined && present.queue !== queue) {
      this.data.act(present.queue, (held) => held.schedules.delete(id));
    }
    schedulePlaces.set(id, queue);
    const stays = present?.queue === queue;
    const revision = stays ? present.revision + 1 : 1;
    this.data.act(queue, (held) =>
      held.schedules.set(
        id,
        schedule({
          id,
          queue,
          definition,
          revision,
          next,
          lastRun: present?.lastRun,
          runCount: present?.runCount ?? 0,
          waiting: stays && keepsWaiting ? present.waiting : undefined,
          recent: stays ? present.recent : [],
        }),
      ),
    );
    return { status: 'put', revision };
  }

  override async remove(id: string): Promise<boolean> {
    const queue = this.data.schedulePlaces.get(id);
    this.data.schedulePlaces.delete(id);
    return queue !== undefined && this.data.act(queue, (held) => held.schedules.delete(id));
  }

  override async due(queue: string, limit: number): Promise<DueSchedules> {
    const held = this.data.read(queue);
    const all = [...held.schedules.values()];
    const timed = all
      .filter(({ next }) => next !== undefined)
      .sort((a, b) => dueOf(a) - dueOf(b) || (a.id < b.id ? -1 : 1));
    const later = timed.find((each) => dueOf(each) > held.now);
    const waiting = all.filter((each) => each.waiting !== undefined);
    const released = waiting.filter((each) => unfinished(held, each).length === 0);
    return {
      now: held.now,
      due: timed.filter((each) => dueOf(each) <= held.now).slice(0, limit),
      released: released.slice(0, limit),
      waiting: waiting.length - released.length,
      ...(later === undefined ? {} : { nextIn: dueOf(later) - held.now }),
    };
  }

  override async fire(request: FireSchedule): Promise<FireReceipt> {
    return this.data.act(request.queue, (held) => fire(held, request));
  }
}

function dueOf({ next }: StoredSchedule): number {
  return next?.due ?? Infinity;
}
