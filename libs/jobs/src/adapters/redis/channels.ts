import type { Unsubscribe } from '../../application/ports/notifier.js';
import { duplicateForChannels, isCluster, type RedisClient } from './redis-client.js';
import type { RedisConnection } from './redis-connection.js';
import type { ScriptCaller } from './script-caller.js';

type Listener = (message: string) => void;

/** One connection for all channels of a store; on a Cluster they are sharded, and lie with their queue. */
export class Channels {
  private readonly listeners = new Map<string, Set<Listener>>();
  private subscriber?: RedisClient;
  private closed = false;

  constructor(
    private readonly connection: RedisConnection,
    private readonly caller: ScriptCaller,
  ) {}

  /** Calls back with what is said on the channel, from when this resolves. @throws StoreUnavailableError */
  async on(channel: string, listener: Listener): Promise<Unsubscribe> {
    const own: Listener = (message) => listener(message);
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

  private connected(): RedisClient {
    if (this.subscriber === undefined) {
      const client = duplicateForChannels(this.connection.client);
      client.on('error', () => undefined);
      client.on(isCluster(client) ? 'smessage' : 'message', (channel: string, message: string) => {
        for (const listener of this.listeners.get(channel) ?? []) {
          listener(message);
        }
      });
      this.subscriber = client;
    }
    return this.subscriber;
  }
}
