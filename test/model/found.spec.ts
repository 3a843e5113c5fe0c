import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import type { History } from './command.js';
import { follow as followWith } from './follow.js';
import { memoryStore, type OpenStore, redisStore } from './stores.js';

/** Histories at which a store and the model once parted, or nearly: a report's test goes here as it is. */
describe('histories that were found', () => {
  let server: RedisServer;
  let stores: readonly OpenStore[] = [];

  beforeAll(async () => {
    server = await startRedisServer();
    stores = [memoryStore(), await redisStore('Redis', { url: server.url })];
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await server?.stop();
  });

  const follow = (history: History): Promise<void> => followWith(history, stores);

  it('a schedule fired by hand with a job that is there stays as it is', () =>
    follow([
      { kind: 'put-schedule', queue: 0, schedule: 2, overlap: 'allow', keepsWaiting: false, stale: false },
      { kind: 'submit', queue: 0, jobs: [{ id: 0, priority: -5, maxCrashes: 3 }] },
      { kind: 'fire', queue: 0, schedule: 2, cause: 'by-hand', maxRuns: 0, job: 0, stale: false },
    ]));

  it('a schedule that was removed stays so when it is changed as it was read before', () =>
    follow([
      { kind: 'put-schedule', queue: 0, schedule: 0, overlap: 'allow', keepsWaiting: false, stale: false },
      { kind: 'remove-schedule', queue: 0, schedule: 0 },
      { kind: 'put-schedule', queue: 0, schedule: 0, overlap: 'allow', keepsWaiting: false, stale: true },
      { kind: 'remove-schedule', queue: 0, schedule: 0 },
    ]));

  it('an occurrence that waits is not passed over while the job before it has not ended', () =>
    follow([
      { kind: 'put-schedule', queue: 0, schedule: 0, next: 0, overlap: 'queue-one', keepsWaiting: true, stale: false },
      { kind: 'advance', queue: 0, units: 1 },
      { kind: 'fire', queue: 0, schedule: 0, cause: 'listed', next: 0, maxRuns: 0, job: 6, stale: false },
      { kind: 'advance', queue: 0, units: 1 },
      { kind: 'fire', queue: 0, schedule: 0, cause: 'listed', next: 0, maxRuns: 0, job: 7, stale: false },
      { kind: 'fire', queue: 0, schedule: 0, cause: 'released', maxRuns: 0, stale: false },
    ]));

  it('a suspect that was put off is given by the claim that finds it due', () =>
    follow([
      { kind: 'submit', queue: 0, jobs: [{ id: 0, priority: 0, maxCrashes: 3 }] },
      { kind: 'claim', queue: 0, holder: 0, limit: 1, suspects: true },
      { kind: 'crash', queue: 0, holder: 0 },
      { kind: 'advance', queue: 0, units: 2 },
      { kind: 'tick', queue: 0, holder: 1, forgets: 0, clears: false },
      { kind: 'reschedule', queue: 0, jobs: [0], delay: 1 },
      { kind: 'submit', queue: 0, jobs: [{ id: 1, priority: 7, maxCrashes: 3 }] },
      { kind: 'advance', queue: 0, units: 2 },
      { kind: 'claim', queue: 0, holder: 1, limit: 1, suspects: true },
      { kind: 'claim', queue: 0, holder: 1, limit: 1, suspects: true },
    ]));

  it('a suspect that was cancelled and is retried by hand stands behind those before it', () =>
    follow([
      { kind: 'submit', queue: 0, jobs: [{ id: 3, priority: 0, maxCrashes: 3 }] },
      { kind: 'claim', queue: 0, holder: 0, limit: 1, suspects: true },
      { kind: 'advance', queue: 0, units: 2 },
      { kind: 'tick', queue: 0, holder: 1, forgets: 0, clears: false },
      { kind: 'cancel', queue: 0, jobs: [3] },
      { kind: 'submit', queue: 0, jobs: [{ id: 2, priority: 7, maxCrashes: 3 }] },
      { kind: 'retry', queue: 0, jobs: [3] },
    ]));

  it('a full queue that drops its oldest spares a suspect', () =>
    follow([
      { kind: 'configure', queue: 0, maxDepth: 1, onFull: 'drop-oldest', retainAge: 2, retainCount: 3 },
      { kind: 'submit', queue: 0, jobs: [{ id: 7, priority: 0, maxCrashes: 3 }] },
      { kind: 'claim', queue: 0, holder: 0, limit: 1, suspects: true },
      { kind: 'advance', queue: 0, units: 2 },
      { kind: 'tick', queue: 0, holder: 1, forgets: 0, clears: false },
      { kind: 'submit', queue: 0, jobs: [{ id: 6, priority: 0, maxCrashes: 3 }] },
    ]));

  it('a settle that keeps nothing of its job is answered again as it was', () =>
    follow([
      { kind: 'submit', queue: 0, jobs: [{ id: 0, priority: 0, maxCrashes: 3, retain: 0 }] },
      { kind: 'claim', queue: 0, holder: 0, limit: 1, suspects: false, loses: 2 },
      { kind: 'settle', queue: 0, leases: [0], as: 'completed', delay: 0, loses: 2 },
      { kind: 'submit', queue: 0, jobs: [{ id: 0, priority: 0, maxCrashes: 3 }], loses: 1 },
    ]));

  it('an occurrence cancels the job before it once, though that had an id of an earlier one', () =>
    follow([
      {
        kind: 'put-schedule',
        queue: 0,
        schedule: 0,
        next: 0,
        overlap: 'cancel-previous',
        keepsWaiting: true,
        stale: false,
      },
      { kind: 'advance', queue: 0, units: 1 },
      { kind: 'fire', queue: 0, schedule: 0, cause: 'listed', next: 0, maxRuns: 0, job: 6, stale: false },
      { kind: 'cancel', queue: 0, jobs: [6] },
      { kind: 'remove', queue: 0, jobs: [6] },
      { kind: 'advance', queue: 0, units: 1 },
      { kind: 'fire', queue: 0, schedule: 0, cause: 'listed', next: 0, maxRuns: 0, job: 6, stale: false },
      { kind: 'advance', queue: 0, units: 1 },
      { kind: 'fire', queue: 0, schedule: 0, cause: 'listed', next: 0, maxRuns: 0, job: 7, stale: false },
    ]));
});
