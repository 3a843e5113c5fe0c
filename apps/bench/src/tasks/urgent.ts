import { setTimeout as sleep } from 'node:timers/promises';
import { payload } from '../engines/engine.js';
import { quantile } from '../quantile.js';
import type { Task } from './task.js';

const LOW = -100;
const CRITICAL = 200;

/**
 * Milliseconds until a critical job starts that is submitted behind a backlog of low ones of `handlerMilliseconds`: what
 * is claimed ahead is worked off first, which is what bounds strict priority.
 */
export const urgent: Task = async (context) => {
  const backlog = context.number('jobs');
  const milliseconds = context.number('handlerMilliseconds');
  const queue = await context.open();
  for (let n = 0; n < backlog; n += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, index) => queue.submit(payload(n + index), LOW)));
  }
  const waits: number[] = [];
  const sentAt = new Map<number, number>();
  let left = backlog + context.number('rounds');
  let finish: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await queue.work({
    concurrency: 10,
    handle: ({ n }) => {
      if (--left === 0) {
        finish();
      }
      const at = sentAt.get(n);
      if (at !== undefined) {
        waits.push(performance.now() - at);
        return undefined;
      }
      return milliseconds === 0 ? undefined : sleep(milliseconds);
    },
  });
  const rounds = context.number('rounds');
  for (let round = 0; round < rounds; round++) {
    await sleep(50);
    sentAt.set(backlog + round, performance.now());
    await queue.submit(payload(backlog + round), CRITICAL);
  }
  await all;
  const sorted = Float64Array.from(waits).sort();
  return { p50: quantile(sorted, 0.5), max: quantile(sorted, 1) };
};
