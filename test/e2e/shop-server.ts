import { resolve } from 'node:path';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { waitFor } from '../servers/wait-for.js';

const MAIN = resolve(__dirname, '../../apps/demo/src/main.ts');

/** Opens the management API of every shop here. */
const TOKEN = 'demo-token-0123456789';

export interface ShopOptions {
  readonly redisUrl: string;
  /** The folder that its jobs write to. */
  readonly outputs: string;
}

/** What a shop answers: of a stream that does not end, the first that comes. */
export interface ShopAnswer {
  readonly status: number;
  /** The media type, without parameters. */
  readonly type: string;
  readonly body: unknown;
}

/** One worker, as `/health/workers` shows it. */
export interface ShownWorker {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** One process, as `/health/workers` shows it. */
export interface ShownProcess {
  readonly pid: number;
  readonly level: string;
  readonly silent: boolean;
  readonly workers: readonly ShownWorker[];
}

/** The shop as a process of its own that serves HTTP, and whoever holds its token asking. */
export class ShopServer {
  private constructor(
    readonly process: NodeProcess,
    readonly url: string,
  ) {}

  static async start({ redisUrl, outputs }: ShopOptions): Promise<ShopServer> {
    const started = await startNodeProcess(MAIN, {
      env: {
        NODE_ENV: 'test',
        NO_COLOR: '1',
        SHOP_OUTPUTS: outputs,
        REDIS_URL: redisUrl,
        PORT: '0',
        DEMO_TOKEN: TOKEN,
      },
    });
    try {
      const line = await started.waitForLine('Listening on ', 60_000);
      return new ShopServer(started, line.replace(/^.*Listening on (\S+).*$/, '$1'));
    } catch (error) {
      await started.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.process.pid;
  }

  /** What Prometheus calls it: its `instance`. */
  get target(): string {
    return new URL(this.url).host;
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ShopAnswer> {
    const leave = new AbortController();
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([leave.signal, AbortSignal.timeout(30_000)]),
    }).catch((cause: unknown) => {
      throw new Error(`${method} ${path} is not answered by process ${this.pid}\n${this.process.stderr}`, { cause });
    });
    const { status } = response;
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    if (type === 'text/event-stream') {
      const first = await response.body?.getReader().read();
      leave.abort();
      return { status, type, body: Buffer.from(first?.value ?? []).toString() };
    }
    const text = await response.text();
    return { status, type, body: type === 'application/json' ? JSON.parse(text) : text };
  }

  /** The body of an answer that goes well. */
  async get<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 400) {
      throw new Error(`${method} ${path} answers ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return answer.body as T;
  }

  /** All processes, as this one knows them. */
  async processes(): Promise<readonly ShownProcess[]> {
    interface Health {
      readonly details: { readonly workers: { readonly processes: readonly ShownProcess[] } };
    }
    return (await this.get<Health>('GET', '/health/workers')).details.workers.processes;
  }

  /** The workers of a process, as this one knows them; none where it knows no such process. */
  async workersOf(pid: number): Promise<readonly ShownWorker[]> {
    return (await this.processes()).find((process) => process.pid === pid)?.workers ?? [];
  }

  /** Resolves once the job is in that state. Asks the shop and not its API, which counts how often it is asked. */
  async untilJobIn(state: string, id: string): Promise<void> {
    await waitFor(
      async () => {
        const { state: now } = await this.get<{ readonly state: string }>('GET', `/jobs/${encodeURIComponent(id)}`);
        if (now !== state) {
          throw new Error(`it is ${now}`);
        }
        return true;
      },
      { what: `job ${id} to be ${state}`, timeout: 60_000 },
    );
  }

  /** Ends it as a deployment does. */
  async stop(): Promise<Awaited<NodeProcess['exited']>> {
    await this.process.kill('SIGTERM');
    return this.process.exited;
  }
}
