import { Redis } from 'ioredis';

import type { RedisServer } from '../../servers/redis-server.js';
import type { Fault } from './fault.js';

/** The harness's own connections to servers that come and go: one to each, which waits while its server is away. */
export class ServerConnections {
  private readonly byPort = new Map<number, Redis>();

  to({ url, port }: RedisServer): Redis {
    const known = this.byPort.get(port);
    if (known !== undefined) return known;
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    this.byPort.set(port, redis);
    return redis;
  }

  close(): void {
    this.byPort.forEach((redis) => redis.disconnect());
  }
}

/** What any server can be told to do to its clients. */
export function clientFaults(of: string, server: () => Promise<Redis>): readonly Fault[] {
  return [
    { name: `${of} forgets its scripts`, strike: async () => (await server()).script('FLUSH') },
    {
      name: `${of} closes its connections`,
      strike: async () => (await server()).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    },
  ];
}
