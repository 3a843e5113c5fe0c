import { join } from 'node:path';

import { Redis } from 'ioredis';
import type { JobsModuleOptions } from 'nestjs-jobs';

import { type NodeProcess, startNodeProcess } from '../../servers/child-process.js';
import { type RedisServer, type RedisServerOptions, startRedisServer } from '../../servers/redis-server.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { waitFor } from '../../servers/wait-for.js';
import type { ProducerOptions } from '../fixtures/producer-options.js';
import { QUEUE } from '../fixtures/worker-options.js';
import { Journal } from './journal.js';
import { loadScripts } from './scripts.js';
import { auditQueue, type StoreAudit } from './store-audit.js';
import { openSubmitter, type Submitter } from './submitter.js';
import { SupervisedWorker } from './supervised-worker.js';
import { launchWorker, startWorker, type StartWorkerOptions, type WorkerProcess } from './worker-process.js';

const PRODUCER = join(__dirname, '..', 'fixtures', 'producer.ts');

type WorkerSetup = Partial<Omit<StartWorkerOptions, 'journal'>>;

/**
 * What one test plays on: a Redis server of its file's own, emptied; a journal; and whatever processes, proxies and
 * connections the test opens, all of which end with it.
 */
export class Stage {
  readonly journal = new Journal();
  readonly redis: Redis;
  private readonly endings: (() => Promise<unknown>)[] = [];

  private constructor(readonly server: RedisServer) {
    this.redis = new Redis(server.url, { maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
  }

  static async open(server: RedisServer): Promise<Stage> {
    await server.cli('FLUSHALL');
    // Else a cut might hit the answer that a script is not known yet.
    await loadScripts(server);
    return new Stage(server);
  }

  get module(): JobsModuleOptions {
    return { redis: { url: this.server.url } };
  }

  /** A network of its own between whoever uses its URL and the server. */
  async proxy(): Promise<TcpProxy> {
    const proxy = await startTcpProxy({ target: this.server });
    this.endings.push(() => proxy.stop());
    return proxy;
  }

  async worker({ module, ...rest }: WorkerSetup = {}): Promise<WorkerProcess> {
    return this.owned(await startWorker({ ...rest, journal: this.journal, module: { ...this.module, ...module } }));
  }

  /** A worker that is not waited for. */
  async launch({ module, ...rest }: WorkerSetup = {}): Promise<WorkerProcess> {
    return this.owned(await launchWorker({ ...rest, journal: this.journal, module: { ...this.module, ...module } }));
  }

  /** A worker that is started again whenever it ends. */
  supervised(setup: WorkerSetup = {}): SupervisedWorker {
    const worker = new SupervisedWorker(() => this.launch(setup));
    this.endings.push(() => worker.stop());
    return worker;
  }

  /** A process that submits when it is told to, and writes down what was acknowledged. */
  async producer(module: JobsModuleOptions = {}): Promise<NodeProcess> {
    const options: ProducerOptions = {
      module: { ...this.module, ...module },
      acknowledged: this.journal.acknowledgedFile,
    };
    const producer = await startNodeProcess(PRODUCER, { args: [JSON.stringify(options)], env: { NO_COLOR: '1' } });
    this.endings.push(() => producer.kill());
    await producer.waitForLine('ready');
    return producer;
  }

  async submitter(module: JobsModuleOptions = {}): Promise<Submitter> {
    const submitter = await openSubmitter({ ...this.module, ...module });
    this.endings.push(() => submitter.close());
    return submitter;
  }

  audit(queue = QUEUE): Promise<StoreAudit> {
    return auditQueue(this.redis, queue);
  }

  /** Waits until every job is in a final state and the keys agree with each other; answers what is there then. */
  async settled(queue = QUEUE, timeout = 30_000): Promise<StoreAudit> {
    let last: StoreAudit | undefined;
    try {
      return await waitFor(
        async () => {
          last = await this.audit(queue);
          const waiting = last.jobs.some(({ state }) => !['completed', 'failed', 'cancelled'].includes(state));
          return !waiting && last.problems.length === 0 && last;
        },
        { timeout, what: 'every job to be settled' },
      );
    } catch (cause) {
      throw new Error(`not settled: ${JSON.stringify([...(last?.byState ?? [])])} ${last?.problems.join('\n') ?? ''}`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    if (!this.server.running) await this.server.restart();
    for (const end of this.endings.reverse()) await end();
    this.redis.disconnect();
    this.journal.remove();
  }

  private owned(worker: WorkerProcess): WorkerProcess {
    this.endings.push(() => worker.kill());
    return worker;
  }
}

/** One server for the tests of a file, and a stage for each of them. */
export function useStage(options: RedisServerOptions = {}): () => Stage {
  let server: RedisServer;
  let stage: Stage | undefined;
  beforeAll(async () => {
    server = await startRedisServer(options);
  });
  beforeEach(async () => {
    stage = await Stage.open(server);
  });
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });
  afterAll(() => server.stop());
  return () => {
    if (stage === undefined) throw new Error('the stage is open during a test only');
    return stage;
  };
}
