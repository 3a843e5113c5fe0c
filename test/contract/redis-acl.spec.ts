import { jobStoreContract } from '../../libs/jobs/src/testing/job-store-contract.js';
import { API_TOKEN } from '../chaos/fixtures/worker-options.js';
import { Cast } from '../chaos/harness/cast.js';
import { blocksOf, pages } from '../docs/pages.js';
import { startRedisCluster } from '../servers/redis-cluster.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { redisUnderTest } from './redis-under-test.js';

const page = pages().find(({ name }) => name === 'docs/guide/redis.md');
const USER = { username: 'jobs', password: 'secret' };

/** The user that the page shows, and what it says that a Cluster needs besides. */
function rule(besides: readonly string[] = []): readonly string[] {
  const shown = page && blocksOf(page).find(({ code }) => code.startsWith('ACL SETUSER'))?.code;
  return [...(shown ?? '').trim().split(/\s+/), ...besides];
}

/** What was refused to the user, on any of its connections. */
async function refusals(servers: readonly RedisServer[]): Promise<string> {
  return (await Promise.all(servers.map((server) => server.cli('ACL LOG')))).join('');
}

jobStoreContract({
  name: 'the Redis store as the ACL user of the page',
  newStore: async () => {
    const server = await startRedisServer();
    await server.cli(rule());
    return redisUnderTest({ host: server.host, port: server.port, ...USER }, async () => {
      const refused = await refusals([server]);
      await server.stop();
      expect(refused).toBe('');
    });
  },
});

jobStoreContract({
  name: 'the Redis store on a Cluster as the ACL user of the page',
  newStore: async () => {
    const besides = [...(page?.text.matchAll(/`(\+cluster\|\w+)`/g) ?? [])].map(([, each = '']) => each);
    const cluster = await startRedisCluster();
    for (const node of cluster.nodes) await node.cli(rule(besides));
    return redisUnderTest({ nodes: cluster.seeds, ...USER }, async () => {
      const refused = await refusals(cluster.nodes);
      await cluster.stop();
      expect(refused).toBe('');
    });
  },
});

describe('an application with every module as the ACL user of the page', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedisServer();
    await server.cli(rule());
  });
  afterAll(() => server.stop());

  it('does its work, and nothing is refused to it', async () => {
    const { host, port } = server;
    const cast = new Cast({ redis: { host, port, ...USER } });
    const worker = await cast.worker({
      everyFeature: true,
      module: { schedules: { declared: [{ id: 'tick', expression: '* * * * * *', type: 'flaky', queue: 'work' }] } },
    });
    const url = (await worker.waitForLine('listening at')).slice('listening at '.length);
    const headers = { authorization: `Bearer ${API_TOKEN}` };
    const paths = [
      'jobs-api/jobs',
      'jobs-api/queues',
      'jobs-api/metrics/series',
      'jobs-api/alerts',
      'jobs-api/workers',
    ];
    await worker.submit(20);
    await cast.journal.waitFor({ event: 'told', type: 'note', detail: 'completed' }, 20);
    await cast.journal.waitFor({ event: 'told', type: 'flaky', detail: 'completed' });
    for (const path of [...paths, 'health/jobs', 'metrics']) {
      expect([path, (await fetch(`${url}/${path}`, { headers })).status]).toEqual([path, 200]);
    }
    await worker.close();
    await worker.exited;
    expect(await refusals([server])).toBe('');
    await cast.close();
  });
});
