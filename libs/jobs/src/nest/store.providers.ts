import type { Provider } from '@nestjs/common';
import { createMemoryStore } from '../adapters/memory/create-memory-store.js';
import { AuditLog } from '../application/ports/audit-log.js';
import { Clock } from '../application/ports/clock.js';
import { AlertStore } from '../application/ports/alert-store.js';
import { HistoryStore } from '../application/ports/history-store.js';
import { JobControl } from '../application/ports/job-control.js';
import { JobDirectory } from '../application/ports/job-directory.js';
import { JobInspector } from '../application/ports/job-inspector.js';
import { JobStore } from '../application/ports/job-store.js';
import { Notifier } from '../application/ports/notifier.js';
import { ProcessDirectory } from '../application/ports/process-directory.js';
import { QueueControl } from '../application/ports/queue-control.js';
import { StoreConnection } from '../application/ports/store-connection.js';
import type { StorePorts } from '../application/ports/store-ports.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { switchedOff } from './switched-off-store.js';
import { RESOLVED_OPTIONS, STORE_PORTS } from './tokens.js';

/** Each port by its abstract class, and the adapters' bundle they all come from. */
const PORTS = {
  connection: StoreConnection,
  jobs: JobStore,
  control: JobControl,
  queues: QueueControl,
  inspector: JobInspector,
  directory: JobDirectory,
  processes: ProcessDirectory,
  audit: AuditLog,
  history: HistoryStore,
  alerts: AlertStore,
  notifier: Notifier,
} as const satisfies Record<keyof StorePorts, unknown>;

export const STORE_PROVIDERS: readonly Provider[] = [
  { provide: STORE_PORTS, useFactory: createStore, inject: [RESOLVED_OPTIONS, Clock] },
  ...(Object.keys(PORTS) as (keyof StorePorts)[]).map((port) => ({
    provide: PORTS[port],
    useFactory: (ports: StorePorts) => ports[port],
    inject: [STORE_PORTS],
  })),
];

/** What can be injected of the store. */
export const STORE_EXPORTS = [STORE_PORTS, ...Object.values(PORTS)];

function createStore({ enabled, store }: ResolvedOptions, clock: Clock): StorePorts {
  if (!enabled) {
    return switchedOff(createMemoryStore({ clock }));
  }
  return store.kind === 'memory' ? createMemoryStore({ clock }) : redisAdapter().createRedisStore(store);
}

/**
 * The Redis adapter is loaded only where it is chosen, so that applications without Redis need no ioredis. By `require`,
 * because jest runs no `import()` in the CommonJS packages it loads; under another name, because tools that follow
 * `require` take the adapter for a part of every application.
 */
const load: NodeJS.Require = require;

function redisAdapter(): RedisAdapter {
  return load('../adapters/redis/create-redis-store.js') as RedisAdapter;
}

type RedisAdapter = typeof import('../adapters/redis/create-redis-store.js');
