import { InvalidOptionError, show } from './errors.js';

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
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(key)) {
      throw new UnknownOptionError(`${path}${key}`, value, known);
    }
  }
}
