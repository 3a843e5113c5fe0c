import type { Timetable, Timing } from '../../domain/timetable/timing.js';

export type { Timetable, Timing };

/** Turns the timing of a schedule into its occurrences. */
export abstract class Timetables {
  /** @throws InvalidScheduleError naming the option, its value and the reason */
  abstract compile(timing: Timing): Timetable;
}
