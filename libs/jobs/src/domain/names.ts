import { InvalidOptionError } from './errors/errors.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The queue of a type that names none. */
export const DEFAULT_QUEUE = 'default';

/** The longest job id, in UTF-8 bytes. */
export const MAX_ID_BYTES = 256;

/**
 * Queue and type names become parts of store keys, metric labels and log lines, so they are plain.
 *
 * @throws InvalidOptionError
 */
export function checkName(value: unknown, option: 'queue' | 'type' | (string & {})): string {
  if (isName(value)) {
    return value;
  }
  throw new InvalidOptionError(
    option,
    value,
    'a name of 1 to 128 letters, digits and _ . : / - that begins with a letter or digit',
  );
}

/** True for what a queue and a type may be called. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/**
 * An id an application chooses: any text without control characters.
 *
 * @throws InvalidOptionError
 */
export function checkId(value: unknown): string {
  if (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID_BYTES &&
    !CONTROL.test(value) &&
    value.isWellFormed() &&
    new TextEncoder().encode(value).length <= MAX_ID_BYTES
  ) {
    return value;
  }
  throw new InvalidOptionError('id', value, `1 to ${MAX_ID_BYTES} bytes of text without control characters`);
}
