// Dates as plain numbers. A wall time is what a clock on the wall shows, as seconds since it showed 1970-01-01 00:00;
// a day is such a count in days. Neither knows a zone.

export const SECONDS_A_DAY = 86_400;
const MS_A_DAY = 86_400_000;

export interface CalendarDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly date: number;
}

/** The day's number; a month or date beyond its end counts on into the next. Years 1 to 9999. */
export function dayOf(year: number, month: number, date: number): number {
  // Not Date.UTC(), which takes year 26 for 1926.
  return new Date(0).setUTCFullYear(year, month - 1, date) / MS_A_DAY;
}

export function dateOf(day: number): CalendarDate {
  const date = new Date(day * MS_A_DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, date: date.getUTCDate() };
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

export function monthLength(year: number, month: number): number {
  return month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
