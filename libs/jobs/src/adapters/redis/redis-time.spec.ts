import { startRedisServer } from '../../../../../test/servers/redis-server.js';
import type { JobSpec } from '../../domain/job.js';
import { createRedisStore } from './create-redis-store.js';

const HOUR = 3_600_000;

describe('the time of a queue', () => {
  it('does not go back when the clock is set back', async () => {
    const server = await startRedisServer();
    let offset = 0;
    const { connection, jobs, inspector } = createRedisStore({ url: server.url, offset: () => offset });
    await connection.open();
    const submit = (id: string) => jobs.submit({ queue: 'mail', holder: 'h', specs: [spec(id)] });
    await submit('before');
    const { now } = await jobs.claim({ queue: 'mail', holder: 'h', limit: 1, lease: HOUR, suspects: true });
    offset = -10 * HOUR;
    await submit('after');
    const later = await jobs.claim({ queue: 'mail', holder: 'h', limit: 1, lease: HOUR, suspects: true });
    expect(later.now).toBeGreaterThanOrEqual(now);
    const [before, after] = await inspector.get('mail', ['before', 'after']);
    expect(after?.createdAt).toBeGreaterThanOrEqual(before?.createdAt as number);
    await connection.close();
    await server.stop();
  });
});

function spec(id: string): JobSpec {
  return { id, type: 'work', payload: '{}', priority: 0, maxAttempts: 3, maxCrashes: 3, settings: {} };
}
