import { join } from 'node:path';

import type { JobRecord, JobsModuleOptions } from 'nestjs-jobs';

import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { waitFor } from '../servers/wait-for.js';

/** An HTTP application that submits, and a worker in a process of its own. */
export interface TwoProcesses {
  readonly api: Api;
  readonly worker: NodeProcess;
  /** Ends both with SIGTERM, and resolves with how they ended. */
  stop(): Promise<readonly (string | number | null)[]>;
}

export interface Submitted {
  readonly id: string;
  readonly queue: string;
  readonly receipt: string;
  readonly state: string;
}

const FIXTURES = join(__dirname, 'fixtures');

// Heartbeats so rare that nothing here can be the work of one: notices between the processes do it, or the test fails.
const NO_HELP = { lease: '10m', heartbeat: '5m' } as const;

export async function startTwoProcesses(
  redis: NonNullable<JobsModuleOptions['redis']>,
  module: JobsModuleOptions = NO_HELP,
): Promise<TwoProcesses> {
  const args = [JSON.stringify({ redis, shutdown: { deadline: '5s' }, ...module })];
  const env = { NO_COLOR: '1' };
  const worker = await startNodeProcess(join(FIXTURES, 'worker-application.ts'), { args, env });
  await worker.waitForLine('working');
  const http = await startNodeProcess(join(FIXTURES, 'http-application.ts'), { args, env });
  const url = (await http.waitForLine('listening at ')).slice('listening at '.length);
  return {
    api: new Api(url),
    worker,
    async stop() {
      const exits = await Promise.all(
        [http, worker].map(async (child) => {
          await child.kill('SIGTERM');
          return child.exited;
        }),
      );
      return exits.map(({ code, signal }) => signal ?? code);
    },
  };
}

/** The HTTP application as its clients see it. */
export class Api {
  constructor(private readonly url: string) {}

  submit(type: string, payload?: unknown, options?: object): Promise<Submitted> {
    return this.send<Submitted>('POST', '/jobs', { type, payload, options });
  }

  async run(type: string, payload?: unknown, options?: object): Promise<unknown> {
    return (await this.send<{ readonly result?: unknown }>('POST', '/results', { type, payload, options })).result;
  }

  record({ queue, id }: Submitted): Promise<JobRecord> {
    return this.send<JobRecord>('GET', `/jobs/${queue}/${id}`);
  }

  /** Its record, once it is in this state. */
  untilIn(state: string, job: Submitted): Promise<JobRecord> {
    return waitFor(
      async () => {
        const record = await this.record(job);
        return record.state === state && record;
      },
      { what: `job ${job.id} to be ${state}` },
    );
  }

  async send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
