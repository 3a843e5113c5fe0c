import { ConfigurationInForce } from '../../libs/jobs/src/application/configuration/configuration-in-force.js';
import type { ConfigurationPatch } from '../../libs/jobs/src/application/configuration/configuration.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import {
  ConfigurationConflictError,
  ConfigurationPendingError,
  UnknownConfigurationVersionError,
} from '../../libs/jobs/src/domain/errors/configuration-errors.js';
import {
  InvalidConfigurationError,
  StoreUnavailableError,
  UsageError,
} from '../../libs/jobs/src/domain/errors/errors.js';
import type { Json } from '../../libs/jobs/src/domain/job.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../libs/jobs/src/domain/queue-settings.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate } from './gate.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';

const BY = { by: 'ada' } as const;

let clock: VirtualClock;
let ports: StorePorts;
const engines: TestEngine[] = [];

beforeEach(() => {
  clock = new VirtualClock();
  ports = createMemoryStore({ clock });
});

afterEach(async () => {
  for (const engine of engines.splice(0)) {
    await engine.close();
  }
});

/** An engine with a group `mail` of two workers, two jobs each, and a queue `mails` of at most 10 jobs at once. */
async function start(options: EngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine({
    clock,
    ports,
    workers: [{ name: 'mail', size: 2, concurrency: 2 }],
    handlers: { work: () => 'done' },
    ...options,
    settings: {
      queues: new Map([
        ['mails', { settings: { ...DEFAULT_QUEUE_SETTINGS, concurrency: 10 }, defaults: {}, blockTimeout: 1 }],
      ]),
      ...options.settings,
    },
  });
  engines.push(engine);
  await clock.advance(100);
  return engine;
}

const size = ({ pool }: TestEngine): string =>
  pool
    .workers()
    .map(({ state, concurrency }) => `${state} ${concurrency}`)
    .join(', ');

describe('a change of the configuration', () => {
  it('is kept with its version, who made it, when, and what it changed', async () => {
    const { configuration } = await start();
    expect(await configuration.current()).toEqual({ version: 0, changed: {} });
    const changed = await configuration.change({ workers: { mail: { size: 3 } } }, BY);
    expect(changed).toEqual({
      version: 1,
      changed: { workers: { mail: { size: 3 } } },
      changedBy: 'ada',
      changedAt: clock.now(),
    });
    await configuration.change({ workers: { mail: { size: 4, concurrency: 1 } } }, { by: 'bob' });
    await configuration.change({ workers: { mail: { size: null } } }, { by: 'eve' });
    expect(await configuration.history()).toEqual([
      { version: 3, by: 'eve', at: expect.any(Number), changes: [{ path: 'workers.mail.size', from: 4 }] },
      {
        version: 2,
        by: 'bob',
        at: expect.any(Number),
        changes: [
          { path: 'workers.mail.concurrency', to: 1 },
          { path: 'workers.mail.size', from: 3, to: 4 },
        ],
      },
      { version: 1, by: 'ada', at: expect.any(Number), changes: [{ path: 'workers.mail.size', to: 3 }] },
    ]);
    expect((await configuration.current()).changed).toEqual({ workers: { mail: { concurrency: 1 } } });
  });

  it('is refused as a whole, naming everything that is wrong, and changes nothing', async () => {
    const engine = await start();
    const wrong: ConfigurationPatch = {
      workers: { mail: { size: 0, concurrency: 3, queues: 'a' } as never },
      queues: {
        mails: { concurrency: -1, maxScheduled: 0, onFull: 'explode', paused: 'yes', priorities: 1 } as never,
      },
      defaults: { timeout: 'soon', retry: { attempts: 0, backoff: 'slowly' as never }, priority: 1 } as never,
      log: { level: 'loud' as never, colour: 'red' } as never,
      lease: '1h',
      nonsense: 1,
    };
    const refused = await engine.configuration.change(wrong, BY).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidConfigurationError);
    const { problems } = refused as InvalidConfigurationError;
    for (const path of [
      'workers.mail.size: 0 is not allowed',
      'workers.mail.queues cannot be changed at run time: which queues',
      'queues.mails.concurrency: -1 is not allowed',
      'queues.mails.maxScheduled: 0 is not allowed',
      'queues.mails.onFull: "explode" is not allowed',
      'queues.mails.paused: "yes" is not allowed',
      'queues.mails.priorities cannot be changed at run time',
      'defaults.timeout: "soon" is not allowed',
      'defaults.retry.attempts: 0 is not allowed',
      'defaults.retry.backoff: "slowly" is not allowed',
      'defaults.priority cannot be changed at run time',
      'log.level: "loud" is not allowed',
      'log.colour is an unknown setting',
      'lease cannot be changed at run time: processes have told the store',
      'nonsense is an unknown part',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(path))).toHaveLength(1);
    }
    expect(problems).toHaveLength(15);
    expect(await engine.configuration.current()).toEqual({ version: 0, changed: {} });
    expect(size(engine)).toBe('running 2, running 2');
  });

  it.each<[string, unknown]>([
    ['no object', 5],
    ['a list', []],
    ['nothing', undefined],
    ['what JSON cannot carry', { workers: 1n }],
  ])('that is %s is refused', async (_what, patch) => {
    const { configuration } = await start();
    await expect(configuration.change(patch as never, BY)).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('by nobody is refused, and so is one that is too long', async () => {
    const { configuration } = await start();
    await expect(configuration.change({}, { by: ' ' })).rejects.toMatchObject({ option: 'by' });
    await expect(configuration.change({ defaults: { retry: { retryOn: ['x'.repeat(40_000)] } } }, BY)).rejects.toThrow(
      'more than the 32768 allowed',
    );
  });

  it('that changes nothing makes no version', async () => {
    const { configuration } = await start();
    await configuration.change({ log: { level: 'warn' } }, BY);
    expect(await configuration.change({ log: { level: 'warn' } }, { by: 'bob' })).toMatchObject({
      version: 1,
      changedBy: 'ada',
    });
  });

  it('based on another version is refused; two at once are both made', async () => {
    const [one, other] = [await start(), await start()];
    await one.configuration.change({ log: { level: 'info' } }, { ...BY, expectedVersion: 0 });
    const conflict = await other.configuration
      .change({ log: { level: 'warn' } }, { ...BY, expectedVersion: 0 })
      .catch((error: unknown) => error);
    expect(conflict).toBeInstanceOf(ConfigurationConflictError);
    expect(conflict).toMatchObject({ expectedVersion: 0, version: 1 });
    await Promise.all([
      one.configuration.change({ workers: { mail: { size: 3 } } }, BY),
      other.configuration.change({ workers: { mail: { concurrency: 5 } } }, BY),
    ]);
    expect(await one.configuration.current()).toMatchObject({
      version: 3,
      changed: { log: { level: 'info' }, workers: { mail: { size: 3, concurrency: 5 } } },
    });
  });

  it('is undone by going back to a version', async () => {
    const engine = await start();
    const { configuration } = engine;
    await configuration.change({ workers: { mail: { size: 3 } } }, BY);
    await configuration.change({ workers: { mail: { size: 5 } }, log: { level: 'error' } }, BY);
    expect(await configuration.revert(1, { by: 'bob' })).toMatchObject({
      version: 3,
      changed: { workers: { mail: { size: 3 } } },
      changedBy: 'bob',
    });
    expect(size(engine)).toBe('running 2, running 2, running 2');
    await configuration.revert(0, BY);
    expect(size(engine)).toBe('running 2, running 2');
    await expect(configuration.revert(17, BY)).rejects.toThrow(UnknownConfigurationVersionError);
  });
});

describe('the other processes', () => {
  it('follow at once', async () => {
    const [one, other] = [await start({ workers: [] }), await start()];
    await one.configuration.change({ workers: { mail: { size: 1, concurrency: 7 } } }, BY);
    await clock.settle();
    expect(size(other)).toBe('running 7');
  });

  it('follow within 5 s where the notice was lost, and those without workers too', async () => {
    const [one, other, submitter] = [await start(), await start(), await start({ workers: [] })];
    ports.notifier.tellChanged = async () => undefined;
    await one.configuration.change({ workers: { mail: { size: 3 } }, defaults: { timeout: '1s' } }, BY);
    expect(size(other)).toBe('running 2, running 2');
    await clock.advance(5_000);
    expect(size(other)).toBe('running 2, running 2, running 2');
    const settings = await submitter.configuration.effective();
    expect(settings.find(({ path }) => path === 'defaults.timeout')).toEqual({
      path: 'defaults.timeout',
      value: 1_000,
      from: 'run time',
    });
  });

  it('that start later begin with it, over what their code says', async () => {
    const first = await start();
    await first.configuration.change({ workers: { mail: { size: 4 } }, queues: { mails: { concurrency: 3 } } }, BY);
    const later = await start();
    expect(later.pool.workers()).toHaveLength(4);
    expect(await ports.queues.settings('mails')).toMatchObject({ concurrency: 3 });
  });

  it('follow once the store answers again', async () => {
    const [one, other] = [await start(), await start()];
    const { configure } = ports.queues;
    const { read } = ports.configuration;
    await one.configuration.change({ log: { level: 'warn' } }, BY);
    await clock.settle();
    ports.queues.configure = async () => {
      throw new StoreUnavailableError('away');
    };
    await expect(one.configuration.change({ queues: { mails: { concurrency: 2 } } }, BY)).rejects.toThrow(
      'tries queues again',
    );
    await clock.advance(6_000);
    expect(await ports.queues.settings('mails')).toMatchObject({ concurrency: 10 });
    ports.queues.configure = configure;
    await clock.advance(5_500);
    expect(await ports.queues.settings('mails')).toMatchObject({ concurrency: 2 });
    ports.configuration.read = async () => {
      throw new StoreUnavailableError('away');
    };
    await ports.configuration.write(2, { document: { workers: { mail: { size: 1 } } }, by: 'x', changes: [] });
    await clock.advance(6_000);
    ports.configuration.read = read;
    await clock.advance(5_500);
    expect(size(other)).toBe('running 2');
  });

  it('leave alone what they do not know or take', async () => {
    const engine = await start();
    await ports.configuration.write(0, {
      document: { later: { a: 1 }, workers: { mail: { size: 'many' } }, log: { level: 'warn' } },
      by: 'a later version',
      changes: [],
    });
    await clock.advance(5_500);
    expect(size(engine)).toBe('running 2, running 2');
    expect(engine.log.lines.filter(({ message }) => message.includes("configuration of 'workers'"))).toHaveLength(1);
    await engine.configuration.change({ workers: { mail: { size: 1 } } }, BY);
    expect((await engine.configuration.current()).changed).toMatchObject({
      later: { a: 1 },
      workers: { mail: { size: 1 } },
    });
  });
});

describe('a change that is in and not in force', () => {
  const away = async (): Promise<never> => {
    throw new StoreUnavailableError('away');
  };
  const settings = () => ports.queues.settings('other');

  it('is put in force though a heartbeat tells of it before its own answer', async () => {
    const { configuration } = await start();
    const { write } = ports.configuration;
    ports.configuration.write = async (...change) => {
      const version = await write.apply(ports.configuration, change);
      await clock.advance(6_000);
      return version;
    };
    await configuration.change({ queues: { other: { concurrency: 2 } } }, BY);
    expect(await settings()).toMatchObject({ concurrency: 2 });
  });

  it('says so where a pause could not be made, and holds for the rest', async () => {
    const { configuration } = await start();
    ports.queues.pause = away;
    const change = configuration.change({ queues: { other: { concurrency: 2, paused: true } } }, BY);
    await expect(change).rejects.toThrow(ConfigurationPendingError);
    await expect(change).rejects.toMatchObject({ code: 'configuration-pending', version: 1 });
    await expect(change).rejects.toThrow('a pause of queues was not made or ended: ask for it again (away)');
    expect(await settings()).toMatchObject({ concurrency: 2 });
    expect(await configuration.current()).toMatchObject({ version: 1 });
  });

  it('says so where a limit could not be set, which the next heartbeat does', async () => {
    const { configuration } = await start();
    const { configure } = ports.queues;
    ports.queues.configure = away;
    await expect(configuration.change({ queues: { other: { concurrency: 2 } } }, BY)).rejects.toThrow(
      'the next heartbeat tries queues again',
    );
    ports.queues.configure = configure;
    await clock.advance(5_500);
    expect(await settings()).toMatchObject({ concurrency: 2 });
  });

  it('says so where it could not be read again, which the next heartbeat does', async () => {
    const { configuration } = await start();
    const { read } = ports.configuration;
    const { write } = ports.configuration;
    ports.configuration.write = async (...change) => {
      const version = await write.apply(ports.configuration, change);
      ports.configuration.read = away;
      return version;
    };
    await expect(configuration.change({ queues: { other: { concurrency: 2 } } }, BY)).rejects.toThrow(
      'the next heartbeat reads it (away)',
    );
    ports.configuration.read = read;
    await clock.advance(5_500);
    expect(await settings()).toMatchObject({ concurrency: 2 });
  });

  it('is put in force where its write was not answered', async () => {
    const { configuration } = await start();
    const { write } = ports.configuration;
    ports.configuration.write = async (...change) => {
      await write.apply(ports.configuration, change);
      throw new StoreUnavailableError('cut off');
    };
    await expect(configuration.change({ queues: { other: { concurrency: 2 } } }, BY)).rejects.toThrow('cut off');
    await clock.advance(5_500);
    expect(await settings()).toMatchObject({ concurrency: 2 });
  });

  it('needs no notice: the others follow with their heartbeat', async () => {
    const [one, other] = [await start(), await start()];
    ports.notifier.tellChanged = away;
    await one.configuration.change({ workers: { mail: { size: 1 } } }, BY);
    await clock.advance(5_500);
    expect(size(other)).toBe('running 2');
  });

  it('leaves alone what a process whose code says it was quicker to put in force', async () => {
    const submitter = await start({ workers: [], settings: { queues: new Map() } });
    await start();
    await submitter.configuration.change({ queues: { mails: { concurrency: 2 } } }, BY);
    await clock.advance(100);
    const inForce = submitter.get(ConfigurationInForce);
    const { follow } = inForce;
    inForce.follow = async function (this: ConfigurationInForce, where) {
      await ports.notifier.tellChanged('configuration');
      await clock.settle();
      await follow.call(this, where);
    };
    await submitter.configuration.change({ queues: { mails: { concurrency: null } } }, BY);
    expect(await ports.queues.settings('mails')).toMatchObject({ concurrency: 10 });
  });

  it('does not stand in the way of others, where another process has just changed what this one does not know', async () => {
    const { configuration } = await start();
    await ports.configuration.write(0, { document: { later: { a: 1 } }, by: 'x', changes: [] });
    await configuration.change({ workers: { mail: { size: 1 } } }, BY);
    expect((await configuration.current()).changed).toEqual({ later: { a: 1 }, workers: { mail: { size: 1 } } });
  });
});

describe('workers', () => {
  it('grow and shrink under load, and lose nothing', async () => {
    const engine = await start({ workers: [{ name: 'mail', size: 2, concurrency: 2 }] });
    let [running, most] = [0, 0];
    engine.jobs.register('slow', async () => {
      running++;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => clock.after(200, resolve));
      running--;
    });
    const jobs = await Promise.all(Array.from({ length: 400 }, () => engine.jobs.submit('slow', {})));
    const bounds: string[] = [];
    for (const [workers, concurrency] of [
      [2, 2],
      [6, 3],
      [1, 1],
      [4, 4],
      [1, 2],
    ] as const) {
      await engine.configuration.change({ workers: { mail: { size: workers, concurrency } } }, BY);
      await clock.advance(500);
      most = 0;
      await clock.advance(1_000);
      bounds.push(`${most} of ${workers * concurrency}`);
    }
    expect(bounds).toEqual(['4 of 4', '18 of 18', '1 of 1', '16 of 16', '2 of 2']);
    expect(engine.pool.workers()).toHaveLength(1);
    await engine.configuration.change({ workers: null }, BY);
    await engine.until(async () => (await engine.jobs.queue('default').counts()).processed.completed === jobs.length);
    expect(engine.events.filter(({ kind }) => kind === 'started')).toHaveLength(jobs.length);
    expect(new Set(engine.pool.workers().map(({ id }) => id)).size).toBe(2);
  });

  it('that are too many end what they run, idle ones go first', async () => {
    const engine = await start({ workers: [{ name: 'mail', size: 3, concurrency: 1 }] });
    const gate = new Gate();
    engine.jobs.register('slow', () => gate.opened);
    const [one] = [await engine.jobs.submit('slow', {}), await engine.jobs.submit('slow', {})];
    await clock.advance(100);
    await engine.configuration.change({ workers: { mail: { size: 2 } } }, BY);
    expect(engine.pool.workers().map(({ busy }) => busy)).toEqual([1, 1]);
    await engine.configuration.change({ workers: { mail: { size: 1 } } }, BY);
    expect(
      engine.pool
        .workers()
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(['running', 'stopping']);
    gate.open();
    await engine.until(() => engine.pool.workers().length === 1);
    expect((await one?.get())?.state).toBe('completed');
  });

  it('do not come back while the process stops', async () => {
    const engine = await start();
    const draining = engine.engine.drain();
    engine.pool.resize('mail', 5, 5);
    await clock.advance(1_000);
    await draining;
    expect(engine.pool.workers().every(({ state }) => state === 'stopped')).toBe(true);
    expect(engine.pool.workers()).toHaveLength(2);
  });
});

describe('queues', () => {
  it('have other limits, and the code’s again', async () => {
    const [one, other] = [await start({ workers: [], settings: { queues: new Map() } }), await start()];
    const settings = () => ports.queues.settings('mails');
    await one.configuration.change(
      {
        queues: {
          mails: {
            concurrency: 2,
            maxDepth: 50,
            maxScheduled: 20,
            onFull: 'drop-newest',
            retain: { age: '1h', count: 5 },
          },
        },
      },
      BY,
    );
    expect(await settings()).toEqual({
      concurrency: 2,
      maxDepth: 50,
      maxScheduled: 20,
      onFull: 'drop-newest',
      retainAge: 3_600_000,
      retainCount: 5,
    });
    await other.configuration.change(
      { queues: { mails: { concurrency: 'unlimited', maxScheduled: 'unlimited', retain: null } } },
      BY,
    );
    expect(await settings()).toEqual({ ...DEFAULT_QUEUE_SETTINGS, maxDepth: 50, onFull: 'drop-newest' });
    await one.configuration.change({ queues: null }, BY);
    await clock.advance(5_500);
    expect(await settings()).toEqual({ ...DEFAULT_QUEUE_SETTINGS, concurrency: 10 });
  });

  it('of which no code says anything have the defaults again', async () => {
    const engine = await start();
    await engine.configuration.change({ queues: { other: { concurrency: 2, maxDepth: 7, maxScheduled: 3 } } }, BY);
    expect(await ports.queues.settings('other')).toMatchObject({ concurrency: 2, maxDepth: 7, maxScheduled: 3 });
    await engine.configuration.change({ queues: { other: { concurrency: null, maxScheduled: null } } }, BY);
    expect(await ports.queues.settings('other')).toEqual({ ...DEFAULT_QUEUE_SETTINGS, maxDepth: 7 });
  });

  it('are paused and resumed, with who did it, and without a second truth', async () => {
    const engine = await start();
    const { configuration } = engine;
    await configuration.change({ queues: { default: { paused: true } } }, BY);
    const { id } = await engine.jobs.submit('work', {});
    await clock.advance(2_000);
    expect((await engine.jobs.get(id))?.state).toBe('pending');
    expect(await configuration.current()).toMatchObject({ version: 1, changed: {} });
    await engine.jobs.queue('default').resume();
    expect(await configuration.change({ queues: { default: { paused: false } } }, BY)).toMatchObject({ version: 1 });
    await configuration.change({ queues: { default: { paused: true } } }, { by: 'bob' });
    expect(await configuration.history()).toMatchObject([
      { by: 'bob', changes: [{ path: 'queues.default.paused', from: false, to: true }] },
      { by: 'ada', changes: [{ path: 'queues.default.paused', from: false, to: true }] },
    ]);
    await configuration.change({ queues: { default: { paused: false } } }, BY);
    await engine.until(async () => (await engine.jobs.get(id))?.state === 'completed');
  });
});

describe('defaults', () => {
  it('of retries and timeouts hold for handlers that say nothing of them, in every process', async () => {
    const failing = (): never => {
      throw new Error('no');
    };
    const worker = await start({
      settings: { defaults: { retry: { attempts: 2, backoff: 'fixed', initialDelay: '1s', jitter: 0 } } },
      handlers: {
        plain: failing,
        own: [failing, { retry: { attempts: 3 } }],
        slow: () => new Promise(() => undefined),
      },
    });
    const submitter = await start({ workers: [] });
    await worker.configuration.change({ defaults: { retry: { attempts: 4, initialDelay: '10s' }, timeout: '2s' } }, BY);
    await clock.advance(5_500);
    const [plain, own] = [await submitter.jobs.submit('plain', {}), await submitter.jobs.submit('own', {})];
    const slow = await worker.jobs.submit('slow', {});
    await clock.advance(4_000);
    expect(await plain.get()).toMatchObject({ maxAttempts: 4, state: 'retrying', error: { delay: 10_000 } });
    expect(await own.get()).toMatchObject({ maxAttempts: 3, state: 'retrying', error: { delay: 10_000 } });
    expect(await slow.get()).toMatchObject({ error: { code: 'timeout' } });
    worker.jobs.register('later', failing);
    expect(await (await worker.jobs.submit('later', {})).get()).toMatchObject({ maxAttempts: 4 });
    await worker.configuration.change({ defaults: null }, BY);
    const again = await worker.jobs.submit('plain', {});
    expect(await again.get()).toMatchObject({ maxAttempts: 2 });
  });

  it('of warnings about dead letters', async () => {
    const engine = await start();
    await engine.configuration.change({ deadLetterWarning: 5 }, BY);
    await expect(engine.configuration.change({ deadLetterWarning: 0 }, BY)).rejects.toThrow('deadLetterWarning: 0');
    const setting = async () =>
      (await engine.configuration.effective()).find(({ path }) => path === 'deadLetterWarning');
    expect(await setting()).toEqual({ path: 'deadLetterWarning', value: 5, from: 'run time' });
    await engine.configuration.change({ deadLetterWarning: null }, BY);
    expect(await setting()).toEqual({ path: 'deadLetterWarning', value: 1_000, from: 'code' });
  });
});

describe('the log level', () => {
  it('silences what is less', async () => {
    const engine = await start();
    await engine.configuration.change({ log: { level: 'error' } }, BY);
    const before = engine.log.lines.length;
    await engine.configuration.change({ workers: { mail: { size: 3 } } }, BY);
    expect(engine.log.lines).toHaveLength(before);
    await engine.configuration.change({ log: null }, BY);
    expect(engine.log.lines.at(-1)).toMatchObject({ level: 'info', message: 'The configuration has changed' });
  });
});

describe('what is in force', () => {
  it('says of each setting where it is from, and what cannot be changed and why', async () => {
    const engine = await start();
    await engine.configuration.change({ workers: { mail: { size: 3 } } }, BY);
    const settings = new Map((await engine.configuration.effective()).map(({ path, ...rest }) => [path, rest]));
    expect(settings.get('workers.mail.size')).toEqual({ value: 3, from: 'run time' });
    expect(settings.get('workers.mail.concurrency')).toEqual({ value: 2, from: 'code' });
    expect(settings.get('workers.mail.queues')).toEqual({ value: 'all', from: 'code', fixed: expect.any(String) });
    expect(settings.get('queues.mails.concurrency')).toEqual({ value: 10, from: 'code' });
    expect(settings.get('queues.mails.maxDepth')).toEqual({ value: 'unlimited', from: 'code' });
    expect(settings.get('queues.mails.maxScheduled')).toEqual({ value: 'unlimited', from: 'code' });
    expect(settings.get('queues.mails.paused')).toEqual({ value: false, from: 'code' });
    expect(settings.get('defaults.retry.attempts')).toEqual({ value: 3, from: 'code' });
    expect(settings.get('log.level')).toEqual({ value: 'debug', from: 'code' });
    expect(settings.get('lease')).toEqual({
      value: 15_000,
      from: 'code',
      fixed: expect.stringContaining('told the store'),
    });
  });
});

describe('a part of another module', () => {
  const alerts = (seen: (Json | undefined)[]) => ({
    check: (value: Json) => (typeof value === 'object' ? [] : ['alerts: use an object']),
    apply: (value: Json | undefined) => void seen.push(value),
  });

  it('is checked, put in force and shown as the others are', async () => {
    const [one, other] = [await start(), await start()];
    const seen: (Json | undefined)[] = [];
    await one.configuration.register('alerts', alerts([]));
    await other.configuration.register('alerts', alerts(seen));
    await expect(one.configuration.change({ alerts: 5 }, BY)).rejects.toThrow('alerts: use an object');
    await one.configuration.change({ alerts: { failed: { above: 10 } } }, BY);
    await clock.settle();
    await one.configuration.change({ alerts: null }, BY);
    await clock.settle();
    expect(seen).toEqual([{ failed: { above: 10 } }, undefined]);
    await one.configuration.change({ alerts: { failed: { above: 3 } } }, BY);
    expect(await one.configuration.effective()).toContainEqual({
      path: 'alerts.failed.above',
      value: 3,
      from: 'run time',
    });
    const late: (Json | undefined)[] = [];
    const third = await start();
    await third.configuration.register('alerts', alerts(late));
    expect(late).toEqual([{ failed: { above: 3 } }]);
    await expect(third.configuration.register('workers', alerts([]))).rejects.toThrow(UsageError);
  });
});
