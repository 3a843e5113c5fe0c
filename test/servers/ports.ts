import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export const HOST = '127.0.0.1';

// Below the ports that Linux and macOS give to outgoing connections: none of those can take a server's port while it restarts.
const LOWEST = 14_000;
const HIGHEST = 30_000;
const ATTEMPTS = 200;

const CLAIMS = join(tmpdir(), `nestjs-jobs-test-ports-${userInfo().uid}`);

/** A port that belongs to this process until it is released, also while nothing listens on it. */
export interface ClaimedPort {
  readonly port: number;
  release(): void;
}

/**
 * Claims a free port against every other test process on this machine: a file that only one of them can create holds
 * the owner's process id. A claim whose owner is gone can be taken over.
 */
export async function claimPort(): Promise<ClaimedPort> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    const release = claim(port);
    if (release === undefined) continue;
    if (await isFree(port)) return { port, release };
    release();
  }
  throw new Error(`found no free port between ${LOWEST} and ${HIGHEST} in ${ATTEMPTS} attempts`);
}

function claim(port: number): (() => void) | undefined {
  mkdirSync(CLAIMS, { recursive: true });
  const file = join(CLAIMS, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    // A stale file is only removed; the port is claimed by a later attempt, so that two takers cannot both win.
    if (!ownerIsAlive(file)) rmSync(file, { force: true });
    return undefined;
  }
  return () => rmSync(file, { force: true });
}

function ownerIsAlive(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file was created this instant and is about to be written.
    if (!Number.isInteger(pid) || pid <= 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
