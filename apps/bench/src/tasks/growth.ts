import { Delivery } from '../delivery.js';
import { send } from './submit.js';
import { PATIENCE, type Task } from './task.js';

const STEP = 50_000;

/** The worker's memory after `jobs` jobs, and how much it has grown since a tenth of them, in MB, after a collection. */
export const growth: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  let delivery = new Delivery(STEP);
  let offset = 0;
  await queue.work({ concurrency: 50, handle: ({ n }) => delivery.arrived(n - offset) });
  const sizes: number[] = [];
  for (offset = 0; offset < jobs; offset += STEP) {
    delivery = new Delivery(STEP);
    await send(queue, offset, STEP, 1, 1_000);
    await delivery.complete(PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, 100));
    global.gc?.();
    sizes.push(process.memoryUsage().heapUsed / 1e6);
  }
  const tenth = sizes[Math.max(Math.round(jobs / 10 / STEP) - 1, 0)] ?? 0;
  const last = sizes.at(-1) ?? 0;
  return { growth: last - tenth, heap: last, rss: process.memoryUsage().rss / 1e6 };
};
