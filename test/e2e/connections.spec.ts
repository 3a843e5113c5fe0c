import { API_TOKEN } from '../chaos/fixtures/worker-options.js';
import { Cast } from '../chaos/harness/cast.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';

let server: RedisServer;
let cast: Cast;

beforeAll(async () => {
  server = await startRedisServer();
});
beforeEach(async () => {
  await server.cli('FLUSHALL');
  cast = new Cast({ redis: { url: server.url } });
});
afterEach(() => cast.close());
afterAll(() => server.stop());

/** Connections to the server but for the one that asks; nobody but the application has any. */
async function connections(): Promise<number> {
  return (await server.cli('CLIENT LIST')).split('\n').filter((line) => line.startsWith('id=')).length - 1;
}

it('a process with every feature in use at once has three connections to a standalone Redis', async () => {
  const worker = await cast.worker({
    everyFeature: true,
    module: {
      worker: { size: 20, concurrency: 5 },
      queues: { work: { concurrency: 50, events: true }, mail: {}, orders: {} },
      schedules: { declared: [{ id: 'tick', expression: '* * * * * *', type: 'note', queue: 'work' }] },
    },
  });
  const url = (await worker.waitForLine('listening at')).slice('listening at '.length);
  const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
  const ask = async (path: string, method = 'GET', body?: object): Promise<number> => {
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    await answer.text();
    return answer.status;
  };
  const streams = await Promise.all([1, 2, 3].map(() => fetch(`${url}/jobs-api/events`, { headers })));
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);

  // They end with the process.
  for (const stream of streams) void stream.text().catch(() => undefined);

  let most = 0;
  const ending = new AbortController();
  const counted = (async () => {
    while (!ending.signal.aborted) most = Math.max(most, await connections());
  })();
  await worker.submit(50);
  for (let round = 1; round <= 5; round += 1) {
    const statuses = await Promise.all([
      ask('/jobs-api/jobs', 'POST', { type: 'gated', payload: {} }),
      ask('/jobs-api/jobs', 'POST', { type: 'failing', payload: {} }),
      ask('/jobs-api/jobs', 'POST', { type: 'note', payload: {}, options: { delay: '1s' } }),
      ask('/jobs-api/queues/work/pause', 'POST'),
      ask('/jobs-api/configuration', 'PATCH', {
        change: { deadLetterWarning: 100 + round },
        expectedVersion: round - 1,
      }),
      ask('/jobs-api/jobs?queue=work'),
      ask('/jobs-api/metrics/summary'),
      ask('/jobs-api/alerts'),
      ask('/jobs-api/audit'),
      ask('/health/jobs'),
      ask('/metrics'),
      worker.submit(50).then((outcomes) => outcomes.filter(({ code }) => code !== undefined).length),
    ]);
    expect(statuses).toEqual([201, 201, 201, 200, 200, 200, 200, 200, 200, 200, 200, 0]);
    expect(await ask('/jobs-api/queues/work/resume', 'POST')).toBe(200);
  }
  await cast.journal.waitFor({ event: 'told', type: 'note', detail: 'completed' }, 300);
  await cast.journal.waitFor({ event: 'begun', type: 'gated' }, 5);
  await waitFor(async () => (await ask('/health/jobs')) === 200);
  ending.abort();
  await counted;
  expect([most, await connections()]).toEqual([3, 3]);

  worker.open('gate');
  await worker.close();
  await worker.exited;
  expect(await connections()).toBe(0);
});
