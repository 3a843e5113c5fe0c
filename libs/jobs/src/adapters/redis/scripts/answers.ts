import { InvalidOptionError } from '../../../domain/errors/errors.js';

/** Reads places that a script counted from 1 and joined by commas, as indexes. */
export function places(text: string): readonly number[] {
  return text === '' ? [] : text.split(',').map((place) => Number(place) - 1);
}

/** What the store said to an outcome that did not count. */
export interface Refusal {
  /** Of the outcome, from 0. */
  readonly place: number;
  readonly receipt: 'lost-lease' | 'cancelled';
}

/** Reads which outcomes came too late, and which a cancel that had been asked for has replaced: those with a minus. */
export function refusals(text: string): readonly Refusal[] {
  return places(text).map((place) =>
    place < 0 ? { place: -place - 2, receipt: 'cancelled' } : { place, receipt: 'lost-lease' },
  );
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
