import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery } from '../delivery.js';
import { send } from './submit.js';
import { PATIENCE, type Task } from './task.js';

const BULK = 1_000;

/**
 * Jobs worked off a second, from the start of the first: how long a worker takes to boot is a row of its own. With `counted`, only so many of the backlog
 * are timed; with `handlerMilliseconds`, each job takes so long; with `failures`, each job fails so often first.
 */
export const drain: Task = async (context) => {
  const jobs = context.number('jobs');
  const counted = context.number('counted', jobs);
  const milliseconds = context.number('handlerMilliseconds', 0);
  const failures = context.number('failures', 0);
  const queue = await context.open({ attempts: failures + 1 });
  const delivery = new Delivery(jobs);
  await send(queue, 0, jobs, 1, BULK);
  const failed = new Uint8Array(failures > 0 ? jobs : 0);
  let reachCount: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reachCount = resolve;
  });
  let began = 0;
  const arrive = (n: number): { readonly ok: true } => {
    if (failures > 0 && (failed[n] ?? 0) < failures) {
      failed[n] = (failed[n] ?? 0) + 1;
      throw new Error('fails at first');
    }
    delivery.arrived(n);
    if (delivery.arrivals === counted) {
      reachCount();
    }
    return RESULT;
  };
  const before = await context.probe.use();
  await queue.work({
    concurrency: context.number('concurrency'),
    handle: ({ n }) => {
      began = began === 0 ? performance.now() : began;
      return milliseconds === 0 ? arrive(n) : sleep(milliseconds).then(() => arrive(n));
    },
  });
  await Promise.race([reached, delivery.complete(PATIENCE)]);
  const seconds = (performance.now() - began) / 1_000;
  const after = await context.probe.use();
  if (counted === jobs) {
    await delivery.complete(PATIENCE);
  }
  return {
    rate: counted / seconds,
    redisMicroseconds: ((after.cpu - before.cpu) * 1e6) / counted,
    commands: (after.commands - before.commands) / counted,
  };
};

const RESULT = { ok: true } as const;
