import { InvalidOptionError, show } from '../errors/errors.js';
import { shownName } from '../errors/shown.js';

/** An option that there is not: where one is meant, a misspelt one would silently do nothing. */
class UnknownOptionError extends InvalidOptionError {
  constructor(option: string, value: unknown, known: readonly string[]) {
    super(option, value, known.join(', '));
    this.name = 'InvalidOptionError';
    this.message = `${option}: ${show(value)} is an unknown option; allowed here: ${this.allowed}`;
  }
}

/**
 * Checks that an object has no keys but the known ones; one that is `undefined` counts as absent.
 *
 * @param path put before the key in the message, such as `retry.`
 * @throws InvalidOptionError naming the first key that is not known
 */
export function refuseUnknownKeys(options: object, known: readonly string[], path = ''): void {
  // Not Object.keys(): this is asked of every submit, and a list of its keys is more than all else that it allocates.
  for (const key in options) {
    if (!known.includes(key) && Object.hasOwn(options, key)) {
      const value = (options as Readonly<Record<string, unknown>>)[key];
      if (value !== undefined) {
        throw new UnknownOptionError(`${path}${shownName(key)}`, value, known);
      }
    }
  }
}
