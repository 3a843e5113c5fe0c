import { payload } from '../engines/engine.js';
import { quantile } from '../quantile.js';
import type { Task } from './task.js';

/** One job at a time on an idle machine: milliseconds from the call of submit to the start of the handler. */
export const alone: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  let started: (at: number) => void = () => undefined;
  await queue.work({ concurrency: 10, handle: () => started(performance.now()) });
  const pickups: number[] = [];
  for (let n = 0; n < jobs; n++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const begun = new Promise<number>((resolve) => {
      started = resolve;
    });
    const called = performance.now();
    await queue.submit(payload(n));
    pickups.push((await begun) - called);
  }
  const sorted = Float64Array.from(pickups.slice(Math.min(20, jobs >> 1))).sort();
  return { pickup: quantile(sorted, 0.5), pickupP99: quantile(sorted, 0.99) };
};
