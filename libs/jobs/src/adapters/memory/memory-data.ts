import type { Clock } from '../../application/ports/clock.js';
import type { JobTypeEntry } from '../../application/ports/job-directory.js';
import { MemoryNotifier } from './memory-notifier.js';
import { MemoryQueue, noNews } from './memory-queue.js';

/** All that one memory store holds, and the one way its verbs act on a queue. */
export class MemoryData {
  readonly types = new Map<string, JobTypeEntry>();
  readonly queueNames = new Set<string>();
  /** The queue of each schedule. */
  readonly schedulePlaces = new Map<string, string>();
  readonly notifier: MemoryNotifier;
  private readonly queues = new Map<string, MemoryQueue>();

  constructor(private readonly clock: Clock) {
    this.notifier = new MemoryNotifier(clock);
  }

  /** Runs one verb on the queue, whole and at one time of the store, and then tells its news. */
  act<T>(name: string, verb: (queue: MemoryQueue) => T): T {
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = new MemoryQueue(name);
      this.queues.set(name, queue);
    }
    queue.readClock(this.clock.now());
    const answer = verb(queue);
    const { news } = queue;
    queue.news = noNews();
    this.notifier.tell(queue, news);
    return answer;
  }

  /** The queue for reading; asking for one that is not there does not make it. */
  read(name: string): MemoryQueue {
    const queue = this.queues.get(name) ?? new MemoryQueue(name);
    queue.readClock(this.clock.now());
    return queue;
  }
}
