import { InvalidConfigurationError } from '../domain/errors/errors.js';
import type { JobsHealthOptions } from './health-options.js';
import { resolveHealthOptions } from './resolve-health-options.js';

function problems(options: unknown): readonly string[] {
  try {
    resolveHealthOptions(options as JobsHealthOptions);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigurationError);
    return (error as InvalidConfigurationError).problems;
  }
}

describe('options of health', () => {
  it('are decided without being told', () => {
    expect(resolveHealthOptions({})).toEqual({
      details: 'everyone',
      timeout: 2_000,
      freshFor: 1_000,
      system: {
        storeAway: 'down',
        roundTrip: { degraded: 500 },
        silence: { degraded: 20_000 },
        overdue: { degraded: 0 },
      },
      queue: {
        pending: { degraded: 10_000 },
        oldestPending: { degraded: 300_000 },
        noWorker: { down: 30_000 },
        deadLetters: {},
      },
      queues: new Map(),
    });
  });

  it('take a value at its usual level, one for each level, or none', () => {
    const { system, queue } = resolveHealthOptions({
      thresholds: {
        pending: { degraded: 100, down: 1_000 },
        oldestPending: { down: '1h' },
        noWorker: '2m',
        silence: false,
        roundTrip: undefined,
      },
    });
    expect(queue).toMatchObject({
      pending: { degraded: 100, down: 1_000 },
      oldestPending: { down: 3_600_000 },
      noWorker: { down: 120_000 },
    });
    expect(system).toMatchObject({ silence: {}, roundTrip: { degraded: 500 } });
  });

  it('of a queue stand in place of those for all', () => {
    const { queues } = resolveHealthOptions({
      thresholds: { pending: 5, deadLetters: 9 },
      queues: { reports: { pending: 50, oldestPending: undefined, noWorker: false } },
    });
    expect(queues.get('reports')).toEqual({
      pending: { degraded: 50 },
      oldestPending: { degraded: 300_000 },
      noWorker: {},
      deadLetters: { degraded: 9 },
    });
  });

  it('take the path of a liveness file, or how it is kept', () => {
    expect(resolveHealthOptions({ livenessFile: '/tmp/live' }).livenessFile).toEqual({
      path: '/tmp/live',
      interval: 10_000,
      patience: 300_000,
    });
    const file = { path: '/tmp/live', interval: '1s', patience: '1m' } as const;
    expect(resolveHealthOptions({ livenessFile: file }).livenessFile).toEqual({
      path: '/tmp/live',
      interval: 1_000,
      patience: 60_000,
    });
  });

  it('are refused all at once, each by its path', () => {
    const found = problems({
      thresholds: { pending: -1, oldestPending: 'soon', overdue: 1.5, storeAway: 'up', pendng: 1 },
      queues: { mail: { noWorker: {} } },
      timeout: 0,
      cache: '2h',
      details: 'some',
      livenessFile: { path: '', interval: 1 },
      treshholds: {},
    });
    const paths = found.map((problem) => /^\S+?(?=:)/.exec(problem)?.[0] ?? problem);
    expect(paths.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'health.cache',
      'health.details',
      'health.livenessFile.interval',
      'health.livenessFile.path',
      'health.queues.mail.noWorker',
      'health.thresholds.oldestPending',
      'health.thresholds.overdue',
      'health.thresholds.pending',
      'health.thresholds.pendng',
      'health.thresholds.storeAway',
      'health.timeout',
      'health.treshholds',
    ]);
  });

  it.each([
    [{ degraded: 10, down: 10 }],
    [{ degraded: 10, down: 5 }],
    [{ degraded: 10, dawn: 50 }],
    [{ down: -1 }],
    [null],
    [true],
    [[]],
  ])('refuse %j as a threshold, and say what would do', (pending) => {
    expect(problems({ thresholds: { pending } })).toEqual([
      expect.stringMatching(/^health\.thresholds\.pending: .* use an integer ≥ 0, or false, or \{ degraded, down \}/),
    ]);
  });

  it.each([['10'], [{}], [{ interval: '1s' }], [[]]])('refuse %j as a liveness file', (livenessFile) => {
    expect(problems({ livenessFile })).toHaveLength(livenessFile === '10' ? 0 : 1);
  });

  it('show no token', () => {
    const [problem] = problems({ details: { token: 'short-secret' } });
    expect(problem).toMatch(/at least 16 characters/);
    expect(problem).not.toContain('short-secret');
  });

  it('are an object', () => {
    expect(problems(7)).toEqual([expect.stringMatching(/^health: 7 /)]);
  });
});
