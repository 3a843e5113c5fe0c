import type { StorePorts } from '../application/ports/store-ports.js';
import type { JobsModuleOptions } from './options/module-options.js';
import type { ResolvedOptions } from './options/resolve-options.js';

/** What `forRoot` was told, or what `forRootAsync` came to: {@link JobsModuleOptions}. */
export const JOBS_OPTIONS = Symbol.for('nestjs-jobs:options');

/** The options with everything decided, feature modules' queues included: {@link ResolvedOptions}. */
export const RESOLVED_OPTIONS = Symbol.for('nestjs-jobs:resolved-options');

/** The store's adapters: {@link StorePorts}. */
export const STORE_PORTS = Symbol.for('nestjs-jobs:store-ports');

/** What each of the tokens injects. */
export interface Injected {
  [JOBS_OPTIONS]: JobsModuleOptions;
  [RESOLVED_OPTIONS]: ResolvedOptions;
  [STORE_PORTS]: StorePorts;
}
