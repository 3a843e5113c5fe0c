import { Zone } from '../../domain/timetable/zone.js';

/** One for each zone that was ever named; there are some six hundred. */
const zones = new Map<string, Zone>();

/** The zone of an IANA name, from the time zone data of Node itself; undefined when Node knows none of that name. */
export function intlZone(name: string): Zone | undefined {
  let zone = zones.get(name);
  if (zone === undefined) {
    const format = formatIn(name);
    if (format === undefined) {
      return undefined;
    }
    zone = new Zone(name, (time) => wallTime(format.format(time)) - Math.floor(time / 1_000) * 1_000);
    zones.set(name, zone);
  }
  return zone;
}

function formatIn(timeZone: string): Intl.DateTimeFormat | undefined {
  // Some versions of Node take '+05:30' for a zone and some don't; what one process accepts, all must.
  if (!/^[a-z]/i.test(timeZone)) {
    return undefined;
  }
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    return undefined;
  }
}

const SHOWN = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/;

/** What '03/29/2026, 03:00:00' is in UTC. */
function wallTime(shown: string): number {
  const [, month, date, year, hour, minute, second] = SHOWN.exec(shown) ?? [];
  const wall = new Date(0);
  wall.setUTCFullYear(Number(year), Number(month) - 1, Number(date));
  return wall.setUTCHours(Number(hour), Number(minute), Number(second), 0);
}
