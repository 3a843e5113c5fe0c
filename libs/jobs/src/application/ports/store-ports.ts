import type { AuditLog } from './audit-log.js';
import type { AlertStore } from './alert-store.js';
import type { HistoryStore } from './history-store.js';
import type { JobControl } from './job-control.js';
import type { JobDirectory } from './job-directory.js';
import type { JobInspector } from './job-inspector.js';
import type { JobStore } from './job-store.js';
import type { Notifier } from './notifier.js';
import type { ProcessDirectory } from './process-directory.js';
import type { QueueControl } from './queue-control.js';
import type { StoreConnection } from './store-connection.js';

/** Everything one store offers, as its adapter's factory makes it: all on the same data and the same connections. */
export interface StorePorts {
  readonly connection: StoreConnection;
  readonly jobs: JobStore;
  readonly control: JobControl;
  readonly queues: QueueControl;
  readonly inspector: JobInspector;
  readonly directory: JobDirectory;
  readonly processes: ProcessDirectory;
  readonly audit: AuditLog;
  readonly history: HistoryStore;
  readonly alerts: AlertStore;
  readonly notifier: Notifier;
}
