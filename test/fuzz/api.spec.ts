import * as fc from 'fast-check';
import { JobService } from 'nestjs-jobs';
import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiUnderTest, TOKENS } from '../api/start-api.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { checkPrototypes } from './judge.js';
import { damaged, nastyText, shortNastyText } from './nasty-texts.js';
import { nastyJson, mostlyRight } from './nasty-values.js';
import { duration } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly hasBody: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const json = nastyJson;
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('mail', 'known', 'default', 'a:b', '-') },
  { weight: 2, arbitrary: shortNastyText },
);
const time = fc.oneof(
  fc.constantFrom('2026-01-31T12:00:00Z', '2026-01-31', '2026-02-30T00:00:00Z', '0000-00-00', '9999-12-31'),
  shortNastyText,
);
const filter = mostlyRight(
  {
    queue: name,
    type: name,
    tag: name,
    priority: fc.constantFrom<unknown>('high', 5),
    from: time,
    to: time,
    code: name,
    state: fc.constantFrom('failed', 'pending'),
  },
  json,
);
const jobOptions = mostlyRight(
  {
    priority: fc.constantFrom<unknown>('high', 5),
    retry: mostlyRight(
      {
        attempts: fc.nat({ max: 9 }),
        backoff: fc.constant('fixed'),
        jitter: fc.constant(0.1),
        retryOn: fc.array(shortNastyText, { maxLength: 3 }),
      },
      json,
    ),
    timeout: duration,
    expiresIn: duration,
    metadata: json,
    retain: duration,
    tags: fc.array(shortNastyText, { maxLength: 3 }),
    id: name,
    queue: name,
    delay: duration,
    runAt: time,
  },
  json,
);

/** A body with fields of any operation's, so that some of them fit. */
const fields = mostlyRight(
  {
    type: name,
    payload: json,
    options: jobOptions,
    action: fc.constantFrom('cancel', 'retry', 'remove', 'pause'),
    filter,
    dryRun: fc.boolean(),
    jobs: fc.array(mostlyRight({ queue: name, id: name }, json), { maxLength: 3 }),
    change: mostlyRight(
      { log: fc.constant({ level: 'error' }), queues: json, workers: json, defaults: json, alerts: json },
      json,
    ),
    expectedVersion: fc.nat(),
    version: fc.nat({ max: 5 }),
    expression: fc.oneof(fc.constantFrom('@daily', '0 0 * * *'), shortNastyText),
    timezone: name,
    except: fc.array(shortNastyText, { maxLength: 3 }),
    job: jobOptions,
    priority: fc.constantFrom<unknown>('high', 5),
    delay: duration,
    runAt: time,
    enabled: fc.boolean(),
  },
  json,
);
/** As deep as fits into a body, which is deeper than a stack. */
const DEEP = `{"type":"known","payload":${'['.repeat(45_000)}${']'.repeat(45_000)}}`;
const DEEP_CHANGE = `{"change":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`;
const body = fc.oneof(
  { weight: 30, arbitrary: fields.map(written) },
  { weight: 8, arbitrary: json.map(written) },
  { weight: 8, arbitrary: damaged(fields.map(written)) },
  { weight: 3, arbitrary: nastyText },
  { weight: 1, arbitrary: fc.constantFrom(DEEP, DEEP_CHANGE) },
);
const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'text/plain',
      'application/json; charset=utf-7',
      'multipart/form-data',
      '',
      'application/x-www-form-urlencoded',
    ),
  },
);
const word = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 1, arbitrary: fc.constantFrom('1', '0', '-1', '99999999999999999999', 'true', '1e3', 'NaN', 'desc') },
  { weight: 1, arbitrary: time },
);

/** What a header can carry at all. */
const headerValue = shortNastyText.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').trim());

describe('any request', () => {
  let api: ApiUnderTest;
  let port = 0;
  let operations: readonly Operation[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });

  beforeAll(async () => {
    api = await ApiUnderTest.start({ api: { rateLimit: false } });
    api.app.get(JobService).register('known', () => undefined);
    const { paths } = (await api.get('/openapi.json')).body as Document;
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        query: parameters.filter((each) => each.in === 'query').map((each) => each.name),
        hasBody: requestBody !== undefined,
      })),
    );
    await api.app.listen(0, '127.0.0.1');
    port = (api.app.getHttpServer().address() as AddressInfo).port;
  });

  afterAll(async () => {
    agent.destroy();
    await api.close();
  });

  it('is answered, or refused with a code and what is wrong; never with a fault of the server', async () => {
    const requests = fc.record({
      which: fc.nat(),
      params: fc.array(word, { minLength: 3, maxLength: 3 }),
      query: fc.array(
        fc.tuple(
          fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 20 }) }, { weight: 1, arbitrary: shortNastyText }),
          word,
        ),
        { maxLength: 4 },
      ),
      body,
      contentType,
      headers: fc.record({ 'x-request-id': headerValue, 'last-event-id': headerValue }, { requiredKeys: [] }),
    });
    await fuzz(requests, 3_000, async ({ which, params, query, headers, ...rest }) => {
      const operation = operations[which % operations.length] as Operation;
      const path = operation.path.replaceAll(/\{\w+\}/g, (hole) => escaped(params[hole.length % 3] ?? 'x'));
      const asked = query.map(([field, value]) => {
        const known =
          typeof field === 'number' ? (operation.query[field % Math.max(operation.query.length, 1)] ?? 'page') : field;
        return `${escaped(known)}=${escaped(value)}`;
      });
      const answer = await ask(operation.method, `${path}${asked.length > 0 ? `?${asked.join('&')}` : ''}`, {
        ...(operation.hasBody ? { body: rest.body, contentType: rest.contentType } : {}),
        headers,
      });
      expectTyped(answer);
    });
  });

  it('of no shape that HTTP knows is refused too', async () => {
    const path = fc.oneof(
      fc.constantFrom(
        '/jobs-api/jobs/%',
        '/jobs-api/jobs/%ff/x',
        '/jobs-api/jobs/%00/%0a',
        '/jobs-api//',
        '/jobs-api/..%2f..%2fetc',
        '/jobs-api/jobs/__proto__/constructor',
        '/jobs-api/jobs?queue[__proto__][a]=1',
        '/jobs-api/jobs?constructor[prototype][a]=1',
        '/jobs-api/jobs?queue=a&queue=b',
        '/jobs-api/jobs?page[]=1',
      ),
      shortNastyText.map((text) => `/jobs-api/${escaped(text)}`),
      fc
        .tuple(shortNastyText, shortNastyText)
        .map(([field, value]) => `/jobs-api/jobs?${escaped(field)}[${escaped(value)}]=x`),
    );
    await fuzz(
      fc.tuple(fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'), path, body),
      700,
      async ([method, where, text]) => {
        const answer = await ask(method, where, { body: text, contentType: 'application/json', headers: {} });
        expect(answer.status).toBeLessThan(500);
        checkPrototypes();
      },
    );
  });

  function expectTyped({ status, headers, text }: Answer): void {
    if (status >= 500) {
      throw new Error(`Answered with ${status}: ${text.slice(0, 500)}`);
    }
    if (status >= 400) {
      expect(JSON.parse(text)).toMatchObject({ statusCode: status, message: expect.any(String) as string });
      expect(text.length).toBeLessThan(50_000);
    }
    expect(headers['x-request-id'] ?? 'none').toMatch(/^[\w.:-]{1,128}$/);
    checkPrototypes();
  }

  function ask(
    method: string,
    path: string,
    {
      body: text,
      contentType: type = '',
      headers,
    }: { readonly body?: string; readonly contentType?: string; readonly headers: object },
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const bytes = text === undefined ? undefined : Buffer.from(text);
      const request = send(
        {
          agent,
          port,
          host: '127.0.0.1',
          method,
          path,
          headers: {
            ...headers,
            authorization: `Bearer ${TOKENS.operate}`,
            ...(bytes === undefined
              ? {}
              : { 'content-length': bytes.length, ...(type === '' ? {} : { 'content-type': type }) }),
          },
        },
        (response) => {
          const { statusCode: status = 0, headers: got } = response;
          if (got['content-type']?.startsWith('text/event-stream')) {
            response.destroy();
            resolve({ status, headers: got, text: '' });
            return;
          }
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => resolve({ status, headers: got, text: Buffer.concat(parts).toString() }));
        },
      );
      request.on('error', reject);
      request.end(bytes);
    });
  }
});

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '{}';
  }
}

function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
