// One of several worker processes: worker-process.js <order as JSON>. Opens, waits for 'go', works, ends on 'stop'.
import { ENGINES } from './engines/index.js';
import type { EngineName, Target } from './engines/engine.js';
import type { WorkerMessage } from './tasks/processes.js';

const TELL_EVERY = 20;

async function run(order: { engine: EngineName; target: Target; concurrency: number }): Promise<void> {
  const queue = await ENGINES[order.engine].open(order.target, { keepResults: false, attempts: 1 });
  let ran: number[] = [];
  let at = 0;
  const tell = (message: WorkerMessage): void => void process.send?.(message);
  const timer = setInterval(() => {
    if (ran.length > 0) {
      tell({ ran, at });
      ran = [];
    }
  }, TELL_EVERY);
  process.on('message', (message) => {
    if (message === 'go') {
      void queue.work({
        concurrency: order.concurrency,
        handle: ({ n }) => {
          ran.push(n);
          at = Date.now();
        },
      });
    } else if (message === 'stop') {
      clearInterval(timer);
      void queue.close().then(() => process.exit(0));
    }
  });
  tell('open');
}

run(JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof run>[0]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
