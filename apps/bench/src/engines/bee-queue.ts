import { type BenchPayload, type BenchQueue, type Engine, QUEUE, type QueueOptions, type Target } from './engine.js';
import { loadPeer, peerVersion } from './peer.js';

interface BeeJob {
  readonly data: BenchPayload;
  retries(number: number): this;
  delayUntil(time: number): this;
  save(): Promise<unknown>;
}

interface Bee {
  createJob(data: unknown): BeeJob;
  saveAll(jobs: readonly BeeJob[]): Promise<unknown>;
  process(concurrency: number, handle: (job: BeeJob) => Promise<unknown>): void;
  ready(): Promise<unknown>;
  close(milliseconds?: number): Promise<void>;
  on(event: string, listener: (error: unknown) => void): void;
}

type BeeModule = new (name: string, settings: object) => Bee;

export const beeQueue: Engine = {
  name: 'bee-queue',
  tellsOutcomes: true,

  version: () => peerVersion('bee-queue'),

  async open(target: Target, options: QueueOptions): Promise<BenchQueue> {
    const BeeQueue = loadPeer('bee-queue') as BeeModule;
    const settings = {
      redis: { host: target.host, port: target.port },
      // Advised by its own documentation for producers and workers that need no events of jobs.
      getEvents: false,
      sendEvents: false,
      storeJobs: false,
      removeOnSuccess: !options.keepResults,
      activateDelayedJobs: true,
    };
    const queue = new BeeQueue(QUEUE, { ...settings, isWorker: false });
    await queue.ready();
    let worker: Bee | undefined;
    const job = (payload: BenchPayload): BeeJob => queue.createJob(payload).retries(options.attempts - 1);
    return {
      async submit(payload) {
        await job(payload).save();
      },
      async submitMany(payloads) {
        await queue.saveAll(payloads.map(job));
      },
      async submitDelayed(payloads, delay) {
        const at = Date.now() + delay;
        await queue.saveAll(payloads.map((each) => job(each).delayUntil(at)));
      },
      async work({ concurrency, handle, settled }) {
        worker = new BeeQueue(QUEUE, settings);
        worker.on('error', (error) => console.error('bee-queue', error));
        if (settled !== undefined) {
          worker.on('succeeded', settled);
        }
        await worker.ready();
        worker.process(concurrency, async (each) => handle(each.data));
      },
      async close() {
        await worker?.close();
        await queue.close();
      },
    };
  },

  mayRemain: (key) => /^bq:bench:(id|stallBlock)$/.test(key),
};
