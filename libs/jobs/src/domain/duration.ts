import { InvalidOptionError } from './errors/errors.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof UNITS;

/** Milliseconds as a number, or a string of a number and a unit: `'250ms'`, `'30s'`, `'5m'`, `'1.5h'`, `'1d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}`;

/** The longest duration accepted, in milliseconds: a hundred years, so that no sum of times leaves the safe integers. */
export const MAX_DURATION = 100 * 365 * UNITS.d;

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/;

/**
 * Reads a duration as whole milliseconds.
 *
 * @param option the option's name, for the error
 * @throws InvalidOptionError for a negative, unreadable, non-finite or overlong duration
 */
export function parseDuration(value: unknown, option = 'duration'): number {
  const milliseconds = typeof value === 'string' ? fromText(value) : value;
  if (typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds <= MAX_DURATION) {
    return Math.abs(Math.round(milliseconds));
  }
  throw new InvalidOptionError(
    option,
    value,
    "a number of milliseconds ≥ 0, or a string such as '250ms', '30s', '5m', '1h', '1d' or '2w' (100 years at most)",
  );
}

/**
 * Reads a duration between two bounds, in milliseconds.
 *
 * @throws InvalidOptionError as {@link parseDuration}, and for one outside of them
 */
export function parseDurationWithin(value: unknown, option: string, least: number, most: number): number {
  const milliseconds = parseDuration(value, option);
  if (milliseconds < least || milliseconds > most) {
    throw new InvalidOptionError(option, value, `a duration from ${formatDuration(least)} to ${formatDuration(most)}`);
  }
  return milliseconds;
}

function fromText(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * UNITS[match[2] as Unit];
}

/** Writes milliseconds for people: `1500` becomes `'1.5s'`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's'] as const) {
    if (milliseconds >= UNITS[unit]) {
      return `${Math.round((milliseconds / UNITS[unit]) * 100) / 100}${unit}`;
    }
  }
  return `${Math.round(milliseconds)}ms`;
}
