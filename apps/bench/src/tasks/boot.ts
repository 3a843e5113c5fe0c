import { Delivery } from '../delivery.js';
import { payload } from '../engines/engine.js';
import { PATIENCE, type Task } from './task.js';

/** Milliseconds from the start of the process, modules to load included, to the end of its first job. */
export const boot: Task = async (context) => {
  const queue = await context.open();
  const delivery = new Delivery(1);
  await queue.work({ concurrency: 10, handle: ({ n }) => delivery.arrived(n) });
  await queue.submit(payload(0));
  await delivery.complete(PATIENCE);
  return { milliseconds: performance.now() };
};
