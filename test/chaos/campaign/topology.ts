import type { Redis } from 'ioredis';
import type { JobsModuleOptions } from 'nestjs-jobs';

import type { Fault } from './fault.js';

/** A set-up of Redis that the campaign is played on, with what can go wrong with it. */
export interface Topology {
  readonly name: string;
  /**
   * For how long before it fails an acknowledged write may be lost, in milliseconds; absent where none may. `docs/reliability.md`
   * says where each comes from.
   */
  readonly bound?: number;
  /** How producers reach it. */
  readonly producers: JobsModuleOptions;
  /** How workers reach it. */
  readonly workers: JobsModuleOptions;
  readonly faults: readonly Fault[];
  /** The server that has the queue now. */
  queueServer(queue: string): Promise<Redis>;
  close(): Promise<void>;
}
