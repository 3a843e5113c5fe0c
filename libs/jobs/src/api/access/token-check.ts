import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiRole } from './role.js';

/** A token that is known, by its hash: the token itself is kept nowhere. */
export interface KnownToken {
  readonly name: string;
  readonly role: ApiRole;
  readonly hash: Buffer;
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The bearer token that a header carries. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1];
}

/** Whose token it is. Every known token is compared, each in the same time, so that nothing can be learned from how long it takes. */
export function findToken(known: readonly KnownToken[], token: string): KnownToken | undefined {
  const hash = hashToken(token);
  let found: KnownToken | undefined;
  for (const each of known) {
    if (timingSafeEqual(each.hash, hash)) {
      found = each;
    }
  }
  return found;
}
