import { InvalidPayloadError, PayloadTooLargeError } from './errors.js';

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
    text = JSON.stringify(value, refuseLoss);
  } catch (cause) {
    throw new InvalidPayloadError(jobType, [{ path: pathOfLoss(value), message: reasonOfLoss(cause) }], { cause });
  }
  if (text === undefined) {
    throw new InvalidPayloadError(jobType, [{ path: '', message: `JSON cannot carry a ${typeof value}` }]);
  }
  return text;
}

class LossError extends Error {}

function refuseLoss(_key: string, value: unknown): unknown {
  switch (typeof value) {
    case 'function':
    case 'symbol':
    case 'bigint':
      throw new LossError(`JSON cannot carry a ${typeof value}`);
    case 'number':
      if (!Number.isFinite(value)) {
        throw new LossError(`JSON cannot carry ${value}`);
      }
      return value;
    default:
      return value;
  }
}

function reasonOfLoss(cause: unknown): string {
  return cause instanceof LossError
    ? cause.message
    : `JSON cannot carry it: ${cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause)}`;
}

/** The path of the first value that JSON cannot carry: looked for only once writing has failed. */
function pathOfLoss(root: unknown): string {
  const walk = (value: unknown, path: string, above: readonly unknown[]): string | undefined => {
    const lost =
      above.includes(value) ||
      ['function', 'symbol', 'bigint'].includes(typeof value) ||
      (typeof value === 'number' && !Number.isFinite(value));
    if (lost) {
      return path;
    }
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    for (const [key, inner] of Object.entries(value)) {
      const found = walk(inner, path === '' ? key : `${path}.${key}`, [...above, value]);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  };
  return walk(root, '', []) ?? '';
}
