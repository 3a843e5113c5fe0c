import { StoreFullError, StoreUnavailableError } from '../../../domain/errors/errors.js';

/** Replies that mean "not now": the server is loading, failing over, or being resharded. */
const PASSING = new Set([
  'LOADING',
  'READONLY',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MASTERDOWN',
  'NOREPLICAS',
  'BUSY',
  'MOVED',
  'ASK',
  'UNBLOCKED',
  'MISCONF',
]);

/**
 * What an error of ioredis means for a call: `trouble` passes and the call is sent again; `full` is a Redis at its
 * `maxmemory`; `no-script` wants the source; `refused` is an answer that sending again would not change.
 */
export function classify(error: unknown): 'trouble' | 'full' | 'no-script' | 'refused' {
  const { name, message } = error as { readonly name?: string; readonly message?: string };
  if (name !== 'ReplyError' || message === undefined) {
    return 'trouble';
  }
  // A server that has become a replica has no code of its own for this one.
  if (/^ERR WAIT(AOF)? cannot be used with replica/.test(message)) {
    return 'trouble';
  }
  const word = message.split(' ', 1)[0] as string;
  switch (word) {
    case 'NOSCRIPT':
      return 'no-script';
    case 'OOM':
      return 'full';
    default:
      return PASSING.has(word) ? 'trouble' : 'refused';
  }
}

/** Makes errors that show no secrets: neither in their message nor in what they keep as their cause. */
export class ErrorTexts {
  constructor(
    private readonly place: string,
    private readonly secrets: readonly string[],
  ) {}

  unavailable(what: string, cause: unknown): StoreUnavailableError {
    return new StoreUnavailableError(`${this.place} ${what}: ${this.reason(cause)}`, { cause: this.plain(cause) });
  }

  full(cause: unknown): StoreFullError {
    return new StoreFullError(
      `${this.place} has reached its maxmemory and takes no new jobs; those it has can still be worked off. Raise maxmemory, or keep finished jobs for less long (retain)`,
      { cause: this.plain(cause) },
    );
  }

  /** One line, with secrets masked. */
  reason(cause: unknown): string {
    const { message, code } = cause as { readonly message?: string; readonly code?: string };
    const text = message === undefined || message === '' ? (code ?? String(cause)) : message;
    return this.mask(text.split('\n')[0] as string);
  }

  private mask(text: string): string {
    return this.secrets
      .reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
      .replace(/\/\/([^/@\s]*):[^/@\s]+@/g, '//$1:***@');
  }

  /** ioredis hangs the command and its arguments on its errors: a payload, or the password of AUTH. */
  private plain(cause: unknown): Error {
    const plain = new Error(this.reason(cause));
    const { name, code } = cause as { readonly name?: string; readonly code?: string };
    plain.name = name ?? 'Error';
    return code === undefined ? plain : Object.assign(plain, { code });
  }
}
