import type { StorePorts } from '../../application/ports/store-ports.js';
import { ConfirmedSender } from './scripts/confirmed-sender.js';
import { Keys } from './stored/keys.js';
import { RedisAlertStore } from './stores/redis-alert-store.js';
import { RedisAuditLog } from './stores/redis-audit-log.js';
import { RedisConfigurationStore } from './stores/redis-configuration-store.js';
import { RedisConnection } from './connection/redis-connection.js';
import { RedisEventLog } from './stores/redis-event-log.js';
import { RedisHistoryStore } from './stores/redis-history-store.js';
import { RedisJobControl } from './stores/redis-job-control.js';
import { RedisJobDirectory } from './stores/redis-job-directory.js';
import { RedisJobInspector } from './stores/redis-job-inspector.js';
import { RedisJobStore } from './stores/redis-job-store.js';
import { RedisNotifier } from './notices/redis-notifier.js';
import { RedisProcessDirectory } from './stores/redis-process-directory.js';
import type { RedisStoreOptions } from './connection/redis-options.js';
import { RedisQueueControl } from './stores/redis-queue-control.js';
import { RedisScheduleStore } from './stores/redis-schedule-store.js';
import { ScriptCaller } from './scripts/script-caller.js';

const DEFAULT_PATIENCE = 20_000;

/**
 * A store on Redis 7.0 or Valkey 7.2 and up: standalone, behind sentinels, or a Cluster. Connections are opened when
 * they are first needed: one for calls, one to sleep on, one for notices; and one for submits that wait for replicas.
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
    connection.durability && new ConfirmedSender(connection, connection.durability),
  );
  return {
    connection,
    jobs: new RedisJobStore(caller),
    control: new RedisJobControl(caller),
    queues: new RedisQueueControl(connection, caller, keys),
    inspector: new RedisJobInspector(caller),
    directory: new RedisJobDirectory(connection, caller, keys),
    processes: new RedisProcessDirectory(caller),
    history: new RedisHistoryStore(caller),
    alerts: new RedisAlertStore(caller),
    schedules: new RedisScheduleStore(connection, caller, keys),
    audit: new RedisAuditLog(caller),
    events: new RedisEventLog(caller),
    configuration: new RedisConfigurationStore(caller),
    notifier: new RedisNotifier(connection, caller, keys),
  };
}
