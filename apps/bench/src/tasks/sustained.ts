import { payload } from '../engines/engine.js';
import type { Task } from './task.js';

/** Jobs a second that are submitted, 100 in flight, and worked off at the same time, by one process, for `seconds`. */
export const sustained: Task = async (context) => {
  const milliseconds = context.number('seconds') * 1_000;
  const queue = await context.open();
  const ran = new Set<number>();
  let submitted = 0;
  let twice = 0;
  await queue.work({
    concurrency: 50,
    handle: ({ n }) => {
      twice += ran.has(n) ? 1 : 0;
      ran.add(n);
    },
  });
  const began = performance.now();
  const before = await context.probe.use();
  const lane = async (): Promise<void> => {
    while (performance.now() - began < milliseconds) {
      await queue.submit(payload(submitted++));
    }
  };
  await Promise.all(Array.from({ length: 100 }, lane));
  const inTime = ran.size;
  const seconds = (performance.now() - began) / 1_000;
  const after = await context.probe.use();
  for (let waited = 0; ran.size < submitted; waited += 50) {
    if (waited > 120_000) {
      throw new Error(`${submitted - ran.size} of ${submitted} jobs did not run`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (twice > 0) {
    throw new Error(`${twice} jobs ran twice`);
  }
  return { rate: inTime / seconds, redisMicroseconds: ((after.cpu - before.cpu) * 1e6) / inTime };
};
