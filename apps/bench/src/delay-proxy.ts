import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Target } from './engines/engine.js';

/** The longest the proxy sleeps while replies wait: how late it may see one that comes meanwhile, in milliseconds. */
const DOZE = 0.2;

/** Starts the proxy in a process of its own: beside the engines it must not take part in what is measured. */
export async function startDelayProxy(
  target: Target,
  milliseconds: number,
): Promise<{ readonly port: number; stop(): void }> {
  const child: ChildProcess = fork(__filename, [JSON.stringify({ target, milliseconds })]);
  const [port] = (await once(child, 'message')) as [number];
  return { port, stop: () => void child.kill('SIGKILL') };
}

/** A TCP proxy on loopback that holds each reply back for the given time, as a network of that round trip would. */
function run({ target, milliseconds }: { readonly target: Target; readonly milliseconds: number }): void {
  const waiting: { readonly due: number; readonly deliver: () => void }[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let awake = false;

  // Timers have a grain as long as the delay, and turns of an idle loop would keep a core busy: it dozes instead.
  const look = (): void => {
    const now = performance.now();
    while (waiting[0] !== undefined && waiting[0].due <= now) {
      waiting.shift()?.deliver();
    }
    const [next] = waiting;
    awake = next !== undefined;
    if (next !== undefined) {
      Atomics.wait(pause, 0, 0, Math.min(next.due - now, DOZE));
      setImmediate(look);
    }
  };

  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      waiting.push({ due: performance.now() + milliseconds, deliver: () => void client.write(chunk) });
      if (!awake) {
        awake = true;
        setImmediate(look);
      }
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
  });
  process.once('disconnect', () => process.exit(0));
}

if (require.main === module) {
  run(JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof run>[0]);
}
