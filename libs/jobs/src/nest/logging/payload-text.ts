import { isSecretName, MASK, maskUrl } from '../options/secrets.js';

/** What {@link payloadText} shows of a payload. */
export interface PayloadLimits {
  /** Names of fields whose values are masked at any depth, besides those that are secrets by their names. */
  readonly redact: readonly string[];
  /** Characters, at most. */
  readonly length: number;
}

/**
 * A payload as a log may show it: JSON text in which secrets are `***` at any depth, cut to a bound. Never throws.
 *
 * @param payload JSON text
 */
export function payloadText(payload: string, { redact, length }: PayloadLimits): string {
  const named = new Set(redact.map(plainName));
  // Of what lies beyond the bound nothing is written: a payload may be a thousand times as long.
  let left = length;
  const shown = (key: string, value: unknown): unknown => {
    if (left <= 0) {
      return undefined;
    }
    if (key !== '' && value !== null && (isSecretName(key) || named.has(plainName(key)))) {
      left -= MASK.length;
      return MASK;
    }
    const text = typeof value === 'string' ? cut(value.includes('://') ? maskUrl(value) : value, length) : value;
    left -= key.length + (typeof text === 'string' ? text.length : 4);
    return text;
  };
  try {
    return cut(JSON.stringify(JSON.parse(payload), shown) ?? '', length);
  } catch {
    return '[unreadable]'; // as deep as no stack is
  }
}

/** `api_key`, `apiKey` and `API-Key` are one name. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}
