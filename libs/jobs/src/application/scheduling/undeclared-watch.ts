import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { Clock } from '../ports/clock.js';
import { Log } from '../ports/log.js';
import type { StoredSchedule } from '../ports/schedule-store.js';
import { WorkerFleet } from '../processes/worker-fleet.js';
import { type EngineSettings, lookAgainAfter, type UndeclaredPolicy } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { DeclaredSchedules } from './declared-schedules.js';
import { ScheduleBook, switchedOn } from './schedule-book.js';
import { definitionOf } from './schedule-definition.js';

/** Milliseconds between two looks, and how far they are spread. */
const EVERY = 30_000;
const SPREAD = 0.2;
/** Milliseconds for which no process may have declared a schedule before it is given up: a rolling deploy has its time. */
const GRACE = 60_000;

const DONE: Readonly<Record<UndeclaredPolicy, string>> = {
  disable: 'it was disabled',
  keep: 'it is kept',
  remove: 'it was removed',
};

/** Finds schedules whose declaration has gone from the code of every live process, and does what is to be done. */
@Injectable()
export class UndeclaredWatch {
  /** Since when a schedule was seen to be declared by nobody, monotonic. */
  private readonly since = new Map<string, number>();
  private readonly reported = new Set<string>();
  private callOff: (() => void) | undefined;
  private open = false;

  constructor(
    private readonly book: ScheduleBook,
    private readonly declared: DeclaredSchedules,
    private readonly fleet: WorkerFleet,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  start(): void {
    this.open = true;
    this.lookLater();
  }

  stop(): void {
    this.open = false;
    this.callOff?.();
  }

  private lookLater(): void {
    if (this.open) {
      const wait = Math.round(lookAgainAfter(this.settings, EVERY) * (1 + SPREAD * Math.random()));
      this.callOff = this.clock.after(wait, () => void this.look().finally(() => this.lookLater()), {
        background: true,
      });
    }
  }

  private async look(): Promise<void> {
    try {
      const byCode = (await this.book.all()).filter((each) => definitionOf(each).origin === 'code');
      // Without any there is no need to ask who declares them.
      const live = byCode.length === 0 ? new Set() : await this.declaredByTheLiving();
      for (const schedule of byCode) {
        const isGivenUp = definitionOf(schedule).disabledBy === 'undeclared';
        if (!live.has(schedule.id)) {
          await (isGivenUp ? undefined : this.undeclared(schedule));
          continue;
        }
        this.since.delete(schedule.id);
        this.reported.delete(schedule.id);
        // It was given up while this process could not say that it lives.
        if (isGivenUp && this.declared.ids.includes(schedule.id)) {
          await this.book.change(schedule.id, switchedOn);
        }
      }
    } catch (error) {
      this.log.warn(`Whether all schedules are declared could not be seen: ${toError(error).message}`);
    }
  }

  private async declaredByTheLiving(): Promise<ReadonlySet<string>> {
    const live = (await this.fleet.processes()).filter(({ silent }) => !silent);
    return new Set([...this.declared.ids, ...live.flatMap(({ schedules }) => schedules)]);
  }

  private async undeclared({ id, revision }: StoredSchedule): Promise<void> {
    const now = this.clock.monotonic();
    const since = this.since.get(id) ?? now;
    this.since.set(id, since);
    if (now - since < GRACE || this.reported.has(id)) {
      return;
    }
    const { undeclared } = this.settings.schedules;
    if (undeclared === 'disable') {
      // Another process may have been quicker: then this one has nothing to say.
      const present = await this.book.find(id);
      if (present === undefined || definitionOf(present).disabledBy !== undefined || present.revision < revision) {
        return;
      }
      await this.book.change(id, (definition) => ({ ...definition, disabledBy: 'undeclared' }));
    } else if (undeclared === 'remove' && !(await this.book.remove(id))) {
      return;
    }
    this.reported.add(id);
    this.log.warn(`Schedule '${id}' is declared by no live process any more; ${DONE[undeclared]}`, { schedule: id });
  }
}
