import { Delivery } from '../delivery.js';
import { payload } from '../engines/engine.js';
import { quantile } from '../quantile.js';
import { PATIENCE, type Task } from './task.js';

const BULK = 1_000;
const FAR_OFF = 86_400_000;
const SOON = 5_000;

/** Lateness, in ms, of jobs that fall due while so many others are scheduled for tomorrow; and the bytes those take. */
export const scheduled: Task = async (context) => {
  const jobs = context.number('jobs');
  const dueSoon = context.number('dueSoon');
  const queue = await context.open();
  const before = await context.probe.use();
  for (let n = 0; n < jobs; n += BULK) {
    await queue.submitDelayed?.(
      Array.from({ length: BULK }, (_, index) => payload(dueSoon + n + index)),
      FAR_OFF,
    );
  }
  const after = await context.probe.use();
  const delivery = new Delivery(dueSoon);
  const lateness = new Float64Array(dueSoon);
  const due = new Float64Array(dueSoon);
  await queue.work({
    concurrency: 50,
    handle: ({ n }) => {
      lateness[n] = performance.now() - (due[n] ?? 0);
      delivery.arrived(n);
    },
  });
  for (let n = 0; n < dueSoon; n++) {
    due[n] = performance.now() + SOON;
    await queue.submitDelayed?.([payload(n)], SOON);
  }
  await delivery.complete(PATIENCE);
  lateness.sort();
  return {
    bytes: (after.memory - before.memory) / jobs,
    p50: quantile(lateness, 0.5),
    p99: quantile(lateness, 0.99),
    max: quantile(lateness, 1),
  };
};
