import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { environmentOf, type RedisBinary } from './redis-binary.js';
import { waitFor } from './wait-for.js';

const ENDS_WITHIN_MS = 10_000;
const LOG_FILE = 'server.log';
const LOG_EXCERPT = 2_000;

// `sh` holds a pipe from this process. When this process ends, even by SIGKILL, the pipe closes, the watcher kills the
// server (also a stopped one) and the folder goes with it. When the server ends first, `sh` ends with its exit code.
const SUPERVISE = `
exec 3<&0
"$@" 3<&- >>"$SERVER_LOG" 2>&1 &
server=$!
echo "$server"
{ cat <&3 >/dev/null; : >"$SERVER_DIR/.orphaned"; kill -KILL "$server"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
code=$?
if [ -e "$SERVER_DIR/.orphaned" ]; then
  [ -n "$SERVER_KEEP" ] || rm -rf "$SERVER_DIR"
else
  kill "$watcher"
fi
exit "$code"
`;

/** What is to be run: see {@link RedisBinary}. */
export interface ServerBinary extends Pick<RedisBinary, 'path' | 'libraryPath'> {
  readonly name: string;
}

export interface LaunchOptions {
  readonly binary: ServerBinary;
  readonly args: readonly string[];
  readonly dir: string;
  /** Leave the folder when this process dies. */
  readonly keepDir: boolean;
}

/** One life of a server program: from its start to its end, which it shares with the process that started it. */
export interface ServerProcess {
  /** Of the server itself, not of the shell that watches it. */
  readonly pid: number;
  readonly running: boolean;
  readonly exited: Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, and kills it when it does not. */
  end(): Promise<void>;
  /** The end of what the server has logged, to be put into an error. */
  log(): string;
}

export async function launchServer({ binary, args, dir, keepDir }: LaunchOptions): Promise<ServerProcess> {
  const logPath = join(dir, LOG_FILE);
  closeSync(openSync(logPath, 'a'));
  const shell = spawn('/bin/sh', ['-c', SUPERVISE, 'sh', binary.path, ...args], {
    // A group of its own: Ctrl-C in the terminal ends jest, and the servers through it.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...environmentOf(binary), SERVER_DIR: dir, SERVER_LOG: logPath, SERVER_KEEP: keepDir ? 'yes' : '' },
  });
  let running = true;
  const exited = new Promise<void>((resolve) => {
    shell.once('exit', () => {
      running = false;
      resolve();
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    shell.once('error', reject);
    shell.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    shell.once('exit', () => reject(new Error(`no shell to run ${binary.path} in`)));
  });
  const signal = (name: NodeJS.Signals): void => {
    if (!running) return;
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const ended = (what: string): Promise<boolean> =>
    waitFor(() => !running, { timeout: ENDS_WITHIN_MS, what: `${binary.name} ${pid} to end ${what}` });

  // A server that a test forgot must not keep jest from ending; it ends with jest.
  shell.unref();
  for (const stream of [shell.stdin, shell.stdout]) (stream as { unref?(): void }).unref?.();
  return {
    pid,
    exited,
    signal,
    get running() {
      return running;
    },
    async end() {
      signal('SIGTERM');
      signal('SIGCONT');
      await ended('after SIGTERM').catch(() => {
        signal('SIGKILL');
        return ended('after SIGKILL');
      });
    },
    log: () => readFileSync(logPath, { encoding: 'utf8', flag: 'r' }).slice(-LOG_EXCERPT).trim(),
  };
}
