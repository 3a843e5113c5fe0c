import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Target } from './engines/engine.js';

/** A TCP proxy on loopback that holds each reply back for the given time, as a network of that round trip would. */
export async function startDelayProxy(
  target: Target,
  milliseconds: number,
): Promise<{ readonly port: number; stop(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      const due = performance.now() + milliseconds;
      // Turns of the event loop instead of a timer, whose grain is as long as the delay.
      const deliver = (): void => {
        if (performance.now() >= due) {
          client.write(chunk);
        } else {
          setImmediate(deliver);
        }
      };
      setImmediate(deliver);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
