import type { JobService } from 'nestjs-jobs';

import { waitFor } from '../servers/wait-for.js';
import type { StoreAudit } from './harness/store-audit.js';
import { useStage } from './harness/stage.js';
import { MORTAL } from './harness/worker-process.js';

const stage = useStage();

const NEIGHBOURS = 40;

/** Submits notes around what it is given. */
async function among(jobs: JobService, submit: () => Promise<unknown>): Promise<void> {
  const note = { type: 'note', payload: {}, options: { queue: 'work' } };
  await jobs.submitMany(Array.from({ length: 10 }, () => note));
  await submit();
  await jobs.submitMany(Array.from({ length: NEIGHBOURS - 10 }, () => note));
}

function neighboursAreUnharmed({ byState, jobs }: StoreAudit, poison: number): void {
  expect(byState).toEqual(
    new Map([
      ['completed', NEIGHBOURS],
      ['failed', poison],
    ]),
  );
  expect(jobs.filter(({ state, crashes }) => state === 'completed' && crashes > 0)).toEqual([]);
}

describe('a job that takes its process with it', () => {
  it.each([
    ['by ending it', 'poison', {}, { code: 7, signal: null }],
    // Node aborts itself.
    ['by taking all its memory', 'glutton', { memory: 96 }, { code: null, signal: 'SIGABRT' }],
  ] as const)(
    '%s is given up as crashed after maxCrashes, and its neighbours complete',
    async (_, type, setup, death) => {
      const { journal } = stage();
      const { jobs } = await stage().submitter({ defaults: { maxCrashes: 2 } });
      await among(jobs, () => jobs.submit(type, {}, { queue: 'work' }));

      const workers = [1, 2].map(() => stage().supervised({ ...setup, module: MORTAL }));
      const audit = await stage().settled('work', 50_000);
      // One that takes long to die has lost its lease before.
      const deaths = await waitFor(() => {
        const all = workers.flatMap((worker) => worker.deaths);
        return all.length >= 3 && all;
      });
      expect(deaths).toMatchObject([death, death, death]);

      neighboursAreUnharmed(audit, 1);
      const { jobs: dead } = await jobs.deadLetters('work').list();
      expect(dead).toMatchObject([
        {
          type,
          attempts: 0,
          crashes: 2,
          error: {
            code: 'crashed',
            message:
              'The process that ran it died, or was blocked beyond its lease, 2 times with this job under suspicion',
          },
        },
      ]);
      expect(journal.count({ event: 'begun', type })).toBe(3);
    },
  );
});

describe('a job of which Redis has something else than was submitted', () => {
  /** The bucket is the stored id, which begins with a dot where it is no UUID, without its last two bytes. */
  async function spoil(id: string, spoilt: (envelope: string) => string, record = 'e'): Promise<void> {
    const bucket = `jobs:{work}:${record}:.${id.slice(0, -2)}`;
    const before = (await stage().redis.hget(bucket, id.slice(-2))) ?? '';
    await stage().redis.hset(bucket, id.slice(-2), spoilt(before));
  }

  it('is given up at once with the reason, and its neighbours complete', async () => {
    const { journal } = stage();
    const { jobs } = await stage().submitter();
    const ids = ['half-a-payload', 'no-payload', 'another-envelope', 'half-an-envelope', 'bad-options', 'bad-record'];
    await among(jobs, async () => {
      for (const id of ids) await jobs.submit('note', { some: 'payload' }, { queue: 'work', id });
      await spoil('half-a-payload', (envelope) => envelope.slice(0, -5));
      await spoil('no-payload', (envelope) => envelope.slice(0, envelope.indexOf('\n') + 1));
      await spoil('another-envelope', () => '\u0000\u00ff nonsense');
      await spoil('half-an-envelope', (envelope) => envelope.slice(0, 20));
      await spoil('bad-options', (envelope) => envelope.replace('|\n', '|{"timeout":\n'));
      await spoil('bad-record', () => 'nonsense', 's');
    });

    const worker = await stage().worker();
    neighboursAreUnharmed(await stage().settled(), ids.length);
    expect(journal.entries({ event: 'begun' }).filter(({ job }) => ids.includes(job))).toEqual([]);
    const { jobs: dead } = await jobs.deadLetters('work').list();
    const reasons = Object.fromEntries(dead.map(({ id, error }) => [id, `${error?.code}: ${error?.message}`]));
    const corrupt = 'corrupt: What is stored of it cannot be read';
    expect(reasons).toEqual({
      'half-a-payload': expect.stringMatching(/^invalid-payload: /),
      'no-payload': expect.stringMatching(/^invalid-payload: /),
      'another-envelope': corrupt,
      'half-an-envelope': corrupt,
      'bad-options': corrupt,
      'bad-record': corrupt,
    });
    // The worker is none the worse for it.
    expect(await (await jobs.submit('note', {}, { queue: 'work' })).result({ timeout: '30s' })).toEqual({
      by: worker.pid,
    });
  });
});
