import { InvalidPayloadError, PayloadTooLargeError } from './errors/errors.js';

/** The largest payload unless told otherwise, in bytes of JSON. */
export const DEFAULT_MAX_PAYLOAD_SIZE = 1_048_576;

/**
 * Writes a payload as JSON text, refusing what JSON would lose silently: functions, symbols, BigInt, cycles, NaN.
 *
 * A property that is `undefined` is left out, as JSON does; no payload at all is written as `null`.
 *
 * @throws InvalidPayloadError naming the path of what JSON cannot carry
 * @throws PayloadTooLargeError over `limit` bytes
 */
export function serialisePayload(jobType: string, payload: unknown, limit = DEFAULT_MAX_PAYLOAD_SIZE): string {
  const text = serialise(jobType, payload === undefined ? null : payload);
  // A UTF-16 unit is at most three bytes of UTF-8: short texts need no counting.
  if (text.length * 3 > limit) {
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > limit) {
      throw new PayloadTooLargeError(jobType, bytes, limit);
    }
  }
  return text;
}

function serialise(jobType: string, value: unknown): string {
  let text: string | undefined;
  try {
    // A replacer is called for every value, which costs several times the writing itself: most payloads need none.
    text = isPlain(value, 0) ? JSON.stringify(value) : JSON.stringify(value, refuseLoss);
  } catch (cause) {
    throw new InvalidPayloadError(jobType, [{ path: pathOfLoss(value), message: reasonOfLoss(cause) }], { cause });
  }
  if (text === undefined) {
    throw new InvalidPayloadError(jobType, [
      { path: '', message: 'JSON cannot carry it: its toJSON() answers nothing' },
    ]);
  }
  return text;
}

const PLAIN_DEPTH = 8;

/** True for what JSON surely carries whole: objects and arrays of texts, numbers and booleans, not too deep to be cyclic. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (depth < PLAIN_DEPTH && isPlainObject(value, depth + 1));
    default:
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    return value.every((each) => isPlain(each, depth));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return false;
  }
  for (const key in value) {
    if (!isPlain((value as Readonly<Record<string, unknown>>)[key], depth)) {
      return false;
    }
  }
  return true;
}

class LossError extends Error {}

function refuseLoss(_key: string, value: unknown): unknown {
  const loss = lossOf(value);
  if (loss !== undefined) {
    throw new LossError(`JSON cannot carry ${loss}`);
  }
  return value;
}

/** Names a value that JSON would leave out, or write as something else. */
function lossOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'function':
    case 'symbol':
    case 'bigint':
      return `a ${typeof value}`;
    case 'number':
      return Number.isFinite(value) ? undefined : String(value);
    case 'object':
      // Both would be written as {}.
      return value instanceof Map ? 'a Map' : value instanceof Set ? 'a Set' : undefined;
    default:
      return undefined;
  }
}

function reasonOfLoss(cause: unknown): string {
  return cause instanceof LossError
    ? cause.message
    : `JSON cannot carry it: ${cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause)}`;
}

/** The path of the first value that JSON cannot carry: looked for, by writing once more, only when writing has failed. */
function pathOfLoss(root: unknown): string {
  const paths = new Map<unknown, string>();
  let path = '';
  const follow = function (this: unknown, key: string, value: unknown): unknown {
    const above = paths.get(this);
    path = above === undefined || above === '' ? key : `${above}.${key}`;
    if (typeof value === 'object' && value !== null) {
      paths.set(value, path);
    }
    return refuseLoss(key, value);
  };
  try {
    JSON.stringify(root, follow);
  } catch {
    return path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
  }
  return '';
}

const MAX_PATH = 200;
