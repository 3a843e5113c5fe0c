import { Delivery } from '../delivery.js';
import { payload } from '../engines/engine.js';
import { PATIENCE, type Task } from './task.js';

/** The longest time, in ms, for which one script holds Redis: submits, claims and settles of 500 jobs of 1 KB. */
export const hold: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  const delivery = new Delivery(jobs);
  const text = 'x'.repeat(950);
  await context.probe.watchScripts();
  for (let n = 0; n < jobs; n += 500) {
    await queue.submitMany(Array.from({ length: 500 }, (_, index) => ({ ...payload(n + index), text })));
  }
  const submitted = await context.probe.longestScript();
  await queue.work({ concurrency: 500, handle: ({ n }) => (delivery.arrived(n), { ok: true }) });
  await delivery.complete(PATIENCE);
  const processed = await context.probe.longestScript();
  return { submit: submitted, process: processed };
};
