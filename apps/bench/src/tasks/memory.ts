import { payload } from '../engines/engine.js';
import type { Task } from './task.js';

const WORKERS = 2_000;
const RUNNING = 5_000;

/** Bytes of heap that a worker takes, and a running job with its context: of many of them, less those of few. */
export const memory: Task = async (context) => {
  const queue = await context.open();
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let running = 0;
  let ended = 0;
  const work = async (workers: number, concurrency: number): Promise<number> => {
    const before = await heap();
    await queue.work({
      workers,
      concurrency,
      handle: async () => {
        running++;
        await gate;
        ended++;
      },
    });
    return (await heap()) - before;
  };
  // The first one loads what is loaded once.
  await work(1, 1);
  const one = await work(1, RUNNING);
  const many = await work(1 + WORKERS, 1);
  const idle = await heap();
  await queue.submitMany(Array.from({ length: RUNNING }, (_, n) => payload(n)));
  await until(() => running === RUNNING);
  const busy = await heap();
  release();
  await until(() => ended === RUNNING);
  return { worker: (many - one) / WORKERS, job: (busy - idle) / RUNNING };
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function heap(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    global.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
