import { payload } from '../engines/engine.js';
import { quantile } from '../quantile.js';
import type { Task } from './task.js';

/**
 * One job at a time on an idle machine: milliseconds from the call of submit to the start of the handler (pickup), and
 * from its return until the store has taken the outcome (overhead).
 */
export const alone: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  let started: (at: number) => void = () => undefined;
  let settled: (at: number) => void = () => undefined;
  await queue.work({
    concurrency: 10,
    handle: () => started(performance.now()),
    settled: () => settled(performance.now()),
  });
  const [pickups, overheads]: number[][] = [[], []];
  for (let n = 0; n < jobs; n++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const begun = new Promise<number>((resolve) => {
      started = resolve;
    });
    const ended = new Promise<number>((resolve) => {
      settled = resolve;
    });
    const called = performance.now();
    await queue.submit(payload(n));
    const startedAt = await begun;
    pickups?.push(startedAt - called);
    if (context.engine.tellsOutcomes) {
      overheads?.push((await ended) - startedAt);
    }
  }
  const sorted = (times: readonly number[] = []): Float64Array =>
    Float64Array.from(times.slice(Math.min(20, jobs >> 1))).sort();
  return { pickup: quantile(sorted(pickups), 0.5), overhead: quantile(sorted(overheads), 0.5) };
};
