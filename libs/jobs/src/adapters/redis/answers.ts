import { InvalidOptionError } from '../../domain/errors.js';

/** Reads places that a script counted from 1 and joined by commas, as indexes. */
export function places(text: string): readonly number[] {
  return text === '' ? [] : text.split(',').map((place) => Number(place) - 1);
}

/**
 * A holder's name stands in state records, where `|` parts the fields.
 *
 * @throws InvalidOptionError
 */
export function checkHolder(holder: string): void {
  // eslint-disable-next-line no-control-regex
  if (holder === '' || holder.length > 256 || /[|\u0000-\u001f\u007f]/.test(holder)) {
    throw new InvalidOptionError('holder', holder, 'up to 256 characters of text without | and control characters');
  }
}
