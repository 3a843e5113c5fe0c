import type { Task } from './task.js';

/** What a worker with nothing to do costs: calls to Redis and process CPU, over `seconds`. */
export const idle: Task = async (context) => {
  const seconds = context.number('seconds');
  const queue = await context.open();
  await queue.work({ concurrency: 10, handle: () => undefined });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const calls = await context.probe.calls();
  const cpu = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const used = process.cpuUsage(cpu);
  return {
    // Scripts' own commands count in total_commands_processed as well; INFO itself is one.
    callsASecond: ((await context.probe.calls()) - calls - 1) / seconds,
    cpuMilliseconds: (used.user + used.system) / 1_000 / seconds,
  };
};
