import type { JobFilter, JobKey, SubmitOptions } from 'nestjs-jobs';
import { InvalidOptionError } from '../../libs/jobs/src/domain/errors/errors.js';
import { startEngine, type TestEngine } from './start-engine.js';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startEngine({ workers: [], handlers: { work: () => undefined } });
});

afterEach(() => engine.close());

/** What a call is refused for. */
async function refusal(call: () => unknown): Promise<InvalidOptionError> {
  const error: unknown = await Promise.resolve()
    .then(call)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidOptionError);
  return error as InvalidOptionError;
}

function submit(options: unknown, payload: unknown = {}) {
  return engine.jobs.submit('work', payload, options as SubmitOptions);
}

describe('a submit', () => {
  it.each([
    ['no list', null],
    ['a list with an empty place', ['one', , 'three']], // eslint-disable-line no-sparse-arrays
  ])('refuses tags that are %s', async (_what, tags) => {
    expect((await refusal(() => submit({ tags }))).option).toBe('tags');
  });

  it.each([
    ['a date', new Date(0)],
    ['what writes itself as a text', { toJSON: () => 'text' }],
    ['what writes itself as a list', { toJSON: () => [] }],
  ])('refuses metadata that is %s: no object would come back', async (_what, metadata) => {
    expect((await refusal(() => submit({ metadata }))).option).toBe('metadata');
  });

  it('takes options as they are when it is called, not as they become', async () => {
    const retry = { attempts: 2, retryOn: ['E_ONE'] };
    const job = await submit({ retry });
    retry.attempts = 9;
    retry.retryOn.push('E_TWO');
    expect((await job.get())?.retry).toEqual({ attempts: 2, retryOn: ['E_ONE'] });
  });

  it('refuses options that throw when they are looked at, with what they have thrown as the cause', async () => {
    const cause = new Error('gone');
    const options = {
      get queue(): string {
        throw cause;
      },
    };
    const error = await refusal(() => submit(options));
    expect([error.cause, error.message]).toEqual([cause, expect.stringContaining('looking at it threw Error: gone')]);
    expect((await engine.jobs.stats()).total).toBe(0);
  });

  it('of many refuses an empty place of the list alone', async () => {
    const submissions = [{ type: 'work' }, , { type: 'work' }]; // eslint-disable-line no-sparse-arrays
    const receipts = await engine.jobs.submitMany(submissions as { type: string }[]);
    expect(receipts.map(({ status }) => status)).toEqual(['added', 'rejected', 'added']);
  });

  it('does not tell a megabyte of bad input back', async () => {
    const huge = 'x'.repeat(1_048_576);
    for (const options of [{ id: huge }, { [huge]: 1 }, { metadata: { huge } }]) {
      expect((await refusal(() => submit(options))).message.length).toBeLessThan(1_000);
    }
  });
});

describe('a filter', () => {
  it.each([[null], [5], [[]], ['failed'], [() => true]])(
    'that is %p is refused, and purges and lists nothing',
    async (filter) => {
      await failOne();
      const letters = engine.jobs.deadLetters('default');
      for (const call of [
        () => letters.purge(filter as object),
        () => letters.retryAll(filter as object),
        () => letters.list(filter as object),
        () => engine.jobs.list(filter as JobFilter),
        () => engine.schedules.list(filter as object),
      ]) {
        await refusal(call);
      }
      expect((await engine.jobs.stats()).byState.failed).toBe(1);
    },
  );

  it('with a cursor that somebody has made up to skip without end is refused', async () => {
    await submit({});
    for (const skip of [-1, 1e9, 0.5]) {
      const cursor = Buffer.from(JSON.stringify(['default', 'pending', null, skip])).toString('base64url');
      expect((await refusal(() => engine.jobs.list({ cursor }))).option).toBe('cursor');
    }
  });

  it('with a cursor that is no text is refused, however long it says that it is', async () => {
    const cursor = { length: 2 ** 31 } as unknown as string;
    expect((await refusal(() => engine.jobs.list({ cursor }))).option).toBe('cursor');
  });

  async function failOne(): Promise<void> {
    await submit({});
    const { jobs } = engine.ports;
    const claim = await jobs.claim({ queue: 'default', holder: 'h', limit: 1, lease: 1_000, suspects: true });
    const failure = { code: 'E', name: 'Error', message: 'went wrong' };
    await jobs.settle({
      queue: 'default',
      holder: 'h',
      settlements: claim.jobs.map(({ id }) => ({ id, token: claim.token, outcome: { kind: 'failed', failure } })),
    });
  }
});

describe('what names a job', () => {
  it.each([[null], [undefined], [5], [{}], [{ queue: 'default' }], [{ queue: '{', id: 'x' }]])(
    'is not %p',
    async (job) => {
      const key = job as JobKey;
      await refusal(() => engine.jobs.deadLetters('default').retry(key));
      await refusal(() => engine.jobs.get(key));
      await refusal(() => engine.jobs.result(key));
    },
  );
});

describe('a handler', () => {
  it('is not registered with no options at all, nor for a type that is no text', async () => {
    await refusal(() => engine.jobs.register('other', () => undefined, null as never));
    await refusal(() => engine.jobs.register(Symbol('type') as never, () => undefined));
  });
});

describe('a schedule', () => {
  const upsert = (more: object) =>
    engine.schedules.upsert({ id: 'nightly', expression: '0 2 * * *', type: 'work', ...more });

  it('does not take a text for a list of letters', async () => {
    expect((await refusal(() => upsert({ job: { tags: 'abc' } }))).option).toBe('tags');
  });

  it.each([
    ['timezone', 10n],
    ['except', { toJSON: () => [] }],
    ['except[1]', ['12-25', 10n]],
    ['expression', `0 2 * * *${' '.repeat(2_000)}`],
  ])('refuses by name %s that no text of JSON can carry, or that is too long', async (option, value) => {
    const error: unknown = await upsert({ [option.replace('[1]', '')]: value }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid-schedule', option });
    expect(await engine.schedules.list()).toEqual([]);
  });
});

describe('a schedule whose stored definition somebody has damaged', () => {
  it.each(['', '{', 'null', '{"type":"work"}', '{"type":"work","payload":"{","template":{}}'])(
    'as %j hides no other, fires nothing, and can be replaced and removed',
    async (definition) => {
      await engine.close();
      engine = await startEngine({ handlers: { work: () => undefined } });
      const { schedules, ports } = engine;
      const minutely = { expression: '* * * * *', type: 'work' };
      const put = { queue: 'default', keepsWaiting: false, max: 10, next: { time: 1, due: 1 }, definition };
      await ports.schedules.put({ id: 'bad', ...put });
      await schedules.upsert({ id: 'good', ...minutely });
      expect((await schedules.list()).map(({ id }) => id)).toEqual(['good']);
      expect(await schedules.get('bad')).toBeUndefined();
      for (const call of [schedules.runNow('bad'), schedules.nextRuns('bad'), schedules.enable('bad')]) {
        await expect(call).rejects.toMatchObject({ code: 'schedule-not-found' });
      }
      await engine.until(async () => ((await schedules.get('good'))?.runCount ?? 0) > 0, 300_000);
      expect((await schedules.upsert({ id: 'bad', ...minutely })).enabled).toBe(true);
      await schedules.remove('bad');
    },
  );
});

describe('a change of the configuration', () => {
  it('is refused without an author, and where it is deeper than any setting', async () => {
    await refusal(() => engine.configuration.change({}, null as never));
    let deep: object = {};
    for (let level = 0; level < 5_000; level++) {
      deep = { deep };
    }
    await refusal(() => engine.configuration.change({ queues: deep as never }, { by: 'somebody' }));
    expect((await engine.configuration.current()).version).toBe(0);
  });
});
