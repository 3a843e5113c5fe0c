import type { Clock } from '../../application/ports/clock.js';
import {
  type ChangedSubject,
  type FinishedJob,
  MAX_TOLD_RESULT,
  Notifier,
  type Unsubscribe,
} from '../../application/ports/notifier.js';
import type { MemoryQueue, News } from './memory-queue.js';

type Wakening = 'woken' | 'timeout' | 'aborted';

interface Sleeper {
  readonly queues: readonly string[];
  readonly end: (how: Wakening) => void;
}

interface ChangedListener {
  readonly subject: ChangedSubject;
  readonly listener: () => void;
}

interface CancelListener {
  readonly queues: readonly string[];
  readonly listener: (queue: string, id: string) => void;
}

/** Wake-ups and notices inside one process. Listeners are called after the verb that caused them has ended. */
export class MemoryNotifier extends Notifier {
  private readonly sleepers = new Set<Sleeper>();
  /** Queues with work that nobody was asleep to be woken for. */
  private readonly marked = new Set<string>();
  private readonly cancelListeners = new Set<CancelListener>();
  private readonly finishedListeners = new Map<string, Set<(finished: FinishedJob) => void>>();
  private readonly changedListeners = new Set<ChangedListener>();

  constructor(private readonly clock: Clock) {
    super();
  }

  override sleep(queues: readonly string[], milliseconds: number, signal: AbortSignal): Promise<Wakening> {
    if (signal.aborted) {
      return Promise.resolve('aborted');
    }
    const marked = queues.find((queue) => this.marked.has(queue));
    if (marked !== undefined) {
      this.marked.delete(marked);
      return Promise.resolve('woken');
    }
    return new Promise((resolve) => {
      const end = (how: Wakening): void => {
        this.sleepers.delete(sleeper);
        signal.removeEventListener('abort', abort);
        callOff();
        resolve(how);
      };
      const sleeper = { queues, end };
      const abort = (): void => end('aborted');
      const callOff = this.clock.after(milliseconds, () => end('timeout'));
      signal.addEventListener('abort', abort, { once: true });
      this.sleepers.add(sleeper);
    });
  }

  override async onCancel(
    queues: readonly string[],
    listener: (queue: string, id: string) => void,
  ): Promise<Unsubscribe> {
    const entry = { queues, listener };
    this.cancelListeners.add(entry);
    return async () => {
      this.cancelListeners.delete(entry);
    };
  }

  /** Nothing is handed over: in one process a claim is as quick. */
  override async onHandedOver(): Promise<Unsubscribe> {
    return async () => undefined;
  }

  override async onFinished(queue: string, listener: (finished: FinishedJob) => void): Promise<Unsubscribe> {
    // A listener of its own, so that the same function may listen twice.
    const own = (finished: FinishedJob): void => listener(finished);
    const listeners = this.finishedListeners.get(queue) ?? new Set();
    this.finishedListeners.set(queue, listeners.add(own));
    return async () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.finishedListeners.get(queue) === listeners) {
        this.finishedListeners.delete(queue);
      }
    };
  }

  override async tellChanged(subject: ChangedSubject): Promise<void> {
    for (const entry of this.changedListeners) {
      if (entry.subject === subject) {
        queueMicrotask(() => entry.listener());
      }
    }
  }

  override async onChanged(subject: ChangedSubject, listener: () => void): Promise<Unsubscribe> {
    const entry = { subject, listener };
    this.changedListeners.add(entry);
    return async () => {
      this.changedListeners.delete(entry);
    };
  }

  /** Passes on what a verb did to its queue. */
  tell(queue: MemoryQueue, news: News): void {
    const ready = news.ready && queue.byState.pending.size > 0 && queue.room > 0;
    if (ready || (news.earlierDue && !queue.paused)) {
      this.wake(queue.name);
    }
    for (const id of news.cancels) {
      for (const { queues, listener } of this.cancelListeners) {
        if (queues.includes(queue.name)) {
          queueMicrotask(() => listener(queue.name, id));
        }
      }
    }
    for (const listener of this.finishedListeners.get(queue.name) ?? []) {
      for (const finished of news.finished) {
        queueMicrotask(() => listener(withinBounds(finished)));
      }
    }
  }

  /** Ends every sleep: the store closes. */
  close(): void {
    for (const sleeper of this.sleepers) {
      sleeper.end('aborted');
    }
    this.cancelListeners.clear();
    this.finishedListeners.clear();
    this.changedListeners.clear();
  }

  /** Wakes the one that has slept longest; where nobody sleeps, the next sleep ends at once. */
  private wake(queue: string): void {
    for (const sleeper of this.sleepers) {
      if (sleeper.queues.includes(queue)) {
        sleeper.end('woken');
        return;
      }
    }
    this.marked.add(queue);
  }
}

function withinBounds(finished: FinishedJob): FinishedJob {
  return finished.result !== undefined && finished.result.length > MAX_TOLD_RESULT
    ? { id: finished.id, state: finished.state, resultOmitted: true }
    : finished;
}
