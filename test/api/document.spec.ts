import { Validator } from '@seriousme/openapi-schema-validator';
import { JobService } from 'nestjs-jobs';
import { API_ROLES, ApiDocument, type ApiRole } from 'nestjs-jobs/api';
import { misfits, type Schemas } from './fits-schema.js';
import { FRAGILE, type Operation, OPERATIONS } from './operations.js';
import { ApiUnderTest, NAMES } from './start-api.js';

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Schemas };
}

interface Entry {
  readonly action: string;
  readonly outcome: string;
  readonly requestId: string;
  readonly who: string;
}

let api: ApiUnderTest;
let document: Document;

beforeAll(async () => {
  api = await ApiUnderTest.start({ api: { rateLimit: false } });
  api.app.get(JobService).register(FRAGILE, () => Promise.reject(new Error('broken')), { retry: { attempts: 1 } });
  document = (await api.get('/openapi.json', 'read')).body as Document;
});

afterAll(() => api.close());

/** Every operation of the document, with its method and its path. */
function described(): readonly (readonly [method: string, path: string, operation: Described])[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [method, path, operation] as const),
  );
}

function find(id: string): readonly [method: string, path: string, operation: Described] {
  const found = described().find(([, , { operationId }]) => operationId === id);
  if (found === undefined) {
    throw new Error(`The document does not describe ${id}`);
  }
  return found;
}

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const result = await new Validator().validate(document as never);
    expect(result).toEqual({ valid: true });
  });

  it('is the same for those who serve it themselves', () => {
    expect(JSON.parse(JSON.stringify(api.app.get(ApiDocument).get()))).toEqual(document);
  });

  it('tells of the operations that are tried below, and of no others', () => {
    expect(
      described()
        .map(([, , { operationId }]) => operationId)
        .sort(),
    ).toEqual(Object.keys(OPERATIONS).sort());
  });

  it('says of each what it is for, who may do it, and what every answer looks like', () => {
    for (const [, path, { operationId, summary, tags, security, responses }] of described()) {
      expect([operationId, summary.length > 10, tags.length, security]).toEqual([
        operationId,
        true,
        1,
        [{ bearer: [] }],
      ]);
      expect(path.startsWith('/jobs-api/')).toBe(true);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '429', '500', '503']));
      for (const [status, { content }] of Object.entries(responses)) {
        const [type, answer] = Object.entries(content ?? {})[0] ?? [];
        const streams = OPERATIONS[operationId]?.streams === true && status === '200';
        expect([operationId, status, type, answer?.schema]).toEqual([
          operationId,
          status,
          streams ? 'text/event-stream' : 'application/json',
          expect.any(Object),
        ]);
      }
    }
  });
});

describe.each(Object.entries(OPERATIONS))('%s', (id: string, operation: Operation) => {
  const { needs, status, audited, prepare, streams = false } = operation;
  const enough = API_ROLES.slice(API_ROLES.indexOf(needs));
  const tooLittle = API_ROLES.slice(0, API_ROLES.indexOf(needs));

  async function call(role: ApiRole | null) {
    const [method] = find(id);
    const { path, body } = await prepare(api);
    const answer = await (streams
      ? api.glimpse(`/jobs-api${path}`, role)
      : api.send(method, `/jobs-api${path}`, body, role));
    const { responses } = find(id)[2];
    const type = answer.headers['content-type']?.split(';')[0] ?? '';
    const schema = responses[answer.status]?.content?.[type]?.schema;
    expect([answer.status, schema]).toEqual([answer.status, expect.any(Object)]);
    expect(misfits(answer.body, schema, document.components.schemas)).toEqual([]);
    return answer;
  }

  it.each(enough)(`answers ${status} to the role %s, as the document says`, async (role) => {
    const answer = await call(role);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(streams ? /^text\/event-stream/ : /^application\/json/);
    const { body } = await api.get(`/audit?page_size=1`);
    const [entry] = (body as { readonly entries: readonly Entry[] }).entries;
    if (audited !== undefined) {
      const requestId = answer.headers['x-request-id'];
      expect(entry).toMatchObject({ action: audited, outcome: 'done', who: NAMES[role], requestId });
    }
  });

  it('answers 401 to nobody', async () => {
    const answer = await call(null);
    expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ code: 'unauthenticated' })]);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="nestjs-jobs"');
  });

  if (tooLittle.length > 0) {
    it.each(tooLittle)('answers 403 to the role %s, and names the one it needs', async (role) => {
      const { body } = await call(role);
      expect(body).toMatchObject({ statusCode: 403, code: 'forbidden', needs, role });
    });
  }
});
