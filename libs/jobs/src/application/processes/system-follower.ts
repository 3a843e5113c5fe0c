import { Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { ConfigurationInForce } from '../configuration/configuration-in-force.js';
import { EventPublisher } from '../events/event-publisher.js';
import { LiveEvents } from '../events/live-events.js';
import { type Hearing, hearChanges } from '../hear-changes.js';
import { EventLog } from '../ports/event-log.js';
import { Log } from '../ports/log.js';
import { type ChangedSubject, Notifier } from '../ports/notifier.js';
import { ProcessPublisher } from './process-publisher.js';

/**
 * Keeps this process up with what others change for the whole system: the configuration, and who listens to events. It is told at once where it
 * hears notices, and with its next heartbeat wherever it does not.
 */
@Injectable()
export class SystemFollower {
  private hearings: readonly Hearing[] = [];
  private closed = false;

  constructor(
    private readonly heartbeats: ProcessPublisher,
    private readonly configuration: ConfigurationInForce,
    private readonly publisher: EventPublisher,
    private readonly live: LiveEvents,
    private readonly events: EventLog,
    private readonly notifier: Notifier,
    private readonly log: Log,
  ) {}

  /** Puts in force what was changed before this process began. @throws StoreUnavailableError */
  open(): Promise<void> {
    return this.configuration.load();
  }

  /** @param hearsNotices a process without workers opens no connection for them */
  async start(hearsNotices: boolean): Promise<void> {
    this.heartbeats.onNews(({ configuration, listened, newestEvent }) => {
      this.configuration.learn(configuration);
      this.publisher.learn(listened);
      this.live.learn(newestEvent);
    });
    this.publisher.open();
    if (hearsNotices) {
      this.hearings = [
        this.hear('configuration', () => this.configuration.follow('elsewhere')),
        this.hear('listening', () => this.askWhoListens()),
      ];
      await Promise.all(this.hearings.map(({ ready }) => ready));
    }
  }

  /** Tells the last events. Never rejects. */
  async stop(): Promise<void> {
    this.closed = true;
    await this.publisher.close();
    this.live.close();
    await Promise.all(this.hearings.map((each) => each.end()));
  }

  /** What cannot be heard at once comes with the heartbeat. */
  private hear(subject: ChangedSubject, act: () => Promise<void>): Hearing {
    const safely = (): void => {
      if (!this.closed) {
        act().catch((error: unknown) => this.log.warn(`News of the system wait: ${toError(error).message}`));
      }
    };
    const otherwise = 'Changes of the system are followed with the heartbeat only';
    return hearChanges(this.notifier, subject, safely, this.log, otherwise);
  }

  private async askWhoListens(): Promise<void> {
    this.publisher.learn(await this.events.listened());
  }
}
