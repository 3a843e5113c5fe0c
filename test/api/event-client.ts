import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveEvent } from 'nestjs-jobs';
import type { ApiRole } from 'nestjs-jobs/api';
import { waitFor } from '../servers/wait-for.js';
import { type ApiUnderTest, TOKENS } from './start-api.js';

/** A client of the stream of events, over a connection of its own. */
export class EventClient {
  text = '';
  ended = false;

  private constructor(
    private readonly call: ClientRequest,
    private readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => undefined);
  }

  /** Resolves once headers are there. The application has to listen. */
  static async open(
    api: ApiUnderTest,
    query = '',
    { role = 'read', lastEventId }: { readonly role?: ApiRole; readonly lastEventId?: string } = {},
  ): Promise<EventClient> {
    const { port } = api.app.getHttpServer().address() as AddressInfo;
    const headers = {
      authorization: `Bearer ${TOKENS[role]}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const call = request({ port, host: '127.0.0.1', path: `/jobs-api/events${query}`, headers, agent: false });
      call.on('response', (response) => resolve(new EventClient(call, response)));
      call.on('error', reject);
      call.end();
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** Reads all that comes from now on; resolves once events are heard, or it has ended. */
  async read(): Promise<this> {
    this.response.on('data', (text: string) => {
      this.text += text;
    });
    await waitFor(() => this.ended || this.text.includes('retry: '), { what: 'the stream to begin' });
    return this;
  }

  /** The events so far. */
  get events(): readonly LiveEvent[] {
    return [...this.text.matchAll(/^data: (.*)\n\n/gm)].map(([, json = '']) => JSON.parse(json) as LiveEvent);
  }

  /** The last id so far, as a browser would say it when it comes back. */
  get lastId(): string {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
  }

  /** The comments so far. */
  get comments(): readonly string[] {
    return [...this.text.matchAll(/^: (.*)$/gm)].map(([, comment = '']) => comment);
  }

  /** Goes away without a word. */
  leave(): void {
    this.call.destroy();
  }
}
