import { Injectable } from '@nestjs/common';
import { toError } from '../../domain/failure.js';
import { ConfigurationInForce } from '../configuration/configuration-in-force.js';
import { EventPublisher } from '../events/event-publisher.js';
import { LiveEvents } from '../events/live-events.js';
import { EventLog } from '../ports/event-log.js';
import { Log } from '../ports/log.js';
import { type ChangedSubject, Notifier, type Unsubscribe } from '../ports/notifier.js';
import { ProcessPublisher } from './process-publisher.js';

/**
 * Keeps this process up with what others change for the whole system: the configuration, and who listens to events. It is told at once where it
 * hears notices, and with its next heartbeat wherever it does not.
 */
@Injectable()
export class SystemFollower {
  private unsubscribe: readonly Unsubscribe[] = [];
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
      this.unsubscribe = await Promise.all([
        this.hear('configuration', () => this.configuration.follow('elsewhere')),
        this.hear('listening', () => this.askWhoListens()),
      ]);
    }
  }

  /** Tells the last events. Never rejects. */
  async stop(): Promise<void> {
    this.closed = true;
    await this.publisher.close();
    this.live.close();
    await Promise.allSettled(this.unsubscribe.map((each) => each()));
  }

  /** What cannot be heard at once comes with the heartbeat. */
  private async hear(subject: ChangedSubject, act: () => Promise<void>): Promise<Unsubscribe> {
    const safely = (): void => {
      if (!this.closed) {
        act().catch((error: unknown) => this.log.warn(`News of the system wait: ${toError(error).message}`));
      }
    };
    try {
      return await this.notifier.onChanged(subject, safely);
    } catch (error) {
      this.log.warn(`Changes of the system are followed with the heartbeat only: ${toError(error).message}`);
      return async () => undefined;
    }
  }

  private async askWhoListens(): Promise<void> {
    this.publisher.learn(await this.events.listened());
  }
}
