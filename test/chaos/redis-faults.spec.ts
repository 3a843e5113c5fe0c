import { StoreFullError } from 'nestjs-jobs';

import { waitFor } from '../servers/wait-for.js';
import { useStage } from './harness/stage.js';

const stage = useStage({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });

const note = (options: object = {}): { type: string; payload: object; options: object } => ({
  type: 'note',
  payload: {},
  options: { queue: 'work', ...options },
});

describe('a Redis that', () => {
  it('forgets its scripts while jobs are submitted and run: each runs once', async () => {
    const { journal, redis } = stage();
    const { jobs } = await stage().submitter();
    await stage().worker();
    for (let round = 1; round <= 20; round += 1) {
      await Promise.all([
        jobs.submitMany(Array.from({ length: 20 }, () => note())),
        redis.script('FLUSH'),
        jobs.submit('note', {}),
      ]);
      await redis.script('FLUSH');
    }
    await journal.waitFor({ event: 'told', detail: 'completed' }, 420);
    expect((await stage().settled()).byState).toEqual(new Map([['completed', 420]]));
    expect(journal.count({ event: 'begun' })).toBe(420);
  });

  it('closes every connection, again and again: each job runs once', async () => {
    const { journal, redis } = stage();
    const { jobs } = await stage().submitter();
    await stage().worker();
    for (let round = 1; round <= 10; round += 1) {
      const submitted = jobs.submitMany(Array.from({ length: 20 }, () => note()));
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await submitted;
    }
    await journal.waitFor({ event: 'told', detail: 'completed' }, 200);
    expect((await stage().settled()).byState).toEqual(new Map([['completed', 200]]));
    expect(journal.count({ event: 'begun' })).toBe(200);
    expect(journal.count({ event: 'told', detail: 'lost-lease' })).toBe(0);
  });

  it('is killed and comes back from its append-only file: nothing acknowledged is lost, and work goes on', async () => {
    const { journal, server } = stage();
    const { jobs } = await stage().submitter();
    const worker = await stage().worker({ module: { lease: '60s' } });
    const running = await jobs.submit('gated', {});
    await journal.waitFor({ event: 'begun' });
    const waiting = await jobs.submitMany(Array.from({ length: 50 }, () => note({ delay: '1s' })));
    expect(waiting.every(({ status }) => status === 'added')).toBe(true);

    await server.kill('SIGKILL');
    // Ends while Redis is away; its outcome is told when it is back.
    worker.open('gate');
    await journal.waitFor({ event: 'done', job: running.id });
    const whileAway = jobs.submitMany(Array.from({ length: 50 }, () => note()));
    await server.restart();

    expect((await whileAway).every(({ status }) => status === 'added')).toBe(true);
    await journal.waitFor({ event: 'told', detail: 'completed' }, 101);
    expect((await stage().settled()).byState).toEqual(new Map([['completed', 101]]));
    expect(journal.count({ event: 'begun' })).toBe(101);
    expect(journal.count({ event: 'told', detail: 'lost-lease' })).toBe(0);
  });

  it('is at its maxmemory refuses new jobs with a clear error, and those it has are worked off', async () => {
    const { journal, redis } = stage();
    const { jobs } = await stage().submitter();
    await jobs.submitMany(Array.from({ length: 200 }, (_, index) => note(index < 100 ? {} : { delay: '1s' })));
    await jobs.submit('failing', {}, { queue: 'work', retry: { attempts: 1 } });
    await redis.config('SET', 'maxmemory', '1mb');
    try {
      const refused = jobs.submit('note', {}, { queue: 'work' });
      await expect(refused).rejects.toThrow(StoreFullError);
      await expect(refused).rejects.toMatchObject({ code: 'store-full' });

      // One that begins now, as somebody would start to bring help.
      await stage().worker();
      await journal.waitFor({ event: 'told', detail: 'completed' }, 200);
      await waitFor(async () => (await stage().audit()).byState.get('completed') === 200);
      await expect(jobs.submit('note', {}, { queue: 'work' })).rejects.toThrow(StoreFullError);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect((await stage().settled()).byState).toEqual(
      new Map([
        ['completed', 200],
        ['failed', 1],
      ]),
    );
    expect(journal.count({ event: 'begun' })).toBe(201);
  });
});
