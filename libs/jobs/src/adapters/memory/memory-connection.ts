import { StoreConnection } from '../../application/ports/store-connection.js';
import type { MemoryNotifier } from './memory-notifier.js';

/** There is nothing to connect to; closing ends every sleep. */
export class MemoryConnection extends StoreConnection {
  override readonly description = 'memory';

  constructor(private readonly notifier: MemoryNotifier) {
    super();
  }

  override async open(): Promise<void> {}

  override async ping(): Promise<number> {
    return 0;
  }

  override async close(): Promise<void> {
    this.notifier.close();
  }
}
