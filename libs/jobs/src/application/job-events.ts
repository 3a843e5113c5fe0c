import { Injectable } from '@nestjs/common';
import { LiveEvents } from './events/live-events.js';
import type { LiveEventSubscription, SubscribeOptions } from './events/live-event.js';
import { type JobEvent, type JobEventKind, type JobEventOf, JobObserver } from './ports/job-observer.js';
import { Log } from './ports/log.js';

interface Listening {
  readonly listener: (event: JobEvent) => unknown;
  /** Absent is every queue. */
  readonly queues?: ReadonlySet<string> | undefined;
}

/** Tells everyone who asked what happens to jobs: those of this process by `on`, those of every process by `subscribe`. */
@Injectable()
export class JobEvents extends JobObserver {
  private readonly listeners = new Map<JobEventKind, readonly Listening[]>();

  constructor(
    private readonly log: Log,
    private readonly live: LiveEvents,
  ) {
    super();
  }

  /** True when somebody listens for the kind in the queue: without, an event need not even be made. */
  wanted(kind: JobEventKind, queue: string): boolean {
    const listeners = this.listeners.get(kind);
    return listeners !== undefined && listeners.some(({ queues }) => queues === undefined || queues.has(queue));
  }

  /**
   * Calls back for every event of the kind in this process; the answer ends it. A listener that throws or rejects is
   * logged, no more.
   *
   * @param queues only events of these; for others none is made. Default: all
   */
  on<K extends JobEventKind>(
    kind: K,
    listener: (event: JobEventOf<K>) => unknown,
    queues?: ReadonlySet<string>,
  ): () => void {
    const entry: Listening = { listener: listener as (event: JobEvent) => unknown, queues };
    this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), entry]);
    return () => {
      const rest = (this.listeners.get(kind) ?? []).filter((each) => each !== entry);
      if (rest.length > 0) {
        this.listeners.set(kind, rest);
      } else {
        this.listeners.delete(kind);
      }
    };
  }

  /**
   * The events of every process from now on, or from a cursor, as an async iterator: `for await (const event of …)`.
   * It goes on over a connection that was cut, says in a `gap` or `dropped` event how many it has missed, and ends when
   * the loop is left, the signal aborts, or the application closes.
   *
   * @throws InvalidOptionError naming the option
   */
  subscribe(options: SubscribeOptions = {}): LiveEventSubscription {
    return this.live.subscribe(options);
  }

  override observe(event: JobEvent): void {
    for (const { listener, queues } of this.listeners.get(event.kind) ?? []) {
      if (queues !== undefined && !queues.has(event.queue)) {
        continue;
      }
      try {
        const answer = listener(event);
        if (isThenable(answer)) {
          Promise.resolve(answer).catch((error: unknown) => this.report(event, error));
        }
      } catch (error) {
        this.report(event, error);
      }
    }
  }

  private report({ kind, queue, id, type }: JobEvent, error: unknown): void {
    this.log.error(`A listener for '${kind}' events failed`, error, { queue, job: id, type });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
