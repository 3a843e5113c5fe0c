import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { JobEvents } from '../job-events.js';
import { Clock } from '../ports/clock.js';
import { ALL_QUEUES, EventLog, type ListenedQueue, type ProcessEvent } from '../ports/event-log.js';
import { JOB_EVENT_KINDS, type JobEvent } from '../ports/job-observer.js';
import { Log } from '../ports/log.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import { happeningOf } from './happening.js';

/** Milliseconds that events gather before they travel. */
export const GATHERED = 50;

/** Events that one process tells in a second, at most: more are counted, and only their number is told. */
export const EVENTS_A_SECOND = 1_000;

/** Milliseconds until it is tried again where events could not be told. */
const TRY_AGAIN = 1_000;

/** Events that wait for a store that does not answer, at most. */
const MOST_WAITING = 2_000;

/**
 * Tells every other process what happens to jobs in this one: of queues that always have it on, and of those for which
 * somebody listens. While neither is so, no event is made.
 */
@Injectable()
export class EventPublisher {
  private readonly always: ReadonlySet<string>;
  /** Monotonic milliseconds until which somebody listens, by queue. */
  private listened = new Map<string, number>();
  /** What is listened for in this process now: the queues, or all; empty is nothing. */
  private heard: ReadonlySet<string> | 'all' = new Set();
  private unlisten: readonly (() => void)[] = [];
  private waiting: ProcessEvent[] = [];
  /** Where in `waiting` the latest progress of an attempt stands. */
  private readonly progressAt = new Map<string, number>();
  private dropped = 0;
  private second = { began: 0, taken: 0 };
  private scheduled: (() => void) | undefined;
  private telling: Promise<void> | undefined;
  private troubled = false;
  private closed = false;

  constructor(
    private readonly log: EventLog,
    private readonly events: JobEvents,
    private readonly clock: Clock,
    private readonly log_: Log,
    @Inject(ENGINE_SETTINGS) settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {
    this.always = new Set([...settings.queues].filter(([, { events }]) => events === true).map(([queue]) => queue));
  }

  /** Tells from now on of the queues that always have it on. */
  open(): void {
    this.listen();
  }

  /** What the store says of who listens. */
  learn(listened: readonly ListenedQueue[]): void {
    const now = this.clock.monotonic();
    this.listened = new Map(listened.map(({ queue, milliseconds }) => [queue, now + milliseconds]));
    this.listen();
  }

  /** Tells no more, once what has gathered is told. Never rejects. */
  async close(): Promise<void> {
    this.closed = true;
    this.unlisten.forEach((end) => end());
    this.unlisten = [];
    this.scheduled?.();
    this.scheduled = undefined;
    await this.telling;
    await this.tell();
  }

  private listen(): void {
    const now = this.clock.monotonic();
    const asked = [...this.listened].filter(([, until]) => until > now).map(([queue]) => queue);
    const heard = asked.includes(ALL_QUEUES) ? 'all' : new Set([...this.always, ...asked]);
    if (this.closed || isSame(heard, this.heard)) {
      return;
    }
    this.heard = heard;
    this.unlisten.forEach((end) => end());
    this.unlisten =
      heard !== 'all' && heard.size === 0
        ? []
        : JOB_EVENT_KINDS.map((kind) =>
            this.events.on(kind, (event) => this.record(event), heard === 'all' ? undefined : heard),
          );
  }

  private record(event: JobEvent): void {
    const progressOf = event.kind === 'progress' ? `${event.queue}\n${event.id}\n${event.attempt}` : undefined;
    const at = progressOf === undefined ? undefined : this.progressAt.get(progressOf);
    if (at !== undefined) {
      this.waiting[at] = happeningOf(event, this.holder);
      return;
    }
    if (!this.mayTell()) {
      this.dropped++;
    } else {
      if (progressOf !== undefined) {
        this.progressAt.set(progressOf, this.waiting.length);
      }
      this.waiting.push(happeningOf(event, this.holder));
    }
    this.schedule();
  }

  private mayTell(): boolean {
    const now = this.clock.monotonic();
    if (now - this.second.began >= 1_000) {
      this.second = { began: now, taken: 0 };
    }
    return this.waiting.length < MOST_WAITING && this.second.taken++ < EVENTS_A_SECOND;
  }

  private schedule(): void {
    if (this.scheduled === undefined && this.telling === undefined && !this.closed) {
      this.scheduled = this.clock.after(
        this.troubled ? TRY_AGAIN : GATHERED,
        () => {
          this.scheduled = undefined;
          this.telling = this.tell().finally(() => {
            this.telling = undefined;
            if (this.waiting.length > 0 || this.dropped > 0) {
              this.schedule();
            }
          });
        },
        { background: true },
      );
    }
  }

  private async tell(): Promise<void> {
    // Who listened may have gone without this process being told so.
    this.listen();
    const { waiting: events, dropped } = this;
    this.waiting = [];
    this.progressAt.clear();
    this.dropped = 0;
    if (events.length === 0 && (dropped === 0 || this.unlisten.length === 0)) {
      return;
    }
    const lost = dropped > 0 ? [{ kind: 'dropped', holder: this.holder, count: dropped } as const] : [];
    try {
      await this.log.append([...events, ...lost]);
      this.troubled = false;
    } catch (error) {
      // Some of them may have been added: what is counted twice is better than what is counted not at all.
      this.dropped += events.length + dropped;
      if (!this.troubled) {
        this.troubled = true;
        this.log_.warn(`Events could not be told to other processes: ${toError(error).message}`);
      }
    }
  }
}

function isSame(one: ReadonlySet<string> | 'all', other: ReadonlySet<string> | 'all'): boolean {
  return one === 'all' || other === 'all'
    ? one === other
    : one.size === other.size && [...one].every((queue) => other.has(queue));
}
