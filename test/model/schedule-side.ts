import type { StoredSchedule } from '../../libs/jobs/src/application/ports/schedule-store.js';
import type { JobSpec } from '../../libs/jobs/src/domain/job.js';
import type { OverlapPolicy } from '../../libs/jobs/src/domain/schedules/schedule.js';
import { type Act, type Command, SCHEDULES, UNIT } from './command.js';
import type { ToldPorts } from './told-store.js';

/** More than there are in any store. */
const MANY = 1_000_000;

type Of<K extends Act['kind']> = Extract<Act, { readonly kind: K }>;

/** The schedules of one history in one of the stores that it is told to, and what was read of them before. */
export class ScheduleSide {
  readonly ids: readonly string[];
  /** What was last read of each, and what was read before it had changed to that. */
  private readonly readings = new Map<string, readonly [latest?: StoredSchedule, before?: StoredSchedule]>();

  constructor(
    private readonly store: ToldPorts['schedules'],
    history: string,
  ) {
    this.ids = Array.from({ length: SCHEDULES }, (_, number) => `${history}/${number}`);
  }

  /** Times of occurrences are names to a store: the step's number serves. When one is due is told in the store's time. */
  async put(command: Of<'put-schedule'>, queue: string, step: number, delay: number): Promise<unknown> {
    const { schedule, next, overlap, keepsWaiting, stale } = command;
    const id = this.idOf(schedule);
    const replaces = await this.read(id, stale);
    const { now } = await this.store.read(queue, []);
    const receipt = await this.store.put({
      id,
      queue,
      definition: JSON.stringify({ step, overlap }),
      ...(replaces === undefined ? {} : { replaces }),
      ...(next === undefined ? {} : { next: { time: step, due: now + delay } }),
      keepsWaiting,
      max: MANY,
    });
    return [receipt, await this.store.place(id)];
  }

  async remove({ schedule }: Of<'remove-schedule'>): Promise<unknown> {
    const id = this.idOf(schedule);
    return [await this.store.remove(id), await this.store.place(id)];
  }

  async fire(
    command: Of<'fire'> & Command,
    queues: readonly string[],
    step: number,
    delay: number,
    job: JobSpec | undefined,
  ): Promise<unknown> {
    const { schedule, maxRuns, next, stale } = command;
    const listed = command.cause === 'listed' ? await this.listed(queues, schedule) : undefined;
    const present = listed?.schedule ?? (await this.read(this.idOf(schedule), stale));
    const queue = present?.queue ?? queues[command.queue] ?? '';
    const { overlap } = JSON.parse(present?.definition ?? '{"overlap":"allow"}') as { readonly overlap: OverlapPolicy };
    const cause = command.cause === 'listed' ? (listed?.cause ?? 'due') : command.cause;
    const { now } = await this.store.read(queue, []);
    const receipt = await this.store.fire({
      queue,
      id: present?.id ?? this.idOf(schedule),
      cause,
      revision: present?.revision ?? 1,
      ...(next === undefined ? {} : { next: { time: step, due: now + delay } }),
      overlap,
      maxRuns,
      ...(job === undefined ? {} : { job }),
    });
    const { due, released, waiting, nextIn } = await this.store.due(queue, SCHEDULES);
    return {
      cause,
      receipt,
      due: due.map(({ id }) => id),
      released: released.map(({ id }) => id).toSorted(),
      waiting,
      nextIn: nextIn === undefined ? undefined : Math.floor(nextIn / UNIT),
    };
  }

  /** One of those that are to be fired in any queue. */
  private async listed(
    queues: readonly string[],
    pick: number,
  ): Promise<{ readonly schedule: StoredSchedule; readonly cause: 'due' | 'released' } | undefined> {
    const lists = await Promise.all(queues.map((queue) => this.store.due(queue, SCHEDULES)));
    const causes = ['due', 'released'] as const;
    const all = causes.flatMap((cause) =>
      lists.flatMap((list) => list[cause].map((schedule) => ({ schedule, cause }))),
    );
    return all.toSorted((a, b) => (a.schedule.id < b.schedule.id ? -1 : 1))[pick % all.length];
  }

  private async read(id: string, stale: boolean): Promise<StoredSchedule | undefined> {
    const queue = await this.store.place(id);
    const present = queue === undefined ? undefined : (await this.store.read(queue, [id])).schedules[0];
    const [latest, before] = this.readings.get(id) ?? [];
    if (present?.revision !== latest?.revision || present?.queue !== latest?.queue) {
      this.readings.set(id, [present, latest]);
      return stale ? latest : present;
    }
    return stale ? before : present;
  }

  private idOf(number: number): string {
    return this.ids[number] as string;
  }
}
