/** Names whose values no message and no log shows, of options and in payloads. */
const SECRET =
  /pass|secret|token|credential|authori[sz]ation|cookie|(api|private|access)[-_]?key|tls$|^(key|cert|ca|pfx|pwd)$/i;

/** Text up to the last `@` of a URL: user and password, however badly they are escaped. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)?.*@/is;
const SECRET_PARAMETER = /([?&][^=&]*(?:pass|secret|token)[^=&]*=)[^&]*/gi;
/** User and password whose host is missing, as of a URL that was cut off: what stands there as a port is none. */
const CUT_OFF = /^([a-z][a-z0-9+.-]*:\/\/[^:/?#[\]@]*:)(?!\d{0,5}(?:[/?#]|$))[^@]*$/i;
const MAX_DEPTH = 4;

/** What stands in the place of a secret. */
export const MASK = '***';

/** True for the name of something that no message and no log shows. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

/**
 * The value as a message may show it: secrets are replaced by `***`, wherever in it they are.
 *
 * @param path the option's path or the variable's name: what is called a secret is one
 */
export function masked(path: string, value: unknown): unknown {
  const name = path.split(/[.[\]]/).findLast((part) => part !== '' && !/^\d+$/.test(part)) ?? '';
  return mask(name, value, /url|nodes|redis/i.test(name), MAX_DEPTH);
}

function mask(name: string, value: unknown, mayBeUrl: boolean, depth: number): unknown {
  if (isSecretName(name) && value !== undefined && value !== null && typeof value !== 'boolean') {
    return MASK;
  }
  if (typeof value === 'string') {
    return mayBeUrl || value.includes('://') ? maskUrl(value) : value;
  }
  if (typeof value === 'function') {
    return `[function ${value.name || 'without a name'}]`;
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const tag = Object.prototype.toString.call(value);
  if (depth === 0 || (tag !== '[object Object]' && !Array.isArray(value))) {
    return tag;
  }
  return Array.isArray(value)
    ? value.slice(0, 20).map((entry: unknown) => mask(name, entry, mayBeUrl, depth - 1))
    : Object.fromEntries(
        Object.entries(value)
          .slice(0, 20)
          .map(([key, entry]) => [key, mask(key, entry, /url|nodes|redis/i.test(key), depth - 1)]),
      );
}

/** A URL without its credentials; also one that no parser can read. */
export function maskUrl(url: string): string {
  return url
    .replace(CREDENTIALS, (_credentials, scheme: string | undefined) => `${scheme ?? ''}${MASK}@`)
    .replace(SECRET_PARAMETER, `$1${MASK}`)
    .replace(CUT_OFF, `$1${MASK}`);
}
