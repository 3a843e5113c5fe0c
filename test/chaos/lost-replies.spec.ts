import { waitFor } from '../servers/wait-for.js';
import { callOf } from './harness/scripts.js';
import { useStage } from './harness/stage.js';
import { HEIR } from './harness/worker-process.js';

const stage = useStage();

const COUNT = 60;

describe('a connection that is cut between the request and its reply', () => {
  describe('of submit', () => {
    it('adds a job once, and says that it was added', async () => {
      const { journal } = stage();
      const proxy = await stage().proxy();
      const { jobs } = await stage().submitter({ redis: { url: proxy.url } });
      const cut = proxy.cutAfterRequest(callOf('submit'), 2);

      const job = await jobs.submit('note', {}, { queue: 'work' });
      expect(cut.count).toBe(2);
      expect(job.receipt).toBe('added');
      expect((await stage().audit()).byState).toEqual(new Map([['pending', 1]]));

      await stage().worker();
      await journal.waitFor({ event: 'told', detail: 'completed' });
      expect((await stage().settled()).byState).toEqual(new Map([['completed', 1]]));
      expect(journal.count({ event: 'begun' })).toBe(1);
    });

    it('adds each job of many once', async () => {
      const { journal } = stage();
      const proxy = await stage().proxy();
      const { jobs } = await stage().submitter({ redis: { url: proxy.url } });
      const cut = proxy.cutAfterRequest(callOf('submit'), 2);

      // Three chunks, pipelined.
      const submissions = Array.from({ length: 1_200 }, () => ({
        type: 'note',
        payload: {},
        options: { queue: 'work' },
      }));
      const receipts = await jobs.submitMany(submissions);
      expect(cut.count).toBe(2);
      expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['added']));

      await stage().worker();
      expect((await stage().settled()).byState).toEqual(new Map([['completed', 1_200]]));
      expect(journal.repeated('begun').size).toBe(0);
    });

    it.each([
      ['keeps nothing of itself', 0],
      ['is kept', 3_600_000],
    ])('runs a job once that %s and has run already when the request comes again', async (_, retain) => {
      const { journal } = stage();
      const proxy = await stage().proxy();
      const { jobs } = await stage().submitter({ redis: { url: proxy.url } });
      await stage().worker();
      // Afterwards the submitter knows the type, and asks for nothing but the submit.
      const first = await jobs.submit('note', {}, { retain: 0 });
      await journal.waitFor({ event: 'told', detail: 'completed', job: first.id });

      proxy.blackhole('replies');
      const submitted = jobs.submit('note', {}, { retain });
      await journal.waitFor({ event: 'told', detail: 'completed' }, 2);
      proxy.dropAll();
      proxy.blackhole(false);

      expect((await submitted).receipt).toBe('added');
      // A second run would come before this job's.
      const last = await jobs.submit('note', {});
      await last.result({ timeout: '30s' });
      expect(journal.count({ event: 'begun' })).toBe(3);
      expect((await stage().settled()).jobs).toHaveLength(retain === 0 ? 1 : 2);
    });
  });

  it('of claim: every job runs once, and none is leased to nobody', async () => {
    const { journal } = stage();
    const proxy = await stage().proxy();
    const { jobs } = await stage().submitter();
    await jobs.submitMany(
      Array.from({ length: COUNT }, () => ({ type: 'note', payload: {}, options: { queue: 'work' } })),
    );
    const cut = proxy.cutAfterRequest(callOf('claim'), 3);

    await stage().worker({ module: { redis: { url: proxy.url } } });
    await cut.happened;
    await journal.waitFor({ event: 'told', detail: 'completed' }, COUNT);
    expect((await stage().settled()).byState).toEqual(new Map([['completed', COUNT]]));
    expect(journal.count({ event: 'begun' })).toBe(COUNT);
    expect(journal.count({ event: 'told', detail: 'lost-lease' })).toBe(0);
  });

  it.each([
    ['kept', 3_600_000],
    ['dropped', 0],
  ])('of settle: the outcomes count once, and none is called lost, for jobs that are %s', async (_, retain) => {
    const { journal } = stage();
    const proxy = await stage().proxy();
    const { jobs } = await stage().submitter();
    await stage().worker({ module: { redis: { url: proxy.url } } });
    const cut = proxy.cutAfterRequest(callOf('settle'), 3);

    await jobs.submitMany(
      Array.from({ length: COUNT }, () => ({ type: 'note', payload: {}, options: { queue: 'work', retain } })),
    );
    await cut.happened;
    await journal.waitFor({ event: 'told', detail: 'completed' }, COUNT);
    expect((await stage().settled()).jobs).toHaveLength(retain === 0 ? 0 : COUNT);
    expect(journal.count({ event: 'begun' })).toBe(COUNT);
    expect(journal.count({ event: 'told', detail: 'lost-lease' })).toBe(0);
    expect((await jobs.stats()).processed.completed).toBe(COUNT);
  });

  it('of settle: a failed attempt counts once', async () => {
    const { journal } = stage();
    const proxy = await stage().proxy();
    const { jobs } = await stage().submitter();
    await stage().worker({ module: { redis: { url: proxy.url } } });
    const cut = proxy.cutAfterRequest(callOf('settle'), 3);

    const job = await jobs.submit('failing', {}, { retry: { attempts: 2, backoff: 'none' } });
    await cut.happened;
    await stage().settled();
    expect(await job.get()).toMatchObject({ state: 'failed', attempts: 2, history: [{ attempt: 1 }, { attempt: 2 }] });
    expect(journal.count({ event: 'begun' })).toBe(2);
  });

  it('of tick: what runs goes on', async () => {
    const { journal } = stage();
    const proxy = await stage().proxy();
    const { jobs } = await stage().submitter();
    const worker = await stage().worker({ module: { ...HEIR, redis: { url: proxy.url } } });
    const job = await jobs.submit('gated', {});
    await journal.waitFor({ event: 'begun' });

    const cut = proxy.cutAfterRequest(callOf('tick'), 3);
    await cut.happened;
    const beats = Number(await stage().redis.hget('jobs:{work}:meta', 'now'));
    await waitFor(async () => Number(await stage().redis.hget('jobs:{work}:meta', 'now')) > beats, {
      what: 'a heartbeat after the cuts',
    });
    worker.open('gate');
    expect(await job.result({ timeout: '30s' })).toEqual({ by: worker.pid });
    await journal.waitFor({ event: 'told' });
    expect(journal.entries().map(({ event, detail }) => detail ?? event)).toEqual(['begun', 'done', 'completed']);
    expect((await stage().settled()).byState).toEqual(new Map([['completed', 1]]));
  });
});
