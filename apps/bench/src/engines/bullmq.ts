import { Redis } from 'ioredis';
import { type BenchPayload, type BenchQueue, type Engine, QUEUE, type QueueOptions, type Target } from './engine.js';
import { loadPeer, peerVersion } from './peer.js';

interface BullQueue {
  add(name: string, data: unknown, options?: object): Promise<unknown>;
  addBulk(jobs: readonly { name: string; data: unknown; opts?: object }[]): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface BullWorker {
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
  on(event: string, listener: (...args: unknown[]) => void): void;
}

interface BullModule {
  Queue: new (name: string, options: object) => BullQueue;
  Worker: new (name: string, handle: (job: { data: BenchPayload }) => Promise<unknown>, options: object) => BullWorker;
}

const DAY = 86_400;

export const bullmq: Engine = {
  name: 'bullmq',
  tellsOutcomes: true,

  version: () => peerVersion('bullmq'),

  async open(target: Target, options: QueueOptions): Promise<BenchQueue> {
    const { Queue, Worker } = loadPeer('bullmq') as BullModule;
    const connect = (): Redis => new Redis({ ...target, maxRetriesPerRequest: null });
    const connections = [connect()];
    const keep = options.keepResults ? { age: DAY } : true;
    const queue = new Queue(QUEUE, {
      connection: connections[0],
      defaultJobOptions: { removeOnComplete: keep, removeOnFail: keep, attempts: options.attempts },
    });
    await queue.waitUntilReady();
    let worker: BullWorker | undefined;
    return {
      async submit(payload) {
        await queue.add('bench', payload);
      },
      async submitMany(payloads) {
        await queue.addBulk(payloads.map((data) => ({ name: 'bench', data })));
      },
      async submitDelayed(payloads, delay) {
        await queue.addBulk(payloads.map((data) => ({ name: 'bench', data, opts: { delay } })));
      },
      async work({ concurrency, handle, settled }) {
        const connection = connect();
        connections.push(connection);
        worker = new Worker(QUEUE, async (job) => handle(job.data), { connection, concurrency });
        worker.on('error', (error) => console.error('bullmq', error));
        if (settled !== undefined) {
          worker.on('completed', settled);
        }
        await worker.waitUntilReady();
      },
      async close() {
        await worker?.close();
        await queue.close();
        // Some of them it has closed itself by now.
        await Promise.allSettled(connections.map((connection) => connection.quit()));
      },
    };
  },

  // Its event stream is trimmed to about 10,000 entries; the rest is bookkeeping.
  mayRemain: (key) => /^bull:bench:(meta|id|events|marker|stalled-check|stalled|pc|limiter)$/.test(key),
};
