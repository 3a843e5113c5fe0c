import { JobService, JobsModule } from 'nestjs-jobs';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';
import { SendInvoice } from './guide/handlers.js';
import { blocksOf, pages } from './pages.js';
import { boot, closeAll } from './start.js';

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});

afterEach(closeAll);
afterAll(() => server.stop());

describe('the ACL user in redis.md', () => {
  it('may do what jobs need, and no more than it says', async () => {
    const page = pages().find(({ name }) => name === 'docs/guide/redis.md');
    const rule = page && blocksOf(page).find(({ code }) => code.startsWith('ACL SETUSER'))?.code;
    await server.cli((rule ?? '').trim().split(/\s+/));

    const url = `redis://jobs:secret@${server.host}:${server.port}`;
    const app = await boot({
      imports: [JobsModule.forRoot({ redis: { url }, queues: { default: { maxDepth: 100 } } })],
      providers: [SendInvoice],
    });
    const jobs = app.get(JobService);
    const job = await jobs.submit(SendInvoice, { customer: 'ada', cents: 100 });
    await expect(job.result({ timeout: '20s' })).resolves.toBe('ada owes 1');
    const later = await jobs.submit(SendInvoice, { customer: 'bob', cents: 100 }, { delay: '1d', tags: ['later'] });
    await expect(jobs.list({ tag: 'later' })).resolves.toMatchObject({ jobs: [{ id: later.id }] });
    await expect(jobs.cancel(later)).resolves.toBe('cancelled');
    await expect(jobs.retry(later)).resolves.toBe('pending');
    await expect(later.result({ timeout: '20s' })).resolves.toBe('bob owes 1');
    await jobs.queue('default').pause();
    await jobs.queue('default').resume();
    await waitFor(async () => (await jobs.stats()).byState.completed === 2);

    // For `redis.durability`.
    await expect(server.cli(['ACL', 'DRYRUN', 'jobs', 'WAIT', '1', '100'])).resolves.toBe('OK');
    await expect(server.cli(['ACL', 'DRYRUN', 'jobs', 'GET', 'session:1'])).resolves.toMatch(/no permissions/);
    await expect(server.cli(['ACL', 'DRYRUN', 'jobs', 'FLUSHALL'])).resolves.toMatch(/no permissions/);
    await app.close();
    // Nothing that was tried, on any of its connections, was refused.
    await expect(server.cli('ACL LOG')).resolves.toBe('');
  });
});
