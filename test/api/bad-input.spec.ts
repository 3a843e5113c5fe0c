import { JobService } from 'nestjs-jobs';
import { ApiUnderTest } from './start-api.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start({ api: { rateLimit: false } });
  api.app.get(JobService).register('work', () => undefined);
});

afterAll(() => api.close());

describe('a body', () => {
  it.each([
    { constructor: 'x' },
    { a: { constructor: { prototype: { polluted: true } } } },
    JSON.parse('{"__proto__":{"polluted":true}}') as object,
  ])('with a payload that has names of every object is taken as it is: %j', async (payload) => {
    const path = await api.submit('work', payload);
    expect(JSON.stringify((await api.record(path)).payload)).toBe(JSON.stringify(payload));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['constructor', { type: 'work', constructor: 'x' }],
    ['options.constructor', { type: 'work', options: { constructor: 'x' } }],
    ['options.retry.prototype', { type: 'work', options: { retry: { prototype: 1 } } }],
  ])('with a field %s of its own is refused by name', async (field, body) => {
    const { status, body: answer } = await api.post('/jobs', body);
    expect([status, answer]).toEqual([400, expect.objectContaining({ code: 'invalid-input' })]);
    expect((answer as { fields: readonly object[] }).fields).toContainEqual({ field, message: 'is not known here' });
  });

  it('with an object where a number is meant is refused by name', async () => {
    const { status, body } = await api.post('/configuration/revert', { version: { constructor: 'x' } });
    expect([status, body]).toMatchObject([400, { fields: [{ field: 'version' }] }]);
  });

  it.each([
    ['payload', '/jobs', 'POST', `{"type":"work","payload":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
    ['change', '/configuration', 'PATCH', `{"change":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`],
  ])('with a %s deeper than a stack is refused by name', async (field, path, method, body) => {
    const response = await api.send(method, `/jobs-api${path}`, body, 'operate', {
      'Content-Type': 'application/json',
    });
    expect([response.status, response.body]).toMatchObject([
      400,
      { fields: [{ field: expect.stringContaining(field) as string }] },
    ]);
  });
});
