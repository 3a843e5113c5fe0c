import { createServer, type Server, type Socket } from 'node:net';

import { claimPort, HOST } from './ports.js';
import { ProxiedConnection } from './proxied-connection.js';
import { OrderedCut, type Cut, type RequestMatch } from './tcp-cut.js';

export type { Cut, ProxiedRequest, RequestMatch } from './tcp-cut.js';

export interface TcpProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
}

const PORT_ATTEMPTS = 5;

/** Starts a proxy in front of a server, which passes everything on until it is told otherwise. */
export async function startTcpProxy({ target }: TcpProxyOptions): Promise<TcpProxy> {
  for (let attempt = 1; ; attempt += 1) {
    const claimed = await claimPort();
    const proxy = new TcpProxy(target, claimed.port, claimed.release);
    try {
      await proxy.refuse(false);
      return proxy;
    } catch (error) {
      claimed.release();
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** A network between a client and a Redis server that fails as ordered, at a given request and not by timing. */
export class TcpProxy {
  readonly host = HOST;
  readonly url: string;

  private readonly open = new Set<ProxiedConnection>();
  private cuts: readonly OrderedCut[] = [];
  private listener: Server | undefined;
  private heldRequests = false;
  private heldReplies = false;
  private requestDelay = 0;
  private replyDelay = 0;
  private acceptedCount = 0;

  constructor(
    private readonly target: { readonly host: string; readonly port: number },
    readonly port: number,
    private readonly release: () => void,
  ) {
    this.url = `redis://${this.host}:${port}`;
  }

  /** Clients connected at the moment. */
  get connections(): number {
    return [...this.open].filter((connection) => connection.open).length;
  }

  /** Clients that have connected since the start. */
  get accepted(): number {
    return this.acceptedCount;
  }

  /**
   * At a matching request: forwards it, waits for its reply (so it has been executed), discards that reply and closes
   * the client's connection. Replies to earlier requests are delivered; later requests are not forwarded.
   */
  cutAfterRequest(match: RequestMatch, times = 1): Cut {
    return this.order(new OrderedCut('after', match, times));
  }

  /** Closes the client's connection instead of forwarding a matching request; earlier requests are forwarded. */
  cutBeforeRequest(match: RequestMatch, times = 1): Cut {
    return this.order(new OrderedCut('before', match, times));
  }

  /**
   * Connections stay open and new ones are accepted, but nothing arrives any more; `requests` or `replies` silences one
   * direction only. What was held back is delivered when it ends, unless its connection is gone from both sides.
   */
  blackhole(on: boolean | 'requests' | 'replies'): void {
    this.heldRequests = on === true || on === 'requests';
    this.heldReplies = on === true || on === 'replies';
    for (const connection of this.open) connection.weatherChanged();
  }

  /** Milliseconds that bytes spend on their way, in both directions or in each; 0 ends it. */
  delay(milliseconds: number | { readonly requests?: number; readonly replies?: number }): void {
    const each = typeof milliseconds === 'number' ? { requests: milliseconds, replies: milliseconds } : milliseconds;
    this.requestDelay = each.requests ?? 0;
    this.replyDelay = each.replies ?? 0;
  }

  /** Closes every connection now, with all that is on its way. */
  dropAll(): void {
    for (const connection of this.open) connection.drop();
  }

  /** Closes the port, so that new connections are refused, or opens it again. Existing connections stay. */
  async refuse(on: boolean): Promise<void> {
    if (on) {
      // Its callback would wait for the connections; the port itself is closed at once.
      this.listener?.close();
      this.listener = undefined;
      return;
    }
    if (this.listener !== undefined) return;
    const listener = createServer((client) => this.accept(client));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, this.host, resolve);
    });
    this.listener = listener;
  }

  async stop(): Promise<void> {
    await this.refuse(true);
    this.dropAll();
    this.release();
  }

  private order(cut: OrderedCut): Cut {
    this.cuts = [...this.cuts, cut];
    return cut;
  }

  private accept(client: Socket): void {
    this.acceptedCount += 1;
    const setting = {
      target: this.target,
      cuts: () => this.cuts,
      requestWeather: () => ({ held: this.heldRequests, delay: this.requestDelay }),
      replyWeather: () => ({ held: this.heldReplies, delay: this.replyDelay }),
    };
    const connection: ProxiedConnection = new ProxiedConnection(client, setting, () => this.open.delete(connection));
    this.open.add(connection);
  }
}
