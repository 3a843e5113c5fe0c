import { JobService } from 'nestjs-jobs';
import { ApiUnderTest } from '../api/start-api.js';
import { asShown, callsOf } from './http-calls.js';
import { type Page, pages } from './pages.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  api.app.get(JobService).register('reports.nightly', () => 'report', { queue: 'reports' });
});

afterAll(() => api.close());

describe.each([
  ['docs/guide/schedules.md', 2],
  ['docs/guide/configuration.md', 3],
])('%s', (name, count) => {
  const page = pages().find((each) => each.name === name) as Page; // it is of the repository

  it('shows calls', () => {
    expect(callsOf(page)).toHaveLength(count);
  });

  it.each(callsOf(page))('$method $path answers as it says', async ({ method, path, body, answer }) => {
    const { body: answered } = await api.send(method, `/jobs-api${path}`, body);
    expect(asShown(answered, answer)).toEqual(answer);
  });
});
