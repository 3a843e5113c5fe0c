import Redis from 'ioredis';
import { InvalidConfigurationError } from '../../domain/errors/errors.js';
import { readEnvironment } from './jobs-config.js';
import type { JobsModuleOptions } from './module-options.js';
import { resolveOptions } from './resolve-options.js';

describe('the durability of submits', () => {
  it.each([
    [{ replicas: 1 }, { replicas: 1, appendOnly: false, timeout: 5_000 }],
    [
      { appendOnly: true, timeout: 250 },
      { replicas: 0, appendOnly: true, timeout: 250 },
    ],
    [
      { replicas: 2, appendOnly: true, timeout: '1m' },
      { replicas: 2, appendOnly: true, timeout: 60_000 },
    ],
    [{ replicas: 0 }, undefined],
    [{ appendOnly: false, timeout: '1s' }, undefined],
  ] as const)('%j is %j, wherever Redis is', (durability, expected) => {
    const client = new Redis({ lazyConnect: true });
    for (const redis of [{ url: 'redis://a' }, { nodes: [7000] }, { sentinels: [{}], name: 'main' }, { client }]) {
      const { store } = resolveOptions({ redis: { ...redis, durability } }, {});
      expect(store).toMatchObject({ kind: 'redis' });
      expect(store.kind === 'redis' && store.durability).toEqual(expected);
      // It is no option of ioredis.
      expect(JSON.stringify('options' in store ? store.options : {})).not.toContain('durability');
    }
  });

  it('goes with an address that the environment tells', () => {
    const { store } = resolveOptions({ redis: { durability: { replicas: 1 } } }, { REDIS_URL: 'redis://b' });
    expect(store).toMatchObject({ kind: 'redis', url: 'redis://b', durability: { replicas: 1 } });
  });

  it('is nothing to the memory store', () => {
    const { store } = resolveOptions({ store: 'memory', redis: { durability: { replicas: 1 } } }, {});
    expect(store).toEqual({ kind: 'memory' });
  });

  it.each([
    [{}, /^redis\.durability: .*use replicas, appendOnly or both/],
    [{ timeout: '1s' }, /^redis\.durability: .*use replicas, appendOnly or both/],
    [{ replicas: -1 }, /^redis\.durability\.replicas: -1 is not allowed; use an integer from 0 to 100/],
    [{ replicas: 1, timeout: 0 }, /^redis\.durability\.timeout: 0 .* at least 1ms and at most 1m/],
    [{ replicas: 1, timeout: '2m' }, /^redis\.durability\.timeout: "2m"/],
    [{ appendOnly: 'yes' }, /^redis\.durability\.appendOnly: "yes" is not allowed; use true or false/],
    [{ replica: 1 }, /^redis\.durability\.replica is an unknown option.*replicas/],
    [true, /^redis\.durability: true is not allowed; use an object with any of replicas, appendOnly, timeout/],
  ])('is refused when it is %j', (durability, problem) => {
    const options = { redis: { host: 'a', durability } } as unknown as JobsModuleOptions;
    expect(problemsOf(() => resolveOptions(options, {}))).toEqual([expect.stringMatching(problem)]);
  });

  it('comes from the environment', () => {
    const env = {
      REDIS_URL: 'redis://a',
      JOBS_DURABILITY_REPLICAS: '1',
      JOBS_DURABILITY_APPEND_ONLY: 'yes',
      JOBS_DURABILITY_TIMEOUT: '2s',
    };
    expect(resolveOptions(readEnvironment(env), env).store).toMatchObject({
      url: 'redis://a',
      durability: { replicas: 1, appendOnly: true, timeout: 2_000 },
    });
    expect(problemsOf(() => readEnvironment({ ...env, JOBS_DURABILITY_REPLICAS: 'all' }))).toEqual([
      expect.stringMatching(/^JOBS_DURABILITY_REPLICAS: "all" is not allowed/),
    ]);
  });
});

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidConfigurationError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}
