import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { cursorOf, eventStream, JobEvents, type JobsModuleOptions, type LiveEvent } from 'nestjs-jobs';

export const watched: JobsModuleOptions = {
  queues: { orders: { events: true } }, // always told, so that who comes later can read the last of them
};

@Injectable()
export class Wallboard {
  readonly lines: string[] = [];

  constructor(private readonly events: JobEvents) {}

  async watch(signal: AbortSignal): Promise<void> {
    for await (const event of this.events.subscribe({ queue: 'orders', states: ['failed', 'completed'], signal })) {
      if (event.kind === 'completed') {
        this.lines.push(`${event.type} ${event.id} took ${Math.round(event.duration)} ms`);
      } else if (event.kind === 'failed') {
        this.lines.push(`${event.type} ${event.id} was given up: ${event.failure.code}`);
      } else {
        this.lines.push('some are missing'); // a 'gap' or a 'dropped': this subscriber or a process had too many
      }
    }
  }

  async since(cursor: string): Promise<LiveEvent> {
    for await (const event of this.events.subscribe({ after: cursor })) {
      return event; // leaving the loop ends the subscription
    }
    throw new Error('the application has closed');
  }

  async stream(response: ServerResponse, lastEventId?: string): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    const after = cursorOf(lastEventId);
    const events = this.events.subscribe({ signal: gone.signal, ...(after === undefined ? {} : { after }) });
    for await (const frame of eventStream(events)) {
      response.write(frame);
    }
    response.end();
  }
}
