import { join } from 'node:path';

import type { JobsModuleOptions } from 'nestjs-jobs';

import { type NodeProcess, startNodeProcess } from '../../servers/child-process.js';
import type { SubmitOutcome, WorkerCommand, WorkerOptions } from '../fixtures/worker-options.js';
import type { Journal } from './journal.js';

export interface StartWorkerOptions extends Omit<WorkerOptions, 'journal'> {
  readonly journal: Journal;
  /** The most memory for JavaScript objects, in MiB. Default: Node's own. */
  readonly memory?: number;
}

/** A worker in a process of its own. */
export interface WorkerProcess extends Omit<NodeProcess, 'send'> {
  /** Lets handlers that wait at the gate go on, in this process only. */
  open(gate: string): void;
  /** Submits so many jobs there, and resolves with what became of each once all are answered. */
  submit(count: number): Promise<readonly SubmitOutcome[]>;
  /**
   * Closes the application. Resolves when that has returned, with the milliseconds it took by the process's own clock; the
   * process then ends if nothing was left open.
   */
  close(): Promise<number>;
}

const FIXTURE = join(__dirname, '..', 'fixtures', 'worker.ts');

/** Times of a worker that is to die: its jobs run elsewhere about a second later. */
export const MORTAL = { lease: '1500ms', heartbeat: '300ms' } as const satisfies JobsModuleOptions;

/** Times of a worker that takes over: it looks often, and does not lose its own leases on a busy machine. */
export const HEIR = { lease: '30s', heartbeat: '300ms' } as const satisfies JobsModuleOptions;

const DEFAULTS: JobsModuleOptions = { worker: { size: 2, concurrency: 5 }, shutdown: { deadline: '5s' } };

/** Starts a worker and waits until it works. */
export async function startWorker({ journal, module, ...rest }: StartWorkerOptions): Promise<WorkerProcess> {
  const worker = await launchWorker({ journal, module, ...rest });
  await worker.waitForLine('ready');
  return worker;
}

/** Starts a worker without waiting for it. */
export async function launchWorker({ journal, module, memory, ...rest }: StartWorkerOptions): Promise<WorkerProcess> {
  const env = { NO_COLOR: '1', ...(memory === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${memory}` }) };
  const options: WorkerOptions = { ...rest, module: { ...DEFAULTS, ...module }, journal: journal.file };
  const child = await startNodeProcess(FIXTURE, { args: [JSON.stringify(options)], env });
  const tell = (command: WorkerCommand): void => child.send(command);
  return {
    pid: child.pid,
    lines: child.lines,
    exited: child.exited,
    get stderr() {
      return child.stderr;
    },
    waitForLine: (match, timeout) => child.waitForLine(match, timeout),
    kill: (signal) => child.kill(signal),
    open: (gate) => tell({ open: gate }),
    async submit(count) {
      tell({ submit: count });
      const line = await child.waitForLine('submitted ', 120_000);
      return JSON.parse(line.slice('submitted '.length)) as readonly SubmitOutcome[];
    },
    async close() {
      tell('close');
      return Number(/\d+/.exec(await child.waitForLine('closed after'))?.[0]);
    },
  };
}
