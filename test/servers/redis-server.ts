import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ask } from './ask.js';
import { recordServer } from './markers.js';
import { claimPort, HOST, type ClaimedPort } from './ports.js';
import { findRedis, type RedisBinary } from './redis-binary.js';
import { launchServer, type ServerProcess } from './server-process.js';
import { waitFor } from './wait-for.js';

const PORT_ATTEMPTS = 5;

export interface RedisServerOptions {
  /** Added after the defaults, so they win: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[];
  /** A given port is used as it is; without one, a free port is claimed. */
  readonly port?: number;
  /** The server's folder, created when missing; a temporary one without it. */
  readonly dir?: string;
  /** The program to run, e.g. `await findValkey()`; else the one that the run has found. */
  readonly binary?: RedisBinary;
  /** Leave the folder when the server is stopped. Default: only a folder that was given is left. */
  readonly keepDir?: boolean;
  /** Sets `requirepass`. */
  readonly password?: string;
}

/** A private Redis or Valkey server of one test file, which may stop, restart, fill and flush it. */
export interface RedisServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The server's own process id; another one after `restart`. */
  readonly pid: number;
  readonly running: boolean;
  readonly dir: string;
  readonly version: string;
  /** One command, answered as `redis-cli` prints it; rejects on an error reply. */
  cli(command: string | readonly string[]): Promise<string>;
  /** Ends the server and gives up its port and its temporary folder. May be called twice. */
  stop(): Promise<void>;
  /** Sends a signal. A signal that ends the server is waited for; the port and the folder stay for `restart`. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the server, if it still runs, and starts it on the same port and folder. */
  restart(): Promise<void>;
}

/** Starts a throwaway server without persistence; it ends with this process, however that ends. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const binary = options.binary ?? (await findRedis());
  const dir = await createFolder(options.dir);
  const keepDir = options.keepDir ?? options.dir !== undefined;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const claimed: ClaimedPort =
        options.port === undefined ? await claimPort() : { port: options.port, release: () => undefined };
      const server = new RunningServer(binary, claimed, dir, keepDir, options.args ?? [], options.password);
      try {
        await server.start();
        recordServer(binary);
        return server;
      } catch (error) {
        claimed.release();
        const collided = error instanceof Error && /address already in use/i.test(error.message);
        if (!collided || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  } catch (error) {
    if (!keepDir) await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function createFolder(given: string | undefined): Promise<string> {
  if (given === undefined) return mkdtemp(join(tmpdir(), 'nestjs-jobs-redis-'));
  await mkdir(given, { recursive: true });
  return given;
}

class RunningServer implements RedisServer {
  readonly host = HOST;

  private process: ServerProcess | undefined;

  constructor(
    private readonly binary: RedisBinary,
    private readonly claimed: ClaimedPort,
    readonly dir: string,
    private readonly keepDir: boolean,
    private readonly args: readonly string[],
    private readonly password: string | undefined,
  ) {}

  get port(): number {
    return this.claimed.port;
  }

  get url(): string {
    const credentials = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    return `redis://${credentials}${this.host}:${this.port}`;
  }

  get version(): string {
    return this.binary.version;
  }

  get running(): boolean {
    return this.process?.running ?? false;
  }

  get pid(): number {
    if (this.process === undefined) throw new Error('the server was never started');
    return this.process.pid;
  }

  async start(): Promise<void> {
    const launched = await launchServer({
      binary: this.binary,
      args: this.allArgs(),
      dir: this.dir,
      keepDir: this.keepDir,
    });
    this.process = launched;
    try {
      await waitFor(() => !launched.running || this.isReady(launched.pid), {
        what: `${this.binary.name} ${this.version} to answer on port ${this.port}`,
      });
    } catch (error) {
      await launched.end();
      throw error;
    }
    if (!launched.running) {
      throw new Error(`${this.binary.name} ${this.version} did not start on port ${this.port}: ${launched.log()}`);
    }
  }

  cli(command: string | readonly string[]): Promise<string> {
    return ask({ host: this.host, port: this.port, password: this.password }, command);
  }

  async stop(): Promise<void> {
    if (this.running) await this.process?.end();
    this.claimed.release();
    if (!this.keepDir) await rm(this.dir, { recursive: true, force: true });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process?.signal(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT') {
      await waitFor(() => !this.running, { what: `${this.binary.name} ${this.pid} to end after ${signal}` });
    }
  }

  async restart(): Promise<void> {
    if (this.running) await this.process?.end();
    await this.start();
  }

  private allArgs(): readonly string[] {
    const password = this.password === undefined ? [] : ['--requirepass', this.password];
    const network = ['--port', String(this.port), '--bind', this.host, '--dir', this.dir];
    return [...network, '--save', '', '--appendonly', 'no', ...password, ...this.args];
  }

  /** The process id shows that it is this server that answers, and not another one on the same port. */
  private async isReady(pid: number): Promise<boolean> {
    const target = { host: this.host, port: this.port, password: this.password, timeout: 1_000 };
    // INFO is answered while an append-only file is still being loaded; PING is not.
    await ask(target, 'PING');
    return (await ask(target, 'INFO server')).includes(`process_id:${pid}\r\n`);
  }
}
