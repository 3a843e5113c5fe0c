/** A stretch of time in which the zone's clock keeps one distance to UTC. All in milliseconds. */
export interface Span {
  /** Epoch, inclusive. */
  readonly from: number;
  /** Epoch, exclusive. The next span may have the same offset. */
  readonly to: number;
  /** Local time minus UTC. */
  readonly offset: number;
}

const DAY = 86_400_000;
/** No clock was ever further than 16 hours from UTC (Manila and Sitka were closest), so no two readings differ by more than this. */
export const WIDEST_SHIFT = 32 * 3_600_000;
const FURTHEST_FROM_UTC = WIDEST_SHIFT / 2;
/**
 * How far apart the zone is probed for a change. The shortest time ever after which a clock was set back to what it was
 * before is four days (Freetown, 1939); seven since 1970.
 */
const PROBE = 3 * DAY;
const CHUNK = 32 * PROBE;
/** A century of chunks; more are asked for only by someone who wanders through time. */
const MAX_CHUNKS = 400;

/**
 * The clock of one zone: what it shows at a time, and when it shows what. Made from nothing but the zone's offset, which is
 * asked once for a stretch of time and then remembered.
 */
export class Zone {
  private readonly chunks = new Map<number, readonly Span[]>();
  private last: Span | undefined;

  constructor(
    readonly name: string,
    /** Local time minus UTC at an epoch time, in milliseconds; whole seconds. */
    private readonly offsetAt: (time: number) => number,
  ) {}

  spanAt(time: number): Span {
    if (this.last !== undefined && time >= this.last.from && time < this.last.to) {
      return this.last;
    }
    const number = Math.floor(time / CHUNK);
    for (const span of this.chunk(number)) {
      if (time < span.to) {
        this.last = span;
        return span;
      }
    }
    throw new RangeError(`Time ${time} lies outside of the calendar`);
  }

  /** What the clock shows, as the epoch milliseconds at which a clock in UTC shows it. */
  wallAt(time: number): number {
    return time + this.spanAt(time).offset;
  }

  /** The latest that the clock has shown by now. It was later than what it shows only while an hour repeats itself. */
  latestShown(time: number): number {
    let span = this.spanAt(time);
    let latest = time + span.offset;
    while (span.from > time - WIDEST_SHIFT) {
      span = this.spanAt(span.from - 1);
      latest = Math.max(latest, span.to - 1 + span.offset);
    }
    return latest;
  }

  /**
   * The first moment at which the clock shows the given time or a later one: the first of two where the time comes twice,
   * and the end of the gap where it is skipped. Never falls as `wall` grows.
   */
  firstAt(wall: number): number {
    for (let span = this.spanAt(wall - FURTHEST_FROM_UTC); ; span = this.spanAt(span.to)) {
      const time = Math.max(span.from, wall - span.offset);
      if (time < span.to) {
        return time;
      }
    }
  }

  private chunk(number: number): readonly Span[] {
    let spans = this.chunks.get(number);
    if (spans === undefined) {
      if (this.chunks.size >= MAX_CHUNKS) {
        this.chunks.clear();
      }
      spans = this.explore(number * CHUNK);
      this.chunks.set(number, spans);
    }
    return spans;
  }

  private explore(start: number): readonly Span[] {
    const spans: Span[] = [];
    let from = start;
    let offset = this.offsetAt(start);
    for (let probe = start; probe < start + CHUNK; probe += PROBE) {
      const end = this.offsetAt(probe + PROBE);
      // More than one change may lie between two probes: each is found, as long as they don't cancel out.
      for (let left = probe; offset !== end;) {
        left = this.changeAfter(left, probe + PROBE, offset);
        if (left > from) {
          spans.push({ from, to: left, offset });
        }
        from = left;
        offset = this.offsetAt(left);
      }
    }
    if (from < start + CHUNK) {
      spans.push({ from, to: start + CHUNK, offset });
    }
    return spans;
  }

  /** A moment between the two, to the second, before which the offset is the given one and at which it is another. */
  private changeAfter(same: number, other: number, offset: number): number {
    let [low, high] = [same / 1_000, other / 1_000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle * 1_000) === offset) low = middle;
      else high = middle;
    }
    return high * 1_000;
  }
}
