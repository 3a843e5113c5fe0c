import { startRedisServer, type RedisServer } from '../../../../../../test/servers/redis-server.js';
import type { StorePorts } from '../../../application/ports/store-ports.js';
import { BUCKETS } from '../../../domain/history/duration-histogram.js';
import { COUNTED, type SeriesFigures } from '../../../domain/history/job-figures.js';
import { createRedisStore } from '../create-redis-store.js';

const MINUTE = 60_000;

describe('the history on Redis', () => {
  let server: RedisServer;
  let store: StorePorts;

  beforeAll(async () => {
    server = await startRedisServer();
    store = createRedisStore({ url: server.url });
    await store.connection.open();
  });

  afterAll(async () => {
    await store.connection.close();
    await server.stop();
  });

  /** A series with this many buckets in each of its histograms, in numbers of six digits. */
  const series = (type: number, buckets: number): SeriesFigures => {
    const pairs = Array.from({ length: buckets }, (_, at) => [at, 123_456]).flat();
    return {
      queue: 'orders-of-the-shop',
      type: `orders.confirm.${type}`,
      counts: COUNTED.map(() => 123_456),
      wait: pairs,
      duration: pairs,
    };
  };

  it.each([
    ['10 buckets a histogram, as most have', 10, 450],
    ['every bucket there is', BUCKETS, 2_600],
  ])('takes a bounded number of bytes for a series and minute: %s', async (_name, buckets, most) => {
    await server.cli('flushall');
    const minute = Math.floor(Date.now() / MINUTE) * MINUTE;
    for (let type = 0; type < 100; type++) {
      await store.history.add({ recorder: 'r', number: type + 1, minute, most: 100, series: [series(type, buckets)] });
    }
    const bytes = Number(await server.cli(`memory usage jobs:{@system}:minute:${minute} samples 0`));
    expect(bytes / 100).toBeLessThan(most);
    expect(bytes / 100).toBeGreaterThan(most / 2);
  });

  it('adds up what several processes tell at the same time', async () => {
    await server.cli('flushall');
    const minute = Math.floor(Date.now() / MINUTE) * MINUTE;
    const told = Array.from({ length: 50 }, (_, recorder) =>
      store.history.add({ recorder: `r${recorder}`, number: 1, minute, most: 100, series: [series(1, 3)] }),
    );
    await Promise.all(told);
    const [sum] = await store.history.read({ from: 0, to: Infinity });
    expect(sum?.counts).toEqual(COUNTED.map(() => 50 * 123_456));
    expect(sum?.wait).toEqual([0, 50 * 123_456, 1, 50 * 123_456, 2, 50 * 123_456]);
  });
});
