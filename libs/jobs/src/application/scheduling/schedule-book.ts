import { Inject, Injectable } from '@nestjs/common';
import { UsageError } from '../../domain/errors/errors.js';
import type { Json } from '../../domain/job.js';
import type {
  Occurrence,
  ScheduleDefinition,
  ScheduleOrigin,
  ScheduleRecord,
} from '../../domain/schedules/schedule.js';
import { ScheduleNotFoundError, TooManySchedulesError } from '../../domain/errors/schedule-errors.js';
import { Notifier } from '../ports/notifier.js';
import { type PutSchedule, ScheduleStore, type StoredSchedule } from '../ports/schedule-store.js';
import type { EngineSettings } from '../settings.js';
import { JobSubmitter } from '../submitting/job-submitter.js';
import { checkTags } from '../submitting/submit-options.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { definitionOf, readDefinition } from './schedule-definition.js';
import { parseSchedule, readSchedule, SCHEDULE_TAG, type ScheduleOptions } from './schedule-options.js';
import { SchedulePlans } from './schedule-plans.js';

/** How often a change is decided anew when another came before it: a schedule fires once a second at most. */
const TRIES = 20;

/** What a change makes of a schedule, where it is and what it says. */
interface Edit {
  readonly queue: string;
  readonly definition: ScheduleDefinition;
}

/** Keeps schedules: reads them, and changes them as they were read, or decides anew. */
@Injectable()
export class ScheduleBook {
  constructor(
    private readonly store: ScheduleStore,
    private readonly plans: SchedulePlans,
    private readonly submitter: JobSubmitter,
    private readonly notifier: Notifier,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /** One that cannot be read here is none; it can be replaced and removed. */
  async find(id: string): Promise<StoredSchedule | undefined> {
    const found = await this.stored(id);
    return found === undefined || readDefinition(found) === undefined ? undefined : found;
  }

  private async stored(id: string): Promise<StoredSchedule | undefined> {
    const queue = await this.store.place(id);
    return queue === undefined ? undefined : (await this.store.read(queue, [id])).schedules[0];
  }

  /** All of them that can be read here, by id. */
  async all(): Promise<readonly StoredSchedule[]> {
    const byQueue = new Map<string, string[]>();
    for (const [id, queue] of await this.store.places()) {
      byQueue.set(queue, [...(byQueue.get(queue) ?? []), id]);
    }
    const read = await Promise.all([...byQueue].map(([queue, ids]) => this.store.read(queue, ids)));
    return read
      .flatMap(({ schedules }) => schedules)
      .filter((each) => readDefinition(each) !== undefined)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws as `ScheduleService.upsert` */
  async upsert(told: ScheduleOptions, origin: ScheduleOrigin): Promise<ScheduleRecord> {
    const options = readSchedule(told);
    const parsed = parseSchedule(options);
    const { id, job, enabled } = options;
    this.plans.of(id, parsed);
    const tags = [...(job?.tags === undefined ? [] : checkTags(job.tags)), `${SCHEDULE_TAG}${id}`];
    const { queue, spec } = await this.submitter.prepare(options.type, options.payload, {
      ...job,
      tags,
      ...(options.queue === undefined ? {} : { queue: options.queue }),
    });
    const { id: _, type, payload, due: __, ...template } = spec;
    const definition: ScheduleDefinition = { type, payload, template, ...parsed, origin };
    return this.edit(id, (present) => {
      const before = present === undefined ? undefined : readDefinition(present);
      return { queue, definition: { ...definition, ...switched(before, enabled, origin) } };
    });
  }

  /**
   * Changes what a schedule says.
   *
   * @throws ScheduleNotFoundError
   */
  change(id: string, change: (definition: ScheduleDefinition) => ScheduleDefinition): Promise<ScheduleRecord> {
    return this.edit(id, (present) => {
      const before = present === undefined ? undefined : readDefinition(present);
      if (present === undefined || before === undefined) {
        throw new ScheduleNotFoundError(id);
      }
      return { queue: present.queue, definition: change(before) };
    });
  }

  async remove(id: string): Promise<boolean> {
    const removed = await this.store.remove(id);
    if (removed) {
      await this.tell();
    }
    return removed;
  }

  /** Whoever sleeps until the next firing reads anew. The change itself is made already: others learn of it later, too. */
  async tell(): Promise<void> {
    await this.notifier.tellChanged('schedules').catch(() => undefined);
  }

  private async edit(id: string, decide: (present: StoredSchedule | undefined) => Edit): Promise<ScheduleRecord> {
    for (let tries = 0; tries < TRIES; tries++) {
      const present = await this.stored(id);
      const { queue, definition } = decide(present);
      const { now } = await this.store.read(queue, []);
      const next = this.next(id, definition, present, now);
      const { max } = this.settings.schedules;
      const put: PutSchedule = {
        id,
        queue,
        definition: JSON.stringify(definition),
        keepsWaiting: definition.disabledBy === undefined && definition.overlap === 'queue-one',
        max,
        ...(present === undefined ? {} : { replaces: present }),
        ...(next === undefined ? {} : { next }),
      };
      // What is declared at every boot is mostly as it was: a deploy of fifty processes must not disturb any firing.
      if (present !== undefined && isSame(present, put)) {
        return recordOf(present);
      }
      const receipt = await this.store.put(put);
      if (receipt.status === 'too-many') {
        throw new TooManySchedulesError(id, max);
      }
      if (receipt.status === 'put') {
        await this.tell();
        const { lastRun, runCount = 0, recent = [], waiting } = present ?? {};
        const stays = present?.queue === queue;
        return recordOf({
          id,
          queue,
          definition: put.definition,
          revision: receipt.revision,
          runCount,
          recent: stays ? recent : [],
          ...(next === undefined ? {} : { next }),
          ...(lastRun === undefined ? {} : { lastRun }),
          ...(stays && put.keepsWaiting && waiting !== undefined ? { waiting } : {}),
        });
      }
    }
    throw new UsageError(`Schedule '${id}' is being changed by others all the time; try again`);
  }

  /** Its time stays while its timetable does, so that what was missed before a boot is found; else it counts from now. */
  private next(
    id: string,
    definition: ScheduleDefinition,
    present: StoredSchedule | undefined,
    now: number,
  ): Occurrence | undefined {
    const { maxRuns, disabledBy: by } = definition;
    if (by !== undefined || (maxRuns > 0 && (present?.runCount ?? 0) >= maxRuns)) {
      return undefined;
    }
    if (present?.next !== undefined) {
      const before = readDefinition(present);
      if (
        before !== undefined &&
        JSON.stringify([before.timing, before.jitter]) === JSON.stringify([definition.timing, definition.jitter]) &&
        before.disabledBy === undefined
      ) {
        return present.next;
      }
    }
    return this.plans.of(id, definition).after(now);
  }
}

type Switch = Pick<ScheduleDefinition, 'declaredEnabled' | 'disabledBy'>;

/**
 * What somebody switched stays so when its code is deployed again, unless the code itself now says otherwise; what was
 * given up for undeclared comes back.
 */
function switched(before: ScheduleDefinition | undefined, told: boolean | undefined, origin: ScheduleOrigin): Switch {
  const wanted = told ?? true;
  const says = origin === 'code' && (before?.declaredEnabled ?? true) !== wanted;
  const declared = origin === 'code' ? { declaredEnabled: wanted } : {};
  const keeps = origin === 'code' ? before?.disabledBy !== 'undeclared' && !says : told === undefined;
  if (before !== undefined && keeps) {
    return { ...declared, ...(before.disabledBy === undefined ? {} : { disabledBy: before.disabledBy }) };
  }
  return { ...declared, ...(wanted ? {} : { disabledBy: 'person' as const }) };
}

function isSame(present: StoredSchedule, put: PutSchedule): boolean {
  return (
    present.queue === put.queue &&
    present.definition === put.definition &&
    JSON.stringify(present.next) === JSON.stringify(put.next)
  );
}

/** The schedule switched on, whoever had switched it off. */
export function switchedOn(definition: ScheduleDefinition): ScheduleDefinition {
  const { disabledBy: _, ...rest } = definition;
  return rest;
}

/** A schedule as people see it. */
export function recordOf(stored: StoredSchedule): ScheduleRecord {
  const { type, payload, template, timing, disabledBy: by, declaredEnabled: _, ...rest } = definitionOf(stored);
  const { settings, priority, maxAttempts, maxCrashes, retain, expiresIn } = template;
  const { next, waiting, recent, lastRun } = stored;
  return {
    id: stored.id,
    queue: stored.queue,
    type,
    payload: JSON.parse(payload) as Json,
    job: {
      priority,
      maxAttempts,
      maxCrashes,
      ...(retain === undefined ? {} : { retain }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...settings,
    },
    except: [],
    ...timing,
    ...rest,
    enabled: by === undefined,
    ...(by === undefined ? {} : { disabledBy: by }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(next === undefined ? {} : { nextRun: next.due }),
    runCount: stored.runCount,
    ...(waiting === undefined ? {} : { waiting }),
    recentJobs: recent,
  };
}
