import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Names one boot of one process: what leases are held by. Host and process id are for people; the rest makes it unique. */
export function newHolder(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 64);
  return `${host}:${process.pid}:${randomBytes(6).toString('base64url')}`;
}
