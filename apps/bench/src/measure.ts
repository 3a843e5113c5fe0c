// Runs one measurement in a process of its own: measure.js <order as JSON>. Prints the figures as one line of JSON.
import { ENGINES } from './engines/index.js';
import type { BenchQueue, Extra } from './engines/engine.js';
import { RedisProbe } from './redis-probe.js';
import { TASKS } from './tasks/index.js';
import type { TaskOrder } from './tasks/task.js';

async function measure(order: TaskOrder): Promise<void> {
  const task = TASKS[order.task];
  if (task === undefined) {
    throw new Error(`No task '${order.task}'`);
  }
  const engine = ENGINES[order.engine];
  const probe = new RedisProbe(order.target);
  const opened: BenchQueue[] = [];
  const { parameters } = order;
  const figures = await task({
    engine,
    target: order.target,
    probe,
    number(name, fallback) {
      const value = parameters[name] ?? fallback;
      if (typeof value !== 'number') {
        throw new Error(`Task '${order.task}' needs the number '${name}'`);
      }
      return value;
    },
    flag: (name) => parameters[name] === true,
    text: (name) => (typeof parameters[name] === 'string' ? parameters[name] : undefined),
    async open(options) {
      const target =
        typeof parameters['proxyPort'] === 'number' ? { ...order.target, port: parameters['proxyPort'] } : order.target;
      const queue = await engine.open(target, {
        keepResults: parameters['keep'] === true,
        attempts: options?.attempts ?? 1,
        ...(typeof parameters['extra'] === 'string' ? { extra: parameters['extra'] as Extra } : {}),
      });
      opened.push(queue);
      return queue;
    },
  });
  await Promise.all(opened.map((queue) => queue.close()));
  if (parameters['keep'] !== true && parameters['checkKeys'] !== false) {
    const left = await probe.leftovers((key) => engine.mayRemain(key));
    if (left.length > 0) {
      throw new Error(`${left.length} keys are left that should not be, such as ${left.slice(0, 3).join(', ')}`);
    }
  }
  probe.close();
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

measure(JSON.parse(process.argv[2] ?? '{}') as TaskOrder).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
