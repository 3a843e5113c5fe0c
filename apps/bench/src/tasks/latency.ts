import { Delivery } from '../delivery.js';
import { payload } from '../engines/engine.js';
import { quantile } from '../quantile.js';
import { PATIENCE, type Task } from './task.js';

const WARM_UP_SECONDS = 1;

/**
 * Milliseconds from the moment a job was meant to be submitted to the start of its handler, open loop: jobs are sent
 * at `rate` a second whether or not the engine keeps up, so a stall counts for every job that it holds up.
 */
export const latency: Task = async (context) => {
  const rate = context.number('rate');
  const jobs = Math.round(rate * (context.number('seconds') + WARM_UP_SECONDS));
  const queue = await context.open();
  const delivery = new Delivery(jobs);
  const latencies = new Float64Array(jobs);
  let began = 0;
  const due = (n: number): number => began + (n * 1_000) / rate;
  await queue.work({
    concurrency: 50,
    handle: ({ n }) => {
      latencies[n] = performance.now() - due(n);
      delivery.arrived(n);
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  began = performance.now();
  const sent: Promise<void>[] = [];
  for (let next = 0; next < jobs;) {
    while (next < jobs && due(next) <= performance.now()) {
      sent.push(queue.submit(payload(next++)));
    }
    // Timers have a grain of a millisecond and more; turns of the event loop do not.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(sent);
  await delivery.complete(PATIENCE);
  const counted = latencies.slice(Math.round(rate * WARM_UP_SECONDS)).sort();
  return { p50: quantile(counted, 0.5), p99: quantile(counted, 0.99), max: quantile(counted, 1) };
};
