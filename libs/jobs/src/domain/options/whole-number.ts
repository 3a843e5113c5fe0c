import { InvalidOptionError } from '../errors/errors.js';

/** The largest count that an option takes. */
export const MAX_COUNT = 1_000_000;

/**
 * Reads a whole number within bounds.
 *
 * @throws InvalidOptionError naming the option
 */
export function parseWholeNumber(value: unknown, option: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw new InvalidOptionError(option, value, `an integer from ${least} to ${most}`);
}
