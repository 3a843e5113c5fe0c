import { type Timetable, Timetables, type Timing } from '../../application/ports/timetables.js';
import { compileTiming } from '../../domain/timetable/compile-timing.js';
import { intlZone } from './intl-zone.js';
import { readCron } from './read-cron.js';

/** Timetables from cron-parser's reading of the fields and Node's own time zones. */
export class CronTimetables extends Timetables {
  compile(timing: Timing): Timetable {
    return compileTiming(timing, { readCron, zone: intlZone });
  }
}
