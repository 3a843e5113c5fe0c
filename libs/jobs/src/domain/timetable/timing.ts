/** When something is to happen: what a timetable is made from, all of it plain data. */
export interface Timing {
  /** Cron, a macro, or the text of a builder: see the grammar in `expression.ts`. */
  readonly expression: string;
  /** IANA name, such as `Europe/Berlin`: the zone of the expression and of `except`. */
  readonly timezone: string;
  /** Epoch milliseconds, inclusive: nothing happens earlier, and `@every` counts from here. */
  readonly startAt?: number;
  /** Epoch milliseconds, exclusive: nothing happens from here on. */
  readonly endAt?: number;
  /** Dates, ranges of dates and cron expressions to leave out: see the grammar in `exceptions.ts`. */
  readonly except?: readonly string[];
}

/** The occurrences of one timing. Pure: the same question has the same answer, whatever was asked before. */
export interface Timetable {
  /** The first occurrence later than the given time, epoch ms; undefined when there is none any more. */
  next(after: number): number | undefined;
}
