import { Redis } from 'ioredis';

import { moveSlot } from '../servers/move-slot.js';
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.js';
import { waitFor } from '../servers/wait-for.js';
import { QUEUE } from './fixtures/worker-options.js';
import { Cast } from './harness/cast.js';
import { auditQueue, type StoreAudit } from './harness/store-audit.js';
import { judge } from './harness/verdict.js';

const MOVES = 6;
const BATCH = 100;

describe('a queue whose slot moves to another node of the Cluster', () => {
  let cluster: RedisCluster;
  let cast: Cast;

  beforeAll(async () => {
    cluster = await startRedisCluster({ masters: 3 });
    cast = new Cast({ redis: { nodes: [...cluster.seeds] } });
  });

  afterAll(async () => {
    await cast.close();
    await cluster.stop();
  });

  it('loses nothing that is submitted and worked off meanwhile, and does nothing by half', async () => {
    const slot = Number(await cluster.nodes[0]?.cli(['CLUSTER', 'KEYSLOT', `{${QUEUE}}`]));
    await cast.worker();
    const { jobs } = await cast.submitter();
    const accepted: string[] = [];
    const arrived = new AbortController();
    const submitting = (async () => {
      while (!arrived.signal.aborted) {
        const receipts = await jobs.submitMany(
          Array.from({ length: BATCH }, (_, index) => ({
            type: index % 5 === 0 ? 'flaky' : 'note',
            payload: {},
            options: { queue: QUEUE, ...(index % 7 === 0 ? { delay: '300ms' } : {}) },
          })),
        );
        accepted.push(...receipts.flatMap((each) => (each.status === 'added' ? [each.job.id] : [])));
      }
    })();
    let from = await cluster.nodeFor(`{${QUEUE}}`);
    for (let moves = 1; moves <= MOVES; moves += 1) {
      const before = accepted.length;
      await waitFor(() => accepted.length > before, { what: 'jobs to be submitted' });
      const to = cluster.nodes[(cluster.nodes.indexOf(from) + 1) % cluster.nodes.length];
      if (to === undefined) throw new Error('the cluster has one node only');
      await moveSlot(slot, from, to, cluster.nodes);
      from = to;
    }
    arrived.abort();
    await submitting;

    const redis = new Redis(from.url);
    try {
      let audit: StoreAudit | undefined;
      await waitFor(async () => {
        audit = await auditQueue(redis, QUEUE);
        return audit.problems.length === 0 && audit.jobs.every(({ state }) => state === 'completed');
      }).catch(() => undefined);
      expect(audit?.problems).toEqual([]);
      expect([...(audit?.byState.keys() ?? [])]).toEqual(['completed']);
    } finally {
      redis.disconnect();
    }
    const done = new Set(cast.journal.entries({ event: 'done' }).map(({ job }) => job));
    expect(accepted.filter((id) => !done.has(id))).toEqual([]);
    expect(judge({ journal: cast.journal, deaths: [], attempts: { flaky: 2 } })).toMatchObject({
      doubled: [],
      completedTwice: [],
      overAttempted: [],
    });
    expect(accepted.length).toBeGreaterThan(MOVES * BATCH);
  });
});
