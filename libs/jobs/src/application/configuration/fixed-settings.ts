import type { EngineSettings } from '../settings.js';
import type { SettingInForce } from './configuration-section.js';

const AT_THE_START = 'it is read at the start';

/** The options of the module that are as they are until the next start, each with the reason. */
export const FIXED_OPTIONS: Readonly<Record<string, string>> = {
  lease: `processes have told the store for how long they count as alive; ${AT_THE_START}`,
  heartbeat: `others judge by it whether a process is silent; ${AT_THE_START}`,
  shutdown: `whoever stops the process counts on it; ${AT_THE_START}`,
  submits: AT_THE_START,
  maxPayloadSize: `what one process takes every other must be able to read; ${AT_THE_START}`,
  store: 'the store is opened at the start',
  redis: 'the connection is opened at the start',
  prefix: 'it is a part of every key',
  middleware: 'it is code',
  handlers: 'it is code',
  enabled: AT_THE_START,
  isGlobal: AT_THE_START,
  preset: AT_THE_START,
  worker: 'the groups of workers are made at the start; how many workers a group has is changed by workers.<group>',
};

/** Those of them that have a value here. */
export function fixedSettings(settings: EngineSettings): readonly Required<SettingInForce>[] {
  const { lease, heartbeat, maxPayloadSize, shutdownDeadline, submits } = settings;
  return Object.entries({
    lease,
    heartbeat,
    maxPayloadSize,
    'shutdown.deadline': shutdownDeadline,
    'submits.patience': submits.patience,
    'submits.maxWaiting': submits.maxWaiting,
  }).map(([path, value]) => ({ path, value, fixed: FIXED_OPTIONS[path.split('.', 1)[0] ?? path] ?? AT_THE_START }));
}
