import 'reflect-metadata';
import fc from 'fast-check';
import { InvalidConfigurationError } from '../../domain/errors/errors.js';
import type { JobsModuleOptions } from './module-options.js';
import { resolveOptions } from './resolve-options.js';

function resolve(options: unknown, env: Record<string, string> = {}) {
  return resolveOptions(options as JobsModuleOptions, env);
}

function problems(options: unknown, env: Record<string, string> = {}): readonly string[] {
  try {
    resolve(options, env);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}

describe('resolveOptions, told nonsense,', () => {
  it('never shows a secret', () => {
    const secret = 'hunter2';
    const wrong: readonly unknown[] = [
      `http://:${secret}@host`,
      [{ password: secret }],
      { password: { is: secret } },
      { url: `http://me:${secret}@host` },
      { url: `redis//me:${secret}/@x@host` },
      { url: `nonsense?password=${secret}` },
      { url: `redis://me:${secret}` },
      { url: `rediss://:${secret}/` },
      { tls: secret },
      { pasword: secret },
      { sentinelPassword: [secret] },
      { client: { password: secret } },
      { tls: [{ key: secret, cert: secret, pfx: Buffer.from(secret), passphrase: secret }] },
      { nodes: [{ url: `redis://:${secret}@host`, port: -1 }] },
      { nodes: [`redis://:${secret}@host`, -1] },
      { options: { redisOptions: { password: [secret] } } },
    ];
    for (const redis of wrong) {
      const said = problems({ redis }).join('\n');
      expect(said).toContain('redis');
      expect(said).not.toContain(secret);
    }
    for (const options of [
      { password: secret },
      { redisUrl: `redis://x:${secret}@h` },
      { defaults: { token: secret } },
    ]) {
      expect(problems(options).join('\n')).not.toContain(secret);
    }
  });

  it('checks what an object of options inherits: it is read like its own', () => {
    expect(problems(Object.create({ lease: 'soon' }))).toEqual([
      expect.stringMatching(/^lease: "soon" is not allowed/),
    ]);
    expect(resolve(Object.create({ lease: '20s' })).settings.lease).toBe(20_000);
  });

  it('names what cannot even be looked at, and does not tell a megabyte back', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(problems({ defaults: proxy })).toEqual([expect.stringMatching(/looking at it threw TypeError/)]);
    const huge = 'x'.repeat(1_048_576);
    for (const options of [{ [huge]: 1 }, { queues: { [huge]: {} } }, { prefix: huge }]) {
      expect(problems(options).join().length).toBeLessThan(3_000);
    }
  });

  const KEYS =
    'enabled isGlobal preset store redis prefix queues defaults worker lease heartbeat shutdown submits maxPayloadSize deadLetterWarning log middleware handlers';
  const INNER =
    'size concurrency queues name retry attempts backoff jitter retain age count url host nodes client options sentinels deadline patience maxWaiting __proto__ constructor toString then';
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(
      '5s',
      'memory',
      'redis',
      'cpus',
      1,
      -1,
      0,
      true,
      undefined,
      null,
      NaN,
      10n,
      Symbol('s'),
      () => 1,
      Promise.resolve(),
      new Date(0),
      [],
      {},
    ),
  );
  const inner = fc.dictionary(
    fc.oneof(fc.constantFrom(...INNER.split(' ')), fc.string()),
    fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.constantFrom(...INNER.split(' ')), leaf)),
  );
  const garbage = fc.oneof(
    leaf,
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS.split(' ')), fc.string()), fc.oneof(leaf, inner, fc.array(inner))),
  );

  it('answers any garbage with a configuration or an InvalidConfigurationError', () => {
    fc.assert(
      fc.property(garbage, fc.constantFrom('production', 'test', ''), fc.string(), (options, nodeEnv, url) => {
        try {
          expect(resolve(options, { NODE_ENV: nodeEnv, REDIS_URL: url }).settings.lease).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof InvalidConfigurationError)) {
            throw error;
          }
          expect(error.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(({} as Record<string, unknown>)['enabled']).toBeUndefined();
  });
});
