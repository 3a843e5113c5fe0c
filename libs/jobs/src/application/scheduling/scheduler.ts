import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { type Hearing, hearChanges } from '../hear-changes.js';
import { JobEvents } from '../job-events.js';
import { Clock } from '../ports/clock.js';
import type { JobEvent } from '../ports/job-observer.js';
import { Log } from '../ports/log.js';
import { Notifier } from '../ports/notifier.js';
import { ScheduleStore } from '../ports/schedule-store.js';
import { type EngineSettings, lookAgainAfter } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { OccurrenceFirer } from './occurrence-firer.js';
import { SCHEDULE_TAG } from './schedule-options.js';

/** Schedules that one look handles at most; another look follows at once. */
const BATCH = 50;
/** Milliseconds after which it is read anew where schedules are: what was told is heard at once, this is for what was not. */
const REFRESH = 30_000;
/** The same when the store was away. */
const RETRY = 1_000;
/** Milliseconds after which it is looked whether a job has ended that another process ran and an occurrence waits for. */
const RECHECK = 1_000;

/**
 * Fires schedules: sleeps until the nearest time of all queues that have any, looks what is due, and asks the store to
 * fire it. Every process does; the store sees to it that each occurrence fires once.
 */
@Injectable()
export class Scheduler {
  /** Monotonic time of the next look at each queue with schedules; infinite for one without a next time. */
  private readonly looks = new Map<string, number>();
  private readonly looking = new Map<string, Promise<void>>();
  /** Queues to look at once more, as something was heard during a look. */
  private readonly again = new Set<string>();
  /** Queues with an occurrence that waits for a job. */
  private readonly waiting = new Set<string>();
  private refreshAt = Infinity;
  private refreshing: Promise<void> | undefined;
  private state: 'idle' | 'open' | 'closed' = 'idle';
  private callOff: (() => void) | undefined;
  private hearing: Hearing | undefined;
  private unlisten: (() => void)[] = [];

  constructor(
    private readonly store: ScheduleStore,
    private readonly firer: OccurrenceFirer,
    private readonly notifier: Notifier,
    private readonly events: JobEvents,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  async start(): Promise<void> {
    if (this.state !== 'idle') {
      return;
    }
    this.state = 'open';
    const otherwise = `Changed schedules are seen within ${REFRESH / 1_000} s only`;
    this.hearing = hearChanges(this.notifier, 'schedules', () => this.refreshSoon(), this.log, otherwise);
    await this.hearing.ready;
    this.refreshSoon();
  }

  /** Fires nothing more. Resolves once what it is about has ended. */
  async stop(): Promise<void> {
    this.state = 'closed';
    this.callOff?.();
    this.listen(false);
    await Promise.allSettled([this.hearing?.end(), this.refreshing, ...this.looking.values()]);
  }

  private refreshSoon(): void {
    this.refreshAt = 0;
    this.run();
  }

  /** Begins whatever is due, and sleeps until the next. */
  private run(): void {
    if (this.state !== 'open') {
      return;
    }
    const now = this.clock.monotonic();
    if (this.refreshing === undefined && now >= this.refreshAt) {
      this.refreshAt = Infinity;
      this.refreshing = this.refresh().finally(() => {
        this.refreshing = undefined;
        this.run();
      });
    }
    for (const [queue, at] of this.looks) {
      if (now >= at && !this.looking.has(queue)) {
        this.looks.set(queue, Infinity);
        const look = this.look(queue).finally(() => {
          this.looking.delete(queue);
          if (this.again.delete(queue)) {
            this.lookIn(queue, 0);
          }
          this.run();
        });
        this.looking.set(queue, look);
      }
    }
    this.sleep(now);
  }

  private sleep(now: number): void {
    this.callOff?.();
    const ends = [...this.looks].filter(([queue]) => !this.looking.has(queue)).map(([, at]) => at);
    const next = Math.min(...ends, this.refreshing === undefined ? this.refreshAt : Infinity);
    this.callOff =
      next === Infinity
        ? undefined
        : this.clock.after(Math.max(0, Math.ceil(next - now)), () => this.run(), { background: true });
  }

  /** Reads which queues have schedules, and looks at each. */
  private async refresh(): Promise<void> {
    let wait = lookAgainAfter(this.settings, REFRESH);
    try {
      const queues = new Set((await this.store.places()).values());
      for (const queue of this.looks.keys()) {
        if (!queues.has(queue)) {
          this.looks.delete(queue);
          this.waiting.delete(queue);
        }
      }
      for (const queue of queues) {
        this.lookIn(queue, 0);
      }
    } catch (error) {
      this.log.warn(`Schedules could not be read and are tried again: ${toError(error).message}`);
      wait = RETRY;
    }
    const end = this.clock.monotonic() + this.spread(wait);
    this.refreshAt = Math.min(this.refreshAt, end);
  }

  private lookIn(queue: string, milliseconds: number): void {
    if (this.looking.has(queue)) {
      this.again.add(queue);
    } else {
      this.looks.set(queue, this.clock.monotonic() + milliseconds);
    }
  }

  /** Fires what is due in the queue, until nothing is, and notes when to look again. */
  private async look(queue: string): Promise<void> {
    let wait: number | undefined;
    try {
      wait = await this.fireAll(queue);
    } catch (error) {
      this.log.warn(`Schedules of queue '${queue}' could not be fired and are tried again: ${toError(error).message}`);
      wait = RETRY;
    }
    // Processes that wake for the same time ask one after another: the first fires, the others find nothing to do.
    this.looks.set(queue, wait === undefined ? Infinity : this.clock.monotonic() + this.spread(wait));
  }

  /** Answers milliseconds until the next look; `undefined` when there is nothing to look for. */
  private async fireAll(queue: string): Promise<number | undefined> {
    while (this.state === 'open') {
      const { now, due, released, waiting, nextIn } = await this.store.due(queue, BATCH);
      this.wait(queue, waiting > 0);
      if (due.length === 0 && released.length === 0) {
        return waiting > 0 ? Math.min(nextIn ?? Infinity, RECHECK) : nextIn;
      }
      const fired = await Promise.all([
        ...due.map((each) => this.firer.fireDue(each, now)),
        ...released.map((each) => this.firer.fireReleased(each, now)),
      ]);
      if (fired.every((one) => one === 'stuck')) {
        return RETRY;
      }
    }
    return undefined;
  }

  /** Listens for the ends of this process's jobs while an occurrence waits for one, and at no other time. */
  private wait(queue: string, waits: boolean): void {
    if (waits) {
      this.waiting.add(queue);
    } else {
      this.waiting.delete(queue);
    }
    this.listen(this.waiting.size > 0);
  }

  private listen(listens: boolean): void {
    if (listens && this.unlisten.length === 0) {
      const ended = ({ queue, job }: JobEvent): void => {
        if (this.waiting.has(queue) && job?.settings.tags?.some((tag) => tag.startsWith(SCHEDULE_TAG)) === true) {
          this.lookIn(queue, 0);
          this.run();
        }
      };
      this.unlisten = (['completed', 'failed', 'cancelled'] as const).map((kind) => this.events.on(kind, ended));
    } else if (!listens) {
      this.unlisten.splice(0).forEach((end) => end());
    }
  }

  private spread(milliseconds: number): number {
    return milliseconds + Math.random() * this.settings.schedules.spread;
  }
}
