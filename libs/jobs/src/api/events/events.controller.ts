import { Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiQuery } from '@nestjs/swagger';
import type { ServerResponse } from 'node:http';
import { cursorOf } from '../../application/events/event-stream.js';
import { defined } from '../../domain/options/defined.js';
import { type ApiRequest, header } from '../access/api-request.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { EventsQuery } from './event-input.js';
import { EventStreams } from './event-streams.js';

/** What happens to jobs in every process, as it happens. */
@Endpoints('events', 'Events')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get()
  @ApiQuery({ type: EventsQuery })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Goes on behind the event with this id' })
  @Endpoint({
    id: 'streamEvents',
    needs: 'read',
    summary: 'What happens to jobs in every process, as it happens',
    description:
      'Server-sent events: `id` is where to go on from, `event` the kind, `data` the event as JSON, without payload and result. Never ends by itself.',
    answers: 'event-stream',
    fails: [400],
  })
  stream(
    @Query(input(EventsQuery)) query: Checked<EventsQuery>,
    @Req() request: ApiRequest,
    @Res() response: ServerResponse,
  ): void {
    const after = cursorOf(header(request, 'last-event-id'));
    this.streams.begin({ ...query, ...defined({ after }) }, response);
  }
}
