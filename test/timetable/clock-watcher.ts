/**
 * What a timetable is held against: a clock on the wall of a zone, read once for each minute (or second) of a stretch of
 * time. Knows Intl and nothing of the library.
 */
export class WatchedClock {
  /** What the clock shows at each reading, as the epoch milliseconds at which a clock in UTC shows it. */
  readonly shown: readonly number[];

  constructor(
    readonly zone: string,
    readonly from: number,
    readonly to: number,
    /** Milliseconds between two readings. */
    readonly step: number,
  ) {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const shown: number[] = [];
    for (let time = from; time < to; time += step) {
      const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
      const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
      shown.push(Date.UTC(year, month - 1, day, hour, minute, second));
    }
    this.shown = shown;
  }

  /** When a watcher acts who acts whenever the clock shows one of the times. */
  whenever(matches: (shown: number) => boolean): readonly number[] {
    return this.shown.flatMap((shown, index) => (matches(shown) ? [this.from + index * this.step] : []));
  }

  /**
   * When a watcher acts who crosses times off a list: at each reading he crosses off all up to what the clock shows, and acts
   * if there was one.
   */
  crossingOff(matches: (shown: number) => boolean): readonly number[] {
    const acted: number[] = [];
    let crossedOff = this.shown[0]! - this.step;
    for (const [index, shown] of this.shown.entries()) {
      let act = false;
      for (; crossedOff + this.step <= shown; crossedOff += this.step) {
        act = matches(crossedOff + this.step) || act;
      }
      if (act) acted.push(this.from + index * this.step);
    }
    return acted;
  }
}
