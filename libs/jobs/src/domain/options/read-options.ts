import { InvalidOptionError, JobsError } from '../errors/errors.js';
import { describeFailure, toError } from '../failure.js';
import { refuseUnknownKeys } from './known-keys.js';

/**
 * A plain copy of an object of options, of its known fields alone: each is looked at once, so that what was checked is
 * what is used. One that is `undefined` is absent.
 *
 * @param option what the whole is called, for the error
 * @param path put before the name of a field that is not known, such as `retry.`
 * @throws InvalidOptionError for what is no object of options, for a field that is not known, for what cannot be read
 */
export function readOptions<T extends object>(
  value: unknown,
  option: string,
  known: readonly (keyof T & string)[],
  path = '',
): T {
  return reading(option, value, () => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidOptionError(option, value, `an object with any of ${known.join(', ')}`);
    }
    refuseUnknownKeys(value, known, path);
    const read: Partial<Record<keyof T, unknown>> = {};
    for (const field of known) {
      const told = (value as T)[field];
      if (told !== undefined) {
        read[field] = told;
      }
    }
    return read as T;
  });
}

/**
 * Runs what looks at a caller's input. An input may throw by itself when it is looked at (a getter, a proxy, a `toJSON()`):
 * that is an option that is not allowed, like any other.
 *
 * @throws InvalidOptionError with what the input has thrown as its cause; errors of this package as they are
 */
export function reading<T>(option: string, value: unknown, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(option, value, error);
  }
}

/** What to say of an input that has thrown while it was looked at; an error of this package stays as it is. */
export function unreadable(option: string, value: unknown, thrown: unknown): JobsError {
  if (thrown instanceof JobsError) {
    return thrown;
  }
  const cause = toError(thrown);
  const { name, message } = describeFailure(cause);
  return new InvalidOptionError(option, value, `plain data: looking at it threw ${name}: ${message}`, { cause });
}
