import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { HistoryReader } from '../../libs/jobs/src/application/history/history-reader.js';
import { HistoryRecorder } from '../../libs/jobs/src/application/history/history-recorder.js';
import { MetricsService } from '../../libs/jobs/src/application/history/metrics-service.js';
import { HistoryStore } from '../../libs/jobs/src/application/ports/history-store.js';
import { StoreUnavailableError, UnrecoverableError } from '../../libs/jobs/src/domain/errors/errors.js';
import { OTHER } from '../../libs/jobs/src/domain/history/job-figures.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { startEngine, type TestEngine } from './start-engine.js';

const MINUTE = 60_000;

describe('the history of jobs', () => {
  let clock: VirtualClock;
  let ports: ReturnType<typeof createMemoryStore>;
  let engines: TestEngine[];

  const engine = async (most?: number): Promise<TestEngine> => {
    const started = await startEngine({
      clock,
      ports,
      workers: [{ size: 2, concurrency: 5 }],
      handlers: {
        quick: () => 1,
        slow: () => sleep(400),
        wrong: [
          () => {
            throw new UnrecoverableError('no');
          },
          { queue: 'bad' },
        ],
        again: [
          () => {
            throw new Error('again');
          },
          { queue: 'bad', retry: { attempts: 3, backoff: 'fixed', initialDelay: 1_000, jitter: 0 } },
        ],
      },
    });
    started.get(HistoryRecorder).start(most === undefined ? {} : { most });
    engines.push(started);
    return started;
  };
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void clock.after(milliseconds, resolve));
  const metricsOf = (of: TestEngine): MetricsService => new MetricsService(of.get(HistoryReader));

  beforeEach(() => {
    clock = new VirtualClock();
    ports = createMemoryStore({ clock });
    engines = [];
  });

  afterEach(async () => {
    for (const each of engines) {
      await each.close();
    }
  });

  it('adds up what ran in two processes, by queue and type', async () => {
    const [one, other] = [await engine(), await engine()];
    for (let round = 0; round < 10; round++) {
      for (const each of [one, other]) {
        await each.jobs.submit('quick', {});
        await each.jobs.submit('slow', {});
      }
    }
    await one.jobs.submit('wrong', {});
    await other.jobs.submit('again', {});
    await clock.advance(30_000);

    const ran = [...one.events, ...other.events];
    const count = (kind: string): number => ran.filter((event) => event.kind === kind).length;
    const summary = await metricsOf(one).summary();
    expect(summary.counts).toEqual({
      submitted: 42,
      started: count('started'),
      completed: 40,
      retried: 2,
      failed: 2,
      cancelled: 0,
      snoozed: 0,
      released: count('released'),
      lostLeases: 0,
    });
    expect(count('started')).toBe(44);
    expect(summary).toMatchObject({ attempts: 44, successRate: 40 / 44, failureRate: 4 / 44 });
    expect(summary.duration.count).toBe(44);
    expect(summary.wait.count).toBe(44);

    expect(await metricsOf(other).summary({ queue: 'bad' })).toMatchObject({
      counts: { submitted: 2, completed: 0, retried: 2, failed: 2 },
      failureRate: 1,
      successRate: 0,
    });
    const slow = await metricsOf(one).summary({ type: 'slow' });
    expect(slow.counts.completed).toBe(20);
    expect(slow.duration.p50).toBeGreaterThan(400 / 1.13);
    expect(slow.duration.p50).toBeLessThan(400 * 1.13);
    const series = await metricsOf(one).series();
    expect(series.map(({ queue, type, counts }) => `${queue} ${type} ${counts.submitted}`)).toEqual([
      'bad again 1',
      'bad wrong 1',
      'default quick 20',
      'default slow 20',
    ]);
  });

  it('has a point for every minute, with zeros where nothing happened, or for every step', async () => {
    const one = await engine();
    await one.jobs.submit('quick', {});
    await clock.advance(3 * MINUTE);
    await one.jobs.submit('quick', {});
    await one.jobs.submit('quick', {});
    await clock.advance(20_000);
    const metrics = metricsOf(one);
    const from = new Date(Date.UTC(2026, 0, 1));
    const points = await metrics.history({ from });
    expect(points.map(({ at, counts }) => [at.toISOString().slice(11, 16), counts.completed])).toEqual([
      ['00:00', 1],
      ['00:01', 0],
      ['00:02', 0],
      ['00:03', 2],
    ]);
    expect(points[1]).toMatchObject({
      attempts: 0,
      successRate: 1,
      failureRate: 0,
      throughput: 0,
      duration: { count: 0 },
    });
    const merged = await metrics.history({ from, step: '2m' });
    expect(merged.map(({ counts }) => counts.completed)).toEqual([1, 2]);
    expect(merged[0]?.throughput).toBe(0.5);
    expect(await metrics.history({ from, to: from })).toEqual([]);
    await expect(metrics.history({ step: '90s' })).rejects.toThrow(
      "step: \"90s\" is not allowed; use whole minutes from '1m' to '1d'",
    );
    await expect(metrics.summary({ queue: '' })).rejects.toThrow('queue');
    await expect(metrics.summary({ sinse: '1h' } as never)).rejects.toThrow('sinse');
  });

  it('counts once what the store took and did not answer, and later what it could not take', async () => {
    const { history } = ports;
    let fault: 'none' | 'before' | 'after' = 'none';
    class Faulty extends HistoryStore {
      override async add(delta: Parameters<HistoryStore['add']>[0]): ReturnType<HistoryStore['add']> {
        if (fault === 'before') {
          throw new StoreUnavailableError('away');
        }
        const answer = await history.add(delta);
        if (fault === 'after') {
          throw new StoreUnavailableError('no answer');
        }
        return answer;
      }
      override read(query: Parameters<HistoryStore['read']>[0]): ReturnType<HistoryStore['read']> {
        return history.read(query);
      }
    }
    ports = { ...ports, history: new Faulty() };
    const one = await engine();
    await clock.advance(5_000);
    fault = 'after';
    await one.jobs.submit('quick', {});
    await clock.advance(15_000);
    fault = 'before';
    await one.jobs.submit('quick', {});
    await clock.advance(60_000);
    fault = 'none';
    await clock.advance(20_000);
    const points = await metricsOf(one).history({ from: new Date(Date.UTC(2026, 0, 1)) });
    expect(points.map(({ counts }) => counts.completed)).toEqual([2, 0]);
    expect(one.log.lines.filter(({ message }) => message.includes('history is told later'))).toHaveLength(1);
  });

  it('adds up as other what is beyond its most series', async () => {
    const one = await engine(2);
    for (const type of ['quick', 'slow', 'wrong', 'again']) {
      await one.jobs.submit(type, {});
    }
    await clock.advance(20_000);
    const series = await metricsOf(one).series();
    expect(series.map(({ queue, type }) => `${queue} ${type}`)).toEqual([
      `${OTHER} ${OTHER}`,
      'default quick',
      'default slow',
    ]);
    expect((await metricsOf(one).summary()).counts.submitted).toBe(4);
  });

  it('tells its last counts when it is stopped', async () => {
    const one = await engine();
    await one.jobs.submit('quick', {});
    await clock.advance(100);
    await one.get(HistoryRecorder).stop();
    const other = await engine();
    expect((await metricsOf(other).summary()).counts.completed).toBe(1);
  });
});
