import type { Clock } from '../../application/ports/clock.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import { MemoryAlertStore } from './memory-alert-store.js';
import { MemoryAuditLog } from './memory-audit-log.js';
import { MemoryConfigurationStore } from './memory-configuration-store.js';
import { MemoryConnection } from './memory-connection.js';
import { MemoryData } from './memory-data.js';
import { MemoryEventLog } from './memory-event-log.js';
import { MemoryHistoryStore } from './memory-history-store.js';
import { MemoryJobControl } from './memory-job-control.js';
import { MemoryJobDirectory } from './memory-job-directory.js';
import { MemoryJobInspector } from './memory-job-inspector.js';
import { MemoryJobStore } from './memory-job-store.js';
import { MemoryProcessDirectory } from './memory-process-directory.js';
import { MemoryQueueControl } from './memory-queue-control.js';
import { MemoryScheduleStore } from './memory-schedule-store.js';

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
  const events = new MemoryEventLog(clock, data.notifier);
  const configuration = new MemoryConfigurationStore(clock);
  return {
    connection: new MemoryConnection(data.notifier),
    jobs: new MemoryJobStore(data),
    control: new MemoryJobControl(data),
    queues: new MemoryQueueControl(data),
    inspector: new MemoryJobInspector(data),
    directory: new MemoryJobDirectory(data),
    history: new MemoryHistoryStore(clock),
    alerts: new MemoryAlertStore(clock),
    schedules: new MemoryScheduleStore(data),
    audit: new MemoryAuditLog(clock),
    processes: new MemoryProcessDirectory(clock, events, configuration),
    events,
    configuration,
    notifier: data.notifier,
  };
}
