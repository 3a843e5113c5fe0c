import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery } from '../delivery.js';
import { payload } from '../engines/engine.js';
import { onOwnCore } from '../own-core.js';
import { type Figures, PATIENCE, type Task, type TaskContext } from './task.js';

const BATCH = 500;
/** Milliseconds of quiet after each batch. */
const QUIET = 20;

/** The longest time, in ms, for which one script holds Redis: submits, claims and settles of 500 jobs of 1 KB at once. */
export const hold: Task = async (context) => onOwnCore(await context.probe.pid(), () => longest(context));

async function longest(context: TaskContext): Promise<Figures> {
  const jobs = context.number('jobs');
  const queue = await context.open();
  const delivery = new Delivery(jobs);
  const text = 'x'.repeat(950);
  await context.probe.watchScripts();
  for (let n = 0; n < jobs; n += BATCH) {
    await queue.submitMany(Array.from({ length: BATCH }, (_, index) => ({ ...payload(n + index), text })));
    await sleep(QUIET);
  }
  const submitted = await context.probe.longestScript();
  await queue.work({
    concurrency: BATCH,
    handle: async ({ n }) => {
      await sleep(QUIET);
      delivery.arrived(n);
      return { ok: true };
    },
  });
  await delivery.complete(PATIENCE);
  const processed = await context.probe.longestScript();
  return { submit: submitted, process: processed };
}
