import type { Unsubscribe } from '../../../application/ports/notifier.js';
import { duplicateForChannels, isCluster, type RedisClient } from '../connection/redis-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ScriptCaller } from '../scripts/script-caller.js';

interface Listener {
  readonly hear: (message: string) => void;
  /** Messages may have been missed. */
  readonly missed: () => void;
}

/** One connection for all channels of a store; on a Cluster they are sharded, and lie with their queue. */
export class Channels {
  private readonly listeners = new Map<string, Set<Listener>>();
  private subscriber?: RedisClient;
  private wasReady = false;
  private closed = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly caller: ScriptCaller,
  ) {}

  /**
   * Calls back with what is said on the channel, from when this resolves.
   *
   * @param missed called when the connection was lost and the channel is heard again; not on a Cluster
   * @throws StoreUnavailableError
   */
  async on(
    channel: string,
    hear: (message: string) => void,
    missed: () => void = () => undefined,
  ): Promise<Unsubscribe> {
    const own: Listener = { hear, missed };
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(own));
    try {
      // Said again for each listener: it costs little, and a first one may still be on its way.
      await this.caller.persist('subscribe', async () => {
        const client = this.connected();
        return isCluster(client) ? client.ssubscribe(channel) : client.subscribe(channel);
      });
    } catch (error) {
      await this.off(channel, own);
      throw error;
    }
    return () => this.off(channel, own);
  }

  close(): void {
    this.closed = true;
    this.listeners.clear();
    this.subscriber?.disconnect();
  }

  private async off(channel: string, listener: Listener): Promise<void> {
    const listeners = this.listeners.get(channel);
    listeners?.delete(listener);
    if (listeners === undefined || listeners.size > 0 || this.closed) {
      return;
    }
    this.listeners.delete(channel);
    const client = this.connected();
    const unsubscribed = isCluster(client) ? client.sunsubscribe(channel) : client.unsubscribe(channel);
    // A subscription that could not be taken back is one that nobody listens to.
    unsubscribed.catch(() => undefined);
  }

  /** The connection is there again, and with it the subscriptions, which ioredis repeats. */
  private async resume(client: RedisClient): Promise<void> {
    if (isCluster(client) || !this.wasReady) {
      this.wasReady = true;
      return;
    }
    for (const [channel, listeners] of this.listeners) {
      // Said once more: only with the answer is it sure that the channel is heard, and whoever reads now misses nothing.
      await client.subscribe(channel).then(
        () => listeners.forEach((listener) => listener.missed()),
        () => undefined,
      );
    }
  }

  private connected(): RedisClient {
    if (this.subscriber === undefined) {
      const client = duplicateForChannels(this.connection.client);
      client.on('error', () => undefined);
      client.on(isCluster(client) ? 'smessage' : 'message', (channel: string, message: string) => {
        for (const listener of this.listeners.get(channel) ?? []) {
          listener.hear(message);
        }
      });
      client.on('ready', () => void this.resume(client));
      this.subscriber = client;
    }
    return this.subscriber;
  }
}
