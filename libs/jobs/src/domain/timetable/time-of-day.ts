import { NumberSet } from './number-set.js';

/** The times of a day that a cron expression names: any of its hours with any of its minutes and seconds. */
export class TimeOfDay {
  constructor(
    readonly hours: NumberSet,
    readonly minutes: NumberSet,
    readonly seconds: NumberSet,
  ) {}

  static all(): TimeOfDay {
    return new TimeOfDay(NumberSet.all(24), NumberSet.all(60), NumberSet.all(60));
  }

  /** The first one of a day, in seconds since midnight. */
  get first(): number {
    return this.hours.first * 3_600 + this.minutes.first * 60 + this.seconds.first;
  }

  has(second: number): boolean {
    return (
      this.hours.has(Math.floor(second / 3_600)) &&
      this.minutes.has(Math.floor(second / 60) % 60) &&
      this.seconds.has(second % 60)
    );
  }

  /** The first that is not earlier than the given second of the day; -1 when the day has none any more. */
  from(second: number): number {
    const hourNow = Math.floor(second / 3_600);
    let hour = this.hours.from(hourNow);
    if (hour === hourNow) {
      const minuteNow = Math.floor(second / 60) % 60;
      let minute = this.minutes.from(minuteNow);
      if (minute === minuteNow) {
        const within = this.seconds.from(second % 60);
        if (within !== -1) {
          return hour * 3_600 + minute * 60 + within;
        }
        minute = this.minutes.from(minuteNow + 1);
      }
      if (minute !== -1) {
        return hour * 3_600 + minute * 60 + this.seconds.first;
      }
      hour = this.hours.from(hourNow + 1);
    }
    return hour === -1 ? -1 : hour * 3_600 + this.minutes.first * 60 + this.seconds.first;
  }
}
