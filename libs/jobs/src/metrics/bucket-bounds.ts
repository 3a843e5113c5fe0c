import { InvalidOptionError } from '../domain/errors/errors.js';

/** Seconds: from a millisecond, since many jobs take no more, to ten minutes. */
export const DEFAULT_BUCKETS: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600,
]);

/** Reads the upper bounds of buckets. @throws InvalidOptionError */
export function buckets(value: unknown, option: string): readonly number[] {
  if (value === undefined) {
    return DEFAULT_BUCKETS;
  }
  const isGood =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((bound, at) => Number.isFinite(bound) && (at === 0 ? bound > 0 : bound > value[at - 1]));
  if (!isGood) {
    throw new InvalidOptionError(option, value, 'a list of seconds, ascending, at least one');
  }
  return value as readonly number[];
}
