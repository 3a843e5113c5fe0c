import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';

/** Speaks TLS in front of a server that does not. */
export interface TlsFront {
  readonly port: number;
  /** The certificate, which a client has to trust: nobody has signed it. It is for 127.0.0.1 and localhost. */
  readonly ca: string;
  /** TLS connections that it has accepted. */
  readonly accepted: number;
  close(): Promise<void>;
}

const FOLDER = join(__dirname, 'fixtures', 'tls');

/** Starts one in front of a port of this machine. Its key lies open in the repository: it protects nothing. */
export async function startTlsFront(target: number): Promise<TlsFront> {
  const ca = readFileSync(join(FOLDER, 'cert.pem'), 'utf8');
  const sockets = new Set<TLSSocket>();
  let accepted = 0;
  const server = createServer({ cert: ca, key: readFileSync(join(FOLDER, 'key.pem')) }, (socket) => {
    accepted++;
    sockets.add(socket);
    const inner = connect(target, '127.0.0.1');
    socket.on('close', () => {
      sockets.delete(socket);
      inner.destroy();
    });
    inner.on('close', () => socket.destroy());
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    get accepted() {
      return accepted;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
  };
}
