import { Delivery } from '../delivery.js';
import { type BenchQueue, payload } from '../engines/engine.js';
import { PATIENCE, type Task } from './task.js';

const WARM_UP = 1_000;

/** Jobs submitted a second: `bulk` at a time, or one at a time with `inFlight` of them under way. */
export const submit: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  const delivery = new Delivery(jobs + WARM_UP);
  await send(queue, 0, WARM_UP, context.number('inFlight', 1), context.number('bulk', 0));
  const before = await context.probe.use();
  const began = performance.now();
  await send(queue, WARM_UP, jobs, context.number('inFlight', 1), context.number('bulk', 0));
  const seconds = (performance.now() - began) / 1_000;
  const after = await context.probe.use();
  await queue.work({ concurrency: 50, handle: ({ n }) => delivery.arrived(n) });
  await delivery.complete(PATIENCE);
  return {
    rate: jobs / seconds,
    redisMicroseconds: ((after.cpu - before.cpu) * 1e6) / jobs,
    commands: (after.commands - before.commands) / jobs,
    bytes: (after.memory - before.memory) / jobs,
  };
};

/** Submits jobs from `first` on. */
export async function send(
  queue: BenchQueue,
  first: number,
  jobs: number,
  inFlight: number,
  bulk: number,
): Promise<void> {
  if (bulk > 0) {
    for (let n = first; n < first + jobs; n += bulk) {
      const size = Math.min(bulk, first + jobs - n);
      await queue.submitMany(Array.from({ length: size }, (_, index) => payload(n + index)));
    }
    return;
  }
  let next = first;
  const lane = async (): Promise<void> => {
    while (next < first + jobs) {
      await queue.submit(payload(next++));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
