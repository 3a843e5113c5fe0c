import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { Delivery } from '../delivery.js';
import { send } from './submit.js';
import { PATIENCE, type Task } from './task.js';

/** What a worker process tells: that it is open, or which jobs have run since it last told. */
export type WorkerMessage = 'open' | { readonly ran: readonly number[]; readonly at: number };

/** Jobs worked off a second by several processes at once, each with its own connections. */
export const processes: Task = async (context) => {
  const jobs = context.number('jobs');
  const queue = await context.open();
  const delivery = new Delivery(jobs);
  await send(queue, 0, jobs, 1, 1_000);
  let lastAt = 0;
  const workers: ChildProcess[] = [];
  const opened = Array.from({ length: context.number('processes') }, () => {
    const order = { engine: context.engine.name, target: context.target, concurrency: context.number('concurrency') };
    const worker = fork(join(__dirname, '../worker-process.js'), [JSON.stringify(order)]);
    workers.push(worker);
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message === 'open') {
          resolve();
          return;
        }
        lastAt = Math.max(lastAt, message.at);
        message.ran.forEach((n) => delivery.arrived(n));
      });
      worker.once('exit', (code) =>
        code === 0 ? undefined : reject(new Error(`A worker process ended with ${code}`)),
      );
    });
  });
  await Promise.all(opened);
  const before = await context.probe.use();
  const began = Date.now();
  workers.forEach((worker) => worker.send('go'));
  await delivery.complete(PATIENCE);
  const after = await context.probe.use();
  workers.forEach((worker) => worker.send('stop'));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
  return {
    rate: jobs / ((lastAt - began) / 1_000),
    redisMicroseconds: ((after.cpu - before.cpu) * 1e6) / jobs,
  };
};
