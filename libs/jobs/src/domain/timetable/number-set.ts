/** Some of the whole numbers from 0 to a small bound, asked for the next one: the values of one field of a cron expression. */
export class NumberSet {
  readonly first: number;
  /** At each number the smallest member that is not smaller; -1 past the last. */
  private readonly nexts: Int8Array;

  constructor(
    members: Iterable<number>,
    /** How many numbers there are: 60 for minutes. */
    readonly bound: number,
  ) {
    const all = new Set(members);
    this.nexts = new Int8Array(bound + 1).fill(-1);
    for (let number = bound - 1; number >= 0; number -= 1) {
      this.nexts[number] = all.has(number) ? number : this.from(number + 1);
    }
    this.first = this.from(0);
  }

  static all(bound: number): NumberSet {
    return new NumberSet(
      Array.from({ length: bound }, (_, number) => number),
      bound,
    );
  }

  /** The smallest member that is not smaller than `number`; -1 when there is none. */
  from(number: number): number {
    return this.nexts[number] ?? -1;
  }

  has(number: number): boolean {
    return this.nexts[number] === number;
  }

  get isWhole(): boolean {
    return this.includesAllOf(NumberSet.all(this.bound));
  }

  includesAllOf(other: NumberSet): boolean {
    for (let number = other.first; number !== -1; number = other.from(number + 1)) {
      if (!this.has(number)) return false;
    }
    return true;
  }
}
