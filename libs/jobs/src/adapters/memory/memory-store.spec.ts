import { jobStoreContract } from '../../testing/job-store-contract.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { createMemoryStore } from './create-memory-store.js';

jobStoreContract({
  name: 'memory',
  newStore: async () => {
    const clock = new VirtualClock();
    const ports = createMemoryStore({ clock });
    return { ports, advance: (milliseconds) => clock.advance(milliseconds), close: () => ports.connection.close() };
  },
});
