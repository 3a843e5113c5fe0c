import { Redis } from 'ioredis';

import { startRedisServer, type RedisServer } from '../../servers/redis-server.js';
import { auditQueue } from './store-audit.js';
import { openSubmitter, type Submitter } from './submitter.js';

describe('the audit of a queue', () => {
  let server: RedisServer;
  let redis: Redis;
  let submitter: Submitter;

  beforeAll(async () => {
    server = await startRedisServer();
    redis = new Redis(server.url);
    submitter = await openSubmitter({ redis: { url: server.url } });
  });

  beforeEach(async () => {
    await redis.flushall();
    const { jobs } = submitter;
    await jobs.submit('a', {}, { queue: 'q', id: 'pending-job' });
    await jobs.submit('a', {}, { queue: 'q', id: 'later-job', delay: '1h' });
    await jobs.submit('a', {}, { queue: 'q', id: 'cancelled-job' });
    await jobs.cancel({ queue: 'q', id: 'cancelled-job' });
  });

  afterAll(async () => {
    await submitter.close();
    redis.disconnect();
    await server.stop();
  });

  it('finds nothing where all is well', async () => {
    const { byState, problems } = await auditQueue(redis, 'q');
    expect(problems).toEqual([]);
    expect(byState).toEqual(
      new Map([
        ['pending', 1],
        ['scheduled', 1],
        ['cancelled', 1],
      ]),
    );
  });

  it.each<readonly [string, readonly [string, ...string[]], RegExp]>([
    [
      'a job that no claim can find',
      ['LREM', 'jobs:{q}:p:0', '1', '.pending-job'],
      /pending job pending-job is in nowhere/,
    ],
    [
      'a job that would run twice',
      ['RPUSH', 'jobs:{q}:p:0', '.pending-job'],
      /pending job pending-job is in :p:0#0 and :p:0#0/,
    ],
    ['a job that never falls due', ['DEL', 'jobs:{q}:scheduled'], /scheduled job later-job is in nowhere/],
    [
      'a finished job that is never dropped',
      ['DEL', 'jobs:{q}:cancelled'],
      /cancelled job cancelled-job is in nowhere/,
    ],
    ['an entry of a job that is gone', ['RPUSH', 'jobs:{q}:p:0', '.gone'], /names \.gone, which is no job/],
    ['a wrong counter', ['HINCRBY', 'jobs:{q}:meta', 'pending', '1'], /says 2 pending, and there are 1/],
    ['a wrong depth', ['HINCRBY', 'jobs:{q}:depths', '0', '1'], /says 2 pending at 0, and there are 1/],
    ['a lease of nothing', ['HSET', 'jobs:{q}:leases:h', '7', '.gone', '7#', '1'], /a claim of which nothing runs/],
    [
      'a running job that nobody would take back',
      ['HSET', 'jobs:{q}:s:.pending-j', 'ob', 'running|7|h|0|0|0|0||0|1|1||||'],
      /is in no lease of h/,
    ],
    [
      'a state without a job',
      ['HSET', 'jobs:{q}:s:.go', 'ne', 'pending|0||0|0|0|0||0|1|||||'],
      /\.gone has a state record and no envelope/,
    ],
    ['details of a job that is gone', ['RPUSH', 'jobs:{q}:h:.gone', '{}'], /is of a job that is not there/],
    ['a key that nobody knows', ['SET', 'jobs:{q}:surprise', '1'], /is a key of nobody/],
  ])('finds %s', async (_, [command, ...args], problem) => {
    await redis.call(command, ...args);
    expect((await auditQueue(redis, 'q')).problems).toContainEqual(expect.stringMatching(problem));
  });
});
