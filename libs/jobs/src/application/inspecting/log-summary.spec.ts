import { Gate } from '../../../../../test/engine/gate.js';
import { startEngine, type TestEngine } from '../../../../../test/engine/start-engine.js';
import { UnrecoverableError } from '../../domain/errors/errors.js';

describe('the summary in the log', () => {
  let engine: TestEngine;

  const lines = (): readonly unknown[] =>
    engine.log.lines.filter(({ message }) => message.startsWith('Jobs in the last')).map(({ fields }) => fields);

  async function start(logSummary?: number): Promise<void> {
    const gate = new Gate();
    engine = await startEngine({
      settings: logSummary === undefined ? {} : { logSummary },
      workers: [{ size: 1, concurrency: 4 }],
      handlers: {
        quick: () => 1,
        wrong: () => {
          throw new UnrecoverableError('no');
        },
        again: [
          () => {
            throw new Error('again');
          },
          { retry: { attempts: 2, backoff: 'fixed', initialDelay: '1h', jitter: 0 } },
        ],
        waits: [() => gate.opened, { queue: 'slow' }],
      },
    });
  }

  afterEach(() => engine.close());

  it('says what was done, what waits and who works, once an interval', async () => {
    await start(60_000);
    for (let each = 0; each < 6; each++) {
      await engine.jobs.submit('quick', {});
    }
    await engine.jobs.submit('wrong', {});
    await engine.jobs.submit('again', {});
    await engine.clock.advance(1_000);
    await engine.jobs.submit('waits', {});
    await engine.clock.advance(1_000);
    engine.pool.all()[0]?.pause();
    for (let each = 0; each < 3; each++) {
      await engine.jobs.submit('quick', {});
    }
    await engine.clock.advance(59_000);
    expect(engine.log.lines.map(({ message }) => message)).toContain('Jobs in the last 1m');
    expect(lines()).toEqual([
      {
        completed: 6,
        retried: 1,
        failed: 1,
        perSecond: 0.1,
        p95: expect.any(String),
        waiting: 3,
        queues: 'default:3',
        deadLetters: 1,
        busy: 1,
        idle: 0,
      },
    ]);
    await engine.clock.advance(60_000);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatchObject({ completed: 0, retried: 0, failed: 0, waiting: 3 });
  });

  it('says once that nothing happens, and speaks again when something does', async () => {
    await start(60_000);
    await engine.clock.advance(10 * 60_000);
    expect(lines()).toHaveLength(1);
    await engine.jobs.submit('quick', {});
    await engine.clock.advance(60_000);
    expect(lines()).toHaveLength(2);
    await engine.clock.advance(10 * 60_000);
    expect(lines()).toHaveLength(3);
  });

  it('is silent unless it is told how often', async () => {
    await start();
    await engine.jobs.submit('quick', {});
    await engine.clock.advance(60 * 60_000);
    expect(lines()).toEqual([]);
  });
});
