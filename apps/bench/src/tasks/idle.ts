import type { Task } from './task.js';

/** What a worker with nothing to do costs: calls to Redis and process CPU, over `seconds`. */
export const idle: Task = async (context) => {
  const seconds = context.number('seconds');
  const queue = await context.open();
  await queue.work({ concurrency: 10, handle: () => undefined });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const cpu = process.cpuUsage();
  const calls = await context.probe.calls(seconds);
  const used = process.cpuUsage(cpu);
  return {
    callsASecond: calls / seconds,
    cpuMilliseconds: (used.user + used.system) / 1_000 / seconds,
  };
};
