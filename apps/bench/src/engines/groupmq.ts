import { Redis } from 'ioredis';
import { type BenchPayload, type BenchQueue, type Engine, QUEUE, type QueueOptions, type Target } from './engine.js';
import { loadPeer, peerVersion } from './peer.js';

interface GroupQueue {
  add(job: object): Promise<unknown>;
  close(): Promise<void>;
}

interface GroupWorker {
  run(): Promise<void>;
  ready?(): Promise<void>;
  close(milliseconds?: number): Promise<void>;
}

interface GroupModule {
  Queue: new (options: object) => GroupQueue;
  Worker: new (options: object) => GroupWorker;
}

export const groupmq: Engine = {
  name: 'groupmq',
  tellsOutcomes: false,

  version: () => peerVersion('groupmq'),

  async open(target: Target, options: QueueOptions): Promise<BenchQueue> {
    const { Queue, Worker } = loadPeer('groupmq') as GroupModule;
    const redis = new Redis({ ...target, maxRetriesPerRequest: null });
    const queue = new Queue({
      redis,
      namespace: QUEUE,
      keepCompleted: options.keepResults ? 1_000_000_000 : 0,
      maxAttempts: options.attempts,
    });
    let worker: GroupWorker | undefined;
    // A group runs one job at a time, so each job is a group of its own: the parallel work that the others do.
    const add = (payload: BenchPayload, more: object = {}): Promise<unknown> =>
      queue.add({ groupId: `g${payload.n}`, data: payload, ...more });
    return {
      async submit(payload) {
        await add(payload);
      },
      async submitMany(payloads) {
        await Promise.all(payloads.map((payload) => add(payload)));
      },
      async submitDelayed(payloads, delay) {
        await Promise.all(payloads.map((payload) => add(payload, { delay })));
      },
      async work({ concurrency, handle }) {
        worker = new Worker({
          queue,
          concurrency,
          backoff: () => 0,
          handler: async (job: { data: BenchPayload }) => handle(job.data),
        });
        void worker.run();
      },
      async close() {
        await worker?.close();
        await queue.close();
        redis.disconnect();
      },
    };
  },

  mayRemain: (key) => !/:(job:|g:|processing|ready|delayed|completed|failed)/.test(key),
};
