import { Redis } from 'ioredis';

import { type RedisServer, type RedisServerOptions, startRedisServer } from '../../servers/redis-server.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { waitFor } from '../../servers/wait-for.js';
import { QUEUE } from '../fixtures/worker-options.js';
import { Cast } from './cast.js';
import { loadScripts } from './scripts.js';
import { auditQueue, type StoreAudit } from './store-audit.js';

/**
 * What one test plays on: a Redis server of its file's own, emptied; a journal; and whatever processes, proxies and
 * connections the test opens, all of which end with it.
 */
export class Stage extends Cast {
  readonly redis: Redis;

  private constructor(readonly server: RedisServer) {
    super({ redis: { url: server.url } });
    this.redis = new Redis(server.url, { maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
  }

  static async open(server: RedisServer): Promise<Stage> {
    await server.cli('FLUSHALL');
    // Else a cut might hit the answer that a script is not known yet.
    await loadScripts(server);
    return new Stage(server);
  }

  /** A network of its own between whoever uses its URL and the server. */
  async proxy(): Promise<TcpProxy> {
    const proxy = await startTcpProxy({ target: this.server });
    this.atEnd(() => proxy.stop());
    return proxy;
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

  override async close(): Promise<void> {
    if (!this.server.running) await this.server.restart();
    await super.close();
    this.redis.disconnect();
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
