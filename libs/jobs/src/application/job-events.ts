import { Injectable } from '@nestjs/common';
import { type JobEvent, type JobEventKind, type JobEventOf, JobObserver } from './ports/job-observer.js';
import { Log } from './ports/log.js';

/** Tells everyone in this process who asked what happens to its jobs. */
@Injectable()
export class JobEvents extends JobObserver {
  private readonly listeners = new Map<JobEventKind, readonly ((event: JobEvent) => unknown)[]>();

  constructor(private readonly log: Log) {
    super();
  }

  /** True when somebody listens for the kind: without, an event need not even be made. */
  wanted(kind: JobEventKind): boolean {
    return this.listeners.has(kind);
  }

  /** Calls back for every event of the kind; the answer ends it. A listener that throws or rejects is logged, no more. */
  on<K extends JobEventKind>(kind: K, listener: (event: JobEventOf<K>) => unknown): () => void {
    const entry = listener as (event: JobEvent) => unknown;
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

  override observe(event: JobEvent): void {
    for (const listener of this.listeners.get(event.kind) ?? []) {
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
