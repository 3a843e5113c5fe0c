import { InvalidOptionError } from '../errors/errors.js';

/**
 * Reads one of some words.
 *
 * @param option the option's name, for the error
 * @throws InvalidOptionError that names them all
 */
export function parseWord<T extends string>(words: readonly T[], value: unknown, option: string): T {
  const found = words.find((word) => word === value);
  if (found === undefined) {
    throw new InvalidOptionError(option, value, `one of ${words.join(', ')}`);
  }
  return found;
}
