import type { Clock } from '../../application/ports/clock.js';
import {
  EventLog,
  type EventPage,
  KEPT_EVENTS,
  type ListenedQueue,
  type LoggedEvent,
  type ProcessEvent,
} from '../../application/ports/event-log.js';
import type { Notifier } from '../../application/ports/notifier.js';

/** Events beyond those that are kept gather until so many can be forgotten at once. */
const SPARE = 1_000;

/** The newest events of a memory store. */
export class MemoryEventLog extends EventLog {
  private events: LoggedEvent[] = [];
  private last = 0;
  /** Queue → when nobody listens to it any more. */
  private readonly until = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly notifier: Notifier,
  ) {
    super();
  }

  /** The number of the newest event. */
  get newest(): number {
    return this.last;
  }

  override async append(events: readonly ProcessEvent[]): Promise<void> {
    const at = this.clock.now();
    for (const event of events) {
      this.events.push({ number: ++this.last, at, event: structuredClone(event) });
    }
    if (this.events.length >= KEPT_EVENTS + SPARE) {
      this.events = this.events.slice(-KEPT_EVENTS);
    }
    await this.notifier.tellChanged('events');
  }

  override async read(after: number, limit: number): Promise<EventPage> {
    const oldest = this.newest - this.events.length + 1;
    const first = Math.max(after + 1 - oldest, 0);
    return { events: structuredClone(this.events.slice(first, first + limit)), newest: this.newest };
  }

  override async listen(queues: readonly string[], milliseconds: number): Promise<number> {
    const until = this.clock.now() + milliseconds;
    for (const queue of queues) {
      this.until.set(queue, Math.max(this.until.get(queue) ?? 0, until));
    }
    return this.newest;
  }

  override async listened(): Promise<readonly ListenedQueue[]> {
    const now = this.clock.now();
    for (const [queue, until] of this.until) {
      if (until <= now) {
        this.until.delete(queue);
      }
    }
    return [...this.until].map(([queue, until]) => ({ queue, milliseconds: until - now }));
  }
}
