import { useStage } from './harness/stage.js';

const stage = useStage();

/** Seconds, and far from what is being shown: that closing does not wait for Redis. */
const DEADLINE = '2s';

describe('closing the application while Redis is gone', () => {
  describe.each([
    ['killed', 'SIGKILL'],
    ['silent', 'blackhole'],
  ] as const)('%s', (_, fault) => {
    it.each([
      ['jobs run that end when told', 3, false],
      ['jobs run that do not listen', 3, true],
      ['nothing runs', 0, false],
    ])('returns, and lets the process end, while %s', async (__, count, deaf) => {
      const { journal, server } = stage();
      const proxy = await stage().proxy();
      const { jobs } = await stage().submitter();
      const module = { redis: { url: proxy.url }, shutdown: { deadline: DEADLINE } } as const;
      const worker = await stage().worker({ module });
      await (await jobs.submit('note', {})).result({ timeout: '30s' });
      await jobs.submitMany(
        Array.from({ length: count }, () => ({ type: 'gated', payload: { deaf }, options: { queue: 'work' } })),
      );
      await journal.waitFor({ event: 'begun', type: 'gated' }, count);

      if (fault === 'SIGKILL') await server.kill('SIGKILL');
      else proxy.blackhole(true);
      await worker.close();
      expect(journal.count({ event: 'aborted', detail: 'shutdown' })).toBe(count);
      // A handler that does not listen keeps its process alive, as anything else would that it has open.
      if (deaf) worker.open('gate');
      expect(await worker.exited).toEqual({ code: 0, signal: null });
    });
  });

  it('returns for an application that only submits', async () => {
    const proxy = await stage().proxy();
    const { jobs, close } = await stage().submitter({ redis: { url: proxy.url }, shutdown: { deadline: DEADLINE } });
    await jobs.submit('note', {}, { queue: 'work' });
    proxy.blackhole(true);
    const lost = jobs.submit('note', {}, { queue: 'work' }).catch((error: unknown) => error);
    await close();
    expect(await lost).toMatchObject({ code: 'store-unavailable' });
  });
});
