import type { ToldStore } from '../told-store.js';
import { ReferenceJobControl, ReferenceQueueControl } from './reference-control.js';
import { ReferenceInspector } from './reference-inspector.js';
import { ReferenceJobStore } from './reference-jobs.js';
import { ReferenceQueues } from './reference-queue.js';
import { ReferenceScheduleStore } from './reference-schedules.js';

/**
 * The reference model: what every store is to answer and to show, worked out in the plainest way and apart from the stores.
 * It looks through all jobs at each step, has no indexes and no bounds, and hands nothing over unasked.
 */
export function referenceStore(): ToldStore {
  const queues = new ReferenceQueues();
  return {
    name: 'the model',
    ports: {
      jobs: new ReferenceJobStore(queues),
      control: new ReferenceJobControl(queues),
      queues: new ReferenceQueueControl(queues),
      inspector: new ReferenceInspector(queues),
      schedules: new ReferenceScheduleStore(queues),
    },
    advance: async (milliseconds) => {
      queues.clock.now += milliseconds;
    },
  };
}
