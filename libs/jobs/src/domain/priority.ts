import { InvalidOptionError } from './errors/errors.js';

/** The named priorities. Higher runs first; any integer between them may be used. */
export const PRIORITIES = { low: -100, normal: 0, high: 100, critical: 200, urgent: 200 } as const;

/** The name of a priority; `urgent` is another word for `critical`. */
export type PriorityName = keyof typeof PRIORITIES;

/** A name, or any integer from −1,000,000 to 1,000,000; higher runs first. */
export type Priority = PriorityName | number;

export const MAX_PRIORITY = 1_000_000;

/**
 * Reads a priority as an integer.
 *
 * @throws InvalidOptionError for an unknown name or a number that is no integer in range
 */
export function parsePriority(value: unknown, option = 'priority'): number {
  if (typeof value === 'string' && Object.hasOwn(PRIORITIES, value)) {
    return PRIORITIES[value as PriorityName];
  }
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_PRIORITY) {
    return value === 0 ? 0 : value;
  }
  throw new InvalidOptionError(
    option,
    value,
    `an integer from -${MAX_PRIORITY} to ${MAX_PRIORITY}, or one of ${Object.keys(PRIORITIES).join(', ')}`,
  );
}

/** The name of a priority where it has one (`critical`, never its alias `urgent`), else the number as text. */
export function priorityLabel(priority: number): string {
  return Object.entries(PRIORITIES).find(([, value]) => value === priority)?.[0] ?? String(priority);
}
