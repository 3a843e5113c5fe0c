import type { StorePorts } from '../application/ports/store-ports.js';
import { UsageError } from '../domain/errors/errors.js';

/**
 * The ports of a module with `enabled: false`: everything can be injected, and every call that needs the store rejects.
 *
 * @param ports of a store that is never opened; says which methods there are
 */
export function switchedOff(ports: StorePorts): StorePorts {
  return {
    connection: ports.connection,
    jobs: refusing(ports.jobs),
    control: refusing(ports.control),
    queues: refusing(ports.queues),
    inspector: refusing(ports.inspector),
    directory: refusing(ports.directory),
    processes: refusing(ports.processes),
    history: refusing(ports.history),
    alerts: refusing(ports.alerts),
    schedules: refusing(ports.schedules),
    audit: refusing(ports.audit),
    events: refusing(ports.events),
    configuration: refusing(ports.configuration),
    notifier: refusing(ports.notifier),
  };
}

async function refuse(): Promise<never> {
  throw new UsageError('Jobs are switched off: JobsModule runs with enabled: false, so nothing is submitted or read');
}

function refusing<T extends object>(port: T): T {
  const off = Object.create(port) as T;
  for (let level: object = port; level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && name !== 'constructor') {
        Object.defineProperty(off, name, { value: refuse, configurable: true });
      }
    }
  }
  return off;
}
