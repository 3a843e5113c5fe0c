import type { Log } from '../application/ports/log.js';

/** The value of a label in place of those that came when it had as many as it may have. */
export const OTHER = 'other';

/**
 * Keeps the number of values of one label within a bound: series live in the memory of every process and of Prometheus,
 * and names may come from anywhere.
 */
export class BoundedLabel<T extends string | number = string> {
  private readonly known = new Map<T, string>();
  private warned = false;

  constructor(
    private readonly name: string,
    private readonly most: number,
    private readonly log: Log,
    private readonly write: (value: T) => string = String,
  ) {}

  /** The label's value for it: `other` once there are as many as there may be. */
  of(value: T): string {
    return this.known.get(value) ?? this.admit(value);
  }

  private admit(value: T): string {
    if (this.known.size < this.most) {
      const label = this.write(value);
      this.known.set(value, label);
      return label;
    }
    if (!this.warned) {
      this.warned = true;
      this.log.warn(
        `Metrics have ${this.most} values of '${this.name}', as many as allowed; what comes now, such as '${value}', is counted as '${OTHER}'`,
      );
    }
    return OTHER;
  }
}
