import { fork } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { waitFor } from './wait-for.js';

const RUNNER = join(__dirname, 'run-typescript.cjs');

export interface NodeProcessOptions {
  readonly args?: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface NodeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A TypeScript file that runs as a process of its own, so that it can be signalled, stopped and killed. */
export interface NodeProcess {
  readonly pid: number;
  /** What it has printed so far, line by line. */
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly exited: Promise<NodeExit>;
  /**
   * The first line that matches and that no earlier call has returned. Rejects when the process ends without it.
   * `timeout` is in milliseconds, 30 s unless told.
   */
  waitForLine(match: string | RegExp, timeout?: number): Promise<string>;
  /** Arrives there as `process.on('message')`. */
  send(message: string | number | object): void;
  /** Sends a signal; one that cannot be caught by the process, SIGKILL, is waited for. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts the file; it ends with this process, and nothing of an earlier compilation is used. */
export async function startNodeProcess(file: string, options: NodeProcessOptions = {}): Promise<NodeProcess> {
  const child = fork(RUNNER, [file, ...(options.args ?? [])], {
    // Not this process's own flags: jest's are not the fixture's.
    execArgv: ['--enable-source-maps'],
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process was started without its output streams');

  const lines: string[] = [];
  const returned = new Set<number>();
  let errors = '';
  let end: NodeExit | undefined;
  createInterface({ input: stdout }).on('line', (line) => lines.push(line));
  stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  // 'close' and not 'exit': by then everything it printed has been read.
  const exited = new Promise<NodeExit>((resolve) => {
    child.once('close', (code, signal) => {
      end = { code, signal };
      resolve(end);
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });

  return {
    pid,
    lines,
    exited,
    get stderr() {
      return errors;
    },
    async waitForLine(match, timeout) {
      const fits = (line: string): boolean => (typeof match === 'string' ? line.includes(match) : match.test(line));
      const what = `process ${pid} to print ${String(match)}`;
      const find = (): number => lines.findIndex((line, index) => !returned.has(index) && fits(line));
      await waitFor(() => end !== undefined || find() !== -1, { what, ...(timeout === undefined ? {} : { timeout }) });
      const found = find();
      const line = lines[found];
      if (line === undefined) {
        throw new Error(`waited for ${what}, and it ended with ${JSON.stringify(end)}\n${errors}`);
      }
      returned.add(found);
      return line;
    },
    send: (message) => void child.send(message),
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      if (signal === 'SIGKILL') await exited;
    },
  };
}
