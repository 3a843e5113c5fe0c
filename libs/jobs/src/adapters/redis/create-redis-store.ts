import type { StorePorts } from '../../application/ports/store-ports.js';
import { Keys } from './keys.js';
import { RedisAuditLog } from './redis-audit-log.js';
import { RedisAlertStore } from './redis-alert-store.js';
import { RedisConnection } from './redis-connection.js';
import { RedisHistoryStore } from './redis-history-store.js';
import { RedisJobControl } from './redis-job-control.js';
import { RedisJobDirectory } from './redis-job-directory.js';
import { RedisJobInspector } from './redis-job-inspector.js';
import { RedisJobStore } from './redis-job-store.js';
import { RedisNotifier } from './redis-notifier.js';
import { RedisProcessDirectory } from './redis-process-directory.js';
import type { RedisStoreOptions } from './redis-options.js';
import { RedisQueueControl } from './redis-queue-control.js';
import { ScriptCaller } from './script-caller.js';

const DEFAULT_PATIENCE = 20_000;

/**
 * A store on Redis 7.0 or Valkey 7.2 and up: standalone, behind sentinels, or a Cluster. Connections are opened when
 * they are first needed: one for calls, one to sleep on, one for notices.
 *
 * @throws InvalidOptionError · UsageError when ioredis is not installed
 */
export function createRedisStore(options: RedisStoreOptions = {}): StorePorts {
  const keys = new Keys(options.prefix);
  const connection = new RedisConnection(options);
  const caller = new ScriptCaller(
    connection,
    keys,
    options.offset ?? (() => 0),
    options.retryTimeout ?? DEFAULT_PATIENCE,
  );
  return {
    connection,
    jobs: new RedisJobStore(caller),
    control: new RedisJobControl(caller),
    queues: new RedisQueueControl(connection, caller, keys),
    inspector: new RedisJobInspector(caller),
    directory: new RedisJobDirectory(connection, caller, keys),
    processes: new RedisProcessDirectory(caller),
    audit: new RedisAuditLog(caller),
    history: new RedisHistoryStore(caller),
    alerts: new RedisAlertStore(caller),
    notifier: new RedisNotifier(connection, caller, keys),
  };
}
