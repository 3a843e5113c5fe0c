import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { eventStream } from '../../application/events/event-stream.js';
import type { LiveEventSubscription, SubscribeOptions } from '../../application/events/live-event.js';
import { JobEvents } from '../../application/job-events.js';
import { Clock } from '../../application/ports/clock.js';
import { Log } from '../../application/ports/log.js';
import { UsageError } from '../../domain/errors/errors.js';
import { TooManyStreamsError } from '../answers/api-errors.js';
import { API_SETTINGS, type ApiSettings } from '../options/api-settings.js';

/** Milliseconds that a client may take nothing of what it is sent, until it is cut off. */
const PATIENCE = 60_000;

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // A proxy, or a compression of the application, that gathers text would hold back events.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/**
 * The streams of live events that are open in this process: never more than so many. Each ends with its client, with one
 * that takes nothing any more, and before the application closes its server, which would wait for them.
 */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  /** What ends each, and when it has ended. */
  private readonly open = new Map<AbortController, Promise<void>>();
  private closing = false;

  constructor(
    private readonly events: JobEvents,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(API_SETTINGS) private readonly settings: ApiSettings,
  ) {}

  /**
   * Answers with a stream, which goes on by itself.
   *
   * @throws InvalidOptionError, TooManyStreamsError, UsageError before anything was answered
   */
  begin(options: Omit<SubscribeOptions, 'signal'>, response: ServerResponse): void {
    if (this.closing) {
      throw new UsageError('The application is closing: connect again');
    }
    if (this.open.size >= this.settings.maxStreams) {
      throw new TooManyStreamsError(this.settings.maxStreams);
    }
    if (response.destroyed) {
      return; // the client went while it was asked who it is
    }
    const ending = new AbortController();
    const subscription = this.events.subscribe({ ...options, signal: ending.signal });
    response.once('close', () => ending.abort());
    response.once('error', () => ending.abort());
    const ended = this.write(subscription, response, ending.signal)
      .catch((error: unknown) => this.log.warn(`A stream of live events broke off: ${String(error)}`))
      .finally(() => {
        this.open.delete(ending);
        response.end();
      });
    this.open.set(ending, ended);
  }

  /** Once workers have drained, so that the last events are told; and before the server waits for its connections. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    const ended = [...this.open].map(([ending, end]) => {
      ending.abort();
      return end;
    });
    await Promise.all(ended);
  }

  private async write(
    subscription: LiveEventSubscription,
    response: ServerResponse,
    ended: AbortSignal,
  ): Promise<void> {
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    for await (const frame of eventStream(subscription)) {
      if (!response.write(frame)) {
        await this.taken(response, ended);
      }
    }
  }

  /** The client has taken what it was sent. The next events wait in the log meanwhile, not here. */
  private async taken(response: ServerResponse, ended: AbortSignal): Promise<void> {
    const callOff = this.clock.after(PATIENCE, () => response.destroy(), { background: true });
    try {
      await once(response, 'drain', { signal: ended });
    } catch (error) {
      if (!ended.aborted) {
        throw error;
      }
    } finally {
      callOff();
    }
  }
}
