import { Delivery } from '../delivery.js';
import { payload } from '../engines/engine.js';
import { send } from './submit.js';
import { PATIENCE, type Task } from './task.js';

const BULK = 1_000;
const FAR_OFF = 3_600_000;

/** Bytes of Redis that a job takes: pending, scheduled (with `scheduled`), or finished with its result (with `finished`). */
export const footprint: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  const before = await context.probe.use();
  if (context.flag('scheduled')) {
    for (let n = 0; n < jobs; n += BULK) {
      await queue.submitDelayed?.(
        Array.from({ length: BULK }, (_, index) => payload(n + index)),
        FAR_OFF,
      );
    }
  } else {
    await send(queue, 0, jobs, 1, BULK);
  }
  if (context.flag('finished')) {
    const delivery = new Delivery(jobs);
    await queue.work({
      concurrency: 50,
      handle: ({ n }) => {
        delivery.arrived(n);
        return { ok: true, n };
      },
    });
    await delivery.complete(PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const after = await context.probe.use();
  return { bytes: (after.memory - before.memory) / jobs };
};
