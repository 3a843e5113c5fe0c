import { Inject, Injectable } from '@nestjs/common';
import type { ScheduleDefinition } from '../../domain/schedules/schedule.js';
import { jitterOf, SchedulePlan } from '../../domain/schedules/schedule-plan.js';
import type { Timetable } from '../../domain/timetable/timing.js';
import { Timetables, type Timing } from '../ports/timetables.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';

/** Timetables that are remembered: those of the schedules that there may be, and then some. */
const REMEMBERED = 2_000;

/** Makes the plans of schedules, and remembers their timetables. */
@Injectable()
export class SchedulePlans {
  private readonly compiled = new Map<string, Timetable>();

  constructor(
    private readonly timetables: Timetables,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /** @throws InvalidScheduleError */
  of(id: string, { timing, jitter, missed }: Pick<ScheduleDefinition, 'timing' | 'jitter' | 'missed'>): SchedulePlan {
    const { missedBound } = this.settings.schedules;
    return new SchedulePlan(this.timetable(timing), jitterOf(id, jitter), missed, undefined, missedBound);
  }

  private timetable(timing: Timing): Timetable {
    const key = JSON.stringify(timing);
    let timetable = this.compiled.get(key);
    if (timetable === undefined) {
      timetable = this.timetables.compile(timing);
      if (this.compiled.size >= REMEMBERED) {
        this.compiled.clear();
      }
      this.compiled.set(key, timetable);
    }
    return timetable;
  }
}
