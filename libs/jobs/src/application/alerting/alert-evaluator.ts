import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { type Hearing, hearChanges } from '../hear-changes.js';
import { AlertStore } from '../ports/alert-store.js';
import { Clock } from '../ports/clock.js';
import { Log } from '../ports/log.js';
import { Notifier } from '../ports/notifier.js';
import type { WebhookSender } from '../ports/webhook-sender.js';
import { HOLDER } from '../tokens.js';
import { within } from '../within.js';
import { type AlertBook, moveBook, readBook } from './alert-book.js';
import { AlertDeliveries, nextTry, type Webhook } from './alert-deliveries.js';
import type { AlertEvent } from './alert-event.js';
import { AlertEvents } from './alert-events.js';
import { AlertReadings } from './alert-readings.js';
import { AlertRules } from './alert-rules.js';

/** What the evaluator is told when it starts. */
export interface AlertSettings {
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly webhooks: readonly Webhook[];
  readonly sender: WebhookSender;
}

/** Looks after which a turn that is not kept passes to another process. */
const TURN = 3;

/** Looks are spread by this share, so that processes started together do not look together. */
const JITTER = 0.1;

/** How long a shutdown waits for a look that is under way, in milliseconds. */
const LAST_LOOK = 2_000;

/**
 * Looks every few seconds. Every process reads what is known of alerts and tells its listeners; the one whose turn it is
 * judges the rules, writes what it found, says it in the log, and delivers it.
 *
 * What is found is written before it is delivered, and taken off the list after: when the process dies in between, the
 * next one delivers it, perhaps once more. None of it goes through a queue.
 */
@Injectable()
export class AlertEvaluator {
  private settings: AlertSettings | undefined;
  private deliveries: AlertDeliveries | undefined;
  private state: 'idle' | 'open' | 'closed' = 'idle';
  private mine = false;
  private told: number | undefined;
  private failing = false;
  private looking: Promise<void> = Promise.resolve();
  private callOff: (() => void) | undefined;
  private hearing: Hearing | undefined;

  constructor(
    private readonly store: AlertStore,
    private readonly notifier: Notifier,
    private readonly rules: AlertRules,
    private readonly readings: AlertReadings,
    private readonly events: AlertEvents,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  /** Looks from now on. */
  async start(settings: AlertSettings): Promise<void> {
    if (this.state !== 'idle') {
      return;
    }
    this.state = 'open';
    this.rules.onChanged(() => this.lookSoon());
    this.settings = settings;
    this.deliveries = new AlertDeliveries(settings.webhooks, settings.sender, this.log);
    const otherwise = 'Alerts of other processes are heard of with the next look only';
    this.hearing = hearChanges(this.notifier, 'alerts', () => this.hasten(), this.log, otherwise);
    await this.hearing.ready;
    this.lookSoon();
  }

  /** Looks no more, and leaves the turn to the next. Never rejects. */
  async stop(): Promise<void> {
    const wasOpen = this.state === 'open';
    this.state = 'closed';
    this.callOff?.();
    if (wasOpen) {
      const left = this.store.watch({ holder: this.holder, lease: 0 }).catch(() => undefined);
      const ended = Promise.all([this.looking, left, this.hearing?.end()]);
      await within(this.clock, LAST_LOOK, ended);
    }
  }

  /** Looks now, behind a look that is under way. */
  lookSoon(): void {
    this.callOff?.();
    if (this.state !== 'open') {
      return;
    }
    this.looking = this.looking.then(() => this.look());
    void this.looking;
  }

  /** Another process has found something; who has the turn has found it itself. */
  private hasten(): void {
    if (this.state === 'open' && !this.mine) {
      this.lookSoon();
    }
  }

  private async look(): Promise<void> {
    const { settings } = this;
    if (this.state !== 'open' || settings === undefined) {
      return;
    }
    let pause = settings.interval * (1 - JITTER * Math.random());
    try {
      pause = Math.min(pause, await this.takeTurn(settings));
      this.failing = false;
    } catch (error) {
      if (!this.failing) {
        this.failing = true;
        this.log.warn(`Alerts cannot be looked after for now: ${toError(error).message}`);
      }
    }
    this.callOff?.();
    if (this.isOpen) {
      this.callOff = this.clock.after(Math.round(pause), () => this.lookSoon(), { background: true });
    }
  }

  /** A property, since the state changes while something is awaited. */
  private get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Answers in how many milliseconds there is something to deliver again. */
  private async takeTurn({ interval, webhooks }: AlertSettings): Promise<number> {
    const began = this.clock.monotonic();
    const watch = await this.store.watch({ holder: this.holder, lease: TURN * interval });
    const now = (): number => watch.now + Math.round(this.clock.monotonic() - began);
    const before = readBook(watch.book);
    this.mine = watch.mine;
    this.tell(before);
    if (!watch.mine) {
      return Infinity;
    }
    const rules = this.rules.inForce;
    const readings = await this.readings.read(rules, watch.now);
    const names = webhooks.map(({ name }) => name);
    const { book, events } = moveBook(before, rules, readings, names, watch.now, randomUUID);
    if (!(await this.save(book, watch.version))) {
      return Infinity;
    }
    await this.announce(book, events);
    return this.deliver(book, watch.version + 1, now);
  }

  private async announce(book: AlertBook, events: readonly AlertEvent[]): Promise<void> {
    this.tell(book);
    for (const event of events) {
      this.say(event);
    }
    if (events.length > 0) {
      await this.notifier.tellChanged('alerts').catch(() => undefined);
    }
  }

  private async deliver(book: AlertBook, version: number, now: () => number): Promise<number> {
    const outbox = (await this.deliveries?.send(book.outbox, now)) ?? book.outbox;
    if (outbox.length !== book.outbox.length || outbox.some((each, index) => each !== book.outbox[index])) {
      await this.save({ ...book, outbox }, version);
    }
    return Math.max(0, nextTry(outbox) - now());
  }

  /** False when the turn has passed to another, or is left: what was found is not told then. */
  private async save(book: AlertBook, version: number): Promise<boolean> {
    this.mine = (await this.store.save({ holder: this.holder, version, book: JSON.stringify(book) })) === 'saved';
    return this.mine;
  }

  /** Tells this process's listeners what they have not been told; what came before this process is not told. */
  private tell({ last, events }: AlertBook): void {
    const told = this.told ?? last;
    // A store that was emptied counts from the beginning again.
    const from = told > last ? 0 : told;
    this.told = last;
    for (const { number, event } of events) {
      if (number > from) {
        this.events.tell(event);
      }
    }
  }

  private say({ kind, text, severity, rule, queue, value, threshold, id }: AlertEvent): void {
    const fields = { alert: rule, severity, queue, value, threshold, event: id };
    if (kind === 'recovered') {
      this.log.info(text, fields);
    } else if (severity === 'critical') {
      this.log.error(text, undefined, fields);
    } else {
      this.log.warn(text, fields);
    }
  }
}
