import type { Clock } from '../../application/ports/clock.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { MemoryAuditLog } from './memory-audit-log.js';
import { MemoryAlertStore } from './memory-alert-store.js';
import { MemoryConnection } from './memory-connection.js';
import { MemoryData } from './memory-data.js';
import { MemoryHistoryStore } from './memory-history-store.js';
import { MemoryJobControl } from './memory-job-control.js';
import { MemoryJobDirectory } from './memory-job-directory.js';
import { MemoryJobInspector } from './memory-job-inspector.js';
import { MemoryJobStore } from './memory-job-store.js';
import { MemoryProcessDirectory } from './memory-process-directory.js';
import { MemoryQueueControl } from './memory-queue-control.js';

export interface MemoryStoreOptions {
  /** Where the store takes its time from. */
  readonly clock: Clock;
}

/**
 * A store inside this process: the same semantics as any other, nothing shared between processes, nothing kept over a
 * restart.
 */
export function createMemoryStore({ clock }: MemoryStoreOptions): StorePorts {
  const data = new MemoryData(clock);
  return {
    connection: new MemoryConnection(data.notifier),
    jobs: new MemoryJobStore(data),
    control: new MemoryJobControl(data),
    queues: new MemoryQueueControl(data),
    inspector: new MemoryJobInspector(data),
    directory: new MemoryJobDirectory(data),
    processes: new MemoryProcessDirectory(clock),
    audit: new MemoryAuditLog(clock),
    history: new MemoryHistoryStore(clock),
    alerts: new MemoryAlertStore(clock),
    notifier: data.notifier,
  };
}
